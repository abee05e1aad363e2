//! What the stand-in remembers.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::recorded::RecordedRequest;
use super::reply::Reply;
use super::session::Session;
use super::wire::Answer;

/// The account that everything belongs to. It shows in error messages, as it does at Stripe.
pub(super) const ACCOUNT: &str = "acct_1PorticoStandIn";

/// What all connections share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) any_customer: bool,
    pub(super) controls: bool,
    pub(super) portal_origin: String,
    state: Mutex<State>,
}

/// Everything that changes while the stand-in runs.
#[derive(Debug, Default)]
pub(super) struct State {
    /// Customer to `livemode`.
    pub(super) customers: HashMap<String, bool>,
    /// Further portal configurations, to `livemode`.
    pub(super) configurations: HashMap<String, bool>,
    pub(super) test: Mode,
    pub(super) live: Mode,
    pub(super) scripts: HashMap<String, VecDeque<Reply>>,
    pub(super) standing: BTreeMap<Whom, Standing>,
    pub(super) requests: Vec<RecordedRequest>,
    /// Sessions by the last segment of their URL.
    pub(super) sessions: HashMap<String, Session>,
    /// Stored answers by API key and idempotency key.
    pub(super) answers: HashMap<(String, String), StoredAnswer>,
    names: Names,
}

/// Whom a standing reply concerns.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Whom {
    Everyone,
    Customer(String),
}

/// A reply that is given until it is taken back, or for so many attempts.
#[derive(Debug)]
pub(super) struct Standing {
    pub(super) reply: Reply,
    /// How many attempts are left, at least one; without an end when it is `None`.
    pub(super) left: Option<u32>,
}

/// What the test mode and the live mode have each for themselves.
#[derive(Debug)]
pub(super) struct Mode {
    pub(super) default_configuration: bool,
}

impl Default for Mode {
    fn default() -> Self {
        Self {
            default_configuration: true,
        }
    }
}

/// An answer that is given again to whoever repeats the same request with the same idempotency key.
#[derive(Debug, Clone)]
pub(super) struct StoredAnswer {
    pub(super) body: Vec<u8>,
    pub(super) request_id: String,
    pub(super) answer: Answer,
}

impl Shared {
    pub(super) fn new(any_customer: bool, controls: bool, portal_origin: String) -> Self {
        Self {
            any_customer,
            controls,
            portal_origin,
            state: Mutex::default(),
        }
    }

    /// The state is consistent between any two statements that change it, so a panic elsewhere spoils nothing.
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The next reply for `customer`: the script's, else the customer's standing one, else everyone's, else the normal
    /// one.
    pub(super) fn next_reply(&mut self, customer: Option<&str>) -> Reply {
        let own = customer.and_then(|customer| {
            let script = self.scripts.get_mut(customer);
            script
                .and_then(VecDeque::pop_front)
                .or_else(|| self.standing_reply(&Whom::Customer(customer.to_owned())))
        });
        own.or_else(|| self.standing_reply(&Whom::Everyone))
            .unwrap_or(Reply::Normal)
    }

    fn standing_reply(&mut self, whom: &Whom) -> Option<Reply> {
        let standing = self.standing.get_mut(whom)?;
        let reply = standing.reply.clone();
        standing.left = standing.left.map(|left| left.saturating_sub(1));
        if standing.left == Some(0) {
            self.standing.remove(whom);
        }
        Some(reply)
    }

    /// A new identifier: the prefix and `length` letters and digits.
    pub(super) fn name(&mut self, prefix: &str, length: usize) -> String {
        self.names.next(prefix, length)
    }
}

/// A source of identifiers that look like Stripe's. They are unlike each other and differ from run to run, which is
/// all that a stand-in needs; they are not secrets.
#[derive(Debug, Default)]
struct Names {
    seed: RandomState,
    count: u64,
}

impl Names {
    fn next(&mut self, prefix: &str, length: usize) -> String {
        const ALPHABET: &[u8; 62] =
            b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
        let mut name = prefix.to_owned();
        let mut digits = 0_u64;
        for position in 0..length {
            // Ten digits to the base of 62 are nearly all that 64 bits hold.
            if position % 10 == 0 {
                self.count += 1;
                digits = self.seed.hash_one(self.count);
            }
            let digit = usize::try_from(digits % 62).unwrap_or_default();
            name.push(char::from(ALPHABET[digit]));
            digits /= 62;
        }
        name
    }
}
