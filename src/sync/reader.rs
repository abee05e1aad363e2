//! Reads at Stripe, and keeps what the log is told of it.

use std::borrow::Cow;
use std::cell::RefCell;
use std::time::Duration;

use serde::de::DeserializeOwned;

use crate::config::Config;
use crate::error::{Failure, FailureKind};
use crate::log::Entry;
use crate::plan::PlanName;
use crate::platform::{Platform, side_by_side};
use crate::stripe::customer::{self, Customer, Retrieved};
use crate::stripe::subscription::{self, Listed, Subscription};
use crate::stripe::{self, Call};
use crate::stripe_id::{CustomerId, RequestId};
use crate::user::User;

/// A customer as Stripe has it now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// It exists, with all subscriptions that are not over.
    Living(Box<Customer>),
    /// It was deleted.
    Deleted,
    /// Stripe has no such customer, in this account and this mode.
    Missing,
}

impl State {
    /// The customer, if it exists.
    pub(super) fn living(&self) -> Option<&Customer> {
        match self {
            Self::Living(customer) => Some(customer),
            Self::Deleted | Self::Missing => None,
        }
    }
}

/// How many pages of a list are read: a customer has up to 500 subscriptions (Stripe docs, Subscriptions).
const PAGES: usize = 5;

/// A reader whose calls have a common deadline, by the monotonic clock. Several of them may be under way side by side.
pub(super) struct Reader<'a, P> {
    pub(super) platform: &'a P,
    pub(super) config: &'a Config,
    deadline: Duration,
    notes: RefCell<Notes>,
}

/// What the log is told.
#[derive(Default)]
struct Notes {
    attempts: u32,
    request_id: Option<RequestId>,
    reasons: Vec<Cow<'static, str>>,
    of: Option<(String, Option<PlanName>)>,
}

impl<'a, P: Platform> Reader<'a, P> {
    /// A reader that begins now, and has the time of one call to Stripe.
    pub(super) fn new(platform: &'a P, config: &'a Config) -> Self {
        let deadline = platform.monotonic().saturating_add(config.stripe.timeout);
        Self::until(deadline, platform, config)
    }

    /// A reader with this deadline.
    pub(super) fn until(deadline: Duration, platform: &'a P, config: &'a Config) -> Self {
        Self {
            platform,
            config,
            deadline,
            notes: RefCell::default(),
        }
    }

    /// Tells the operator something that stops nothing.
    pub(super) fn note(&self, what: impl Into<Cow<'static, str>>) {
        self.notes.borrow_mut().reasons.push(what.into());
    }

    /// Notes whose customer it is, and the user's plan.
    pub(super) fn note_user(&self, user: &User, plan: Option<PlanName>) {
        self.notes.borrow_mut().of = Some((user.digest().to_owned(), plan));
    }

    /// Writes the notes into a log line; `names_user` where the line does not know the user yet.
    pub(super) fn log(self, entry: &mut Entry, names_user: bool) {
        let notes = self.notes.into_inner();
        entry.attempts = entry.attempts.saturating_add(notes.attempts);
        if notes.request_id.is_some() {
            entry.stripe_request_id = notes.request_id;
        }
        for reason in notes.reasons {
            entry.add_reason(reason);
        }
        if let Some((user, plan)) = notes.of
            && names_user
        {
            entry.user = Some(user);
            entry.plan = plan;
        }
    }

    /// Asks Stripe; `None` where it has no such thing.
    pub(super) async fn ask(&self, call: Call) -> Result<Option<Vec<u8>>, Failure> {
        let settings = &self.config.stripe;
        let outcome = stripe::client::call(self.platform, settings, self.deadline, call).await;
        let mut notes = self.notes.borrow_mut();
        notes.attempts = notes.attempts.saturating_add(outcome.attempts);
        notes.request_id = outcome.request_id;
        if outcome.missing {
            return Ok(None);
        }
        outcome.result.map(Some)
    }

    /// Reads a customer.
    pub(super) async fn customer(&self, id: &CustomerId) -> Result<State, Failure> {
        let Some(answer) = self.ask(customer::retrieve(id)).await? else {
            return Ok(State::Missing);
        };
        let Retrieved::Living(mut customer) = customer::read(&answer, id)? else {
            return Ok(State::Deleted);
        };
        let subscriptions = &mut customer.subscriptions;
        if subscriptions.has_more {
            let all = self.all(|after| subscription::list(id, after));
            match all.await {
                Ok(Some(all)) => subscriptions.data = all,
                // It has gone in between. A later reading will find that out.
                Ok(None) => return Ok(State::Missing),
                Err(failure) if failure.kind == FailureKind::NoStripeCustomer => {
                    return Ok(State::Missing);
                }
                Err(failure) => return Err(failure),
            }
        }
        let with_more = subscriptions
            .data
            .iter_mut()
            .filter(|one| one.items.has_more);
        for read in side_by_side(with_more.map(|one| self.items(one))).await {
            read?;
        }
        Ok(State::Living(Box::new(customer)))
    }

    /// Reads all items of a subscription. Where it has gone in between, those stay that were read with it.
    async fn items(&self, subscription: &mut Subscription) -> Result<(), Failure> {
        let id = subscription.id.clone();
        if let Some(items) = self
            .all(|after| subscription::list_items(&id, after))
            .await?
        {
            subscription.items.data = items;
        }
        Ok(())
    }

    /// Reads a list page after page; `None` where there is none.
    async fn all<T: Listed + DeserializeOwned>(
        &self,
        call: impl Fn(Option<&str>) -> Call,
    ) -> Result<Option<Vec<T>>, Failure> {
        let mut all: Vec<T> = Vec::new();
        for _ in 0..PAGES {
            let Some(answer) = self.ask(call(all.last().map(Listed::id))).await? else {
                return Ok(None);
            };
            let page = subscription::read_page(&answer)?;
            let more = page.has_more && !page.data.is_empty();
            all.extend(page.data);
            if !more {
                return Ok(Some(all));
            }
        }
        self.note("a customer has more subscriptions or items than are read");
        Ok(Some(all))
    }
}
