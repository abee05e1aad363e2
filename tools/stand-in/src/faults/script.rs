//! The next fault for a customer, a call, or everyone.

use std::collections::{BTreeMap, HashMap, VecDeque};

use super::reply::Reply;

/// The replies that were scripted and have not been given yet.
#[derive(Default)]
pub(crate) struct Scripts {
    /// The next replies for a customer, one an attempt.
    pub(crate) next: HashMap<String, VecDeque<Reply>>,
    /// The next replies for calls with a method and a path, which go before those for a customer.
    pub(crate) calls: HashMap<(String, String), VecDeque<Reply>>,
    /// The replies that stand until they are taken back, given after those.
    pub(crate) standing: BTreeMap<Whom, Standing>,
}

/// The requests that a standing reply is for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Whom {
    Everyone,
    Customer(String),
}

/// A reply that is given until it is taken back, or for so many attempts.
pub(crate) struct Standing {
    /// The name of the fault.
    pub(crate) name: &'static str,
    pub(crate) reply: Reply,
    /// The number of attempts that are left, at least one; without an end when it is `None`.
    pub(crate) left: Option<u32>,
}

impl Scripts {
    /// Takes the next reply for a call of `customer`: the script's of such calls, else the customer's, else the
    /// customer's standing one, else everyone's, else the normal one.
    pub(crate) fn take(&mut self, method: &str, path: &str, customer: Option<&str>) -> Reply {
        let calls = self.calls.get_mut(&(method.to_owned(), path.to_owned()));
        if let Some(reply) = calls.and_then(VecDeque::pop_front) {
            return reply;
        }
        let own = customer.and_then(|customer| {
            let script = self.next.get_mut(customer);
            script
                .and_then(VecDeque::pop_front)
                .or_else(|| self.take_standing(&Whom::Customer(customer.to_owned())))
        });
        own.or_else(|| self.take_standing(&Whom::Everyone))
            .unwrap_or(Reply::Normal)
    }

    fn take_standing(&mut self, whom: &Whom) -> Option<Reply> {
        let standing = self.standing.get_mut(whom)?;
        let reply = standing.reply.clone();
        standing.left = standing.left.map(|left| left.saturating_sub(1));
        if standing.left == Some(0) {
            self.standing.remove(whom);
        }
        Some(reply)
    }
}
