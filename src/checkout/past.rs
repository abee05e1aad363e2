//! Reads Stripe's view of a user's customers: their subscriptions, and Portico's sessions.

use super::{Boxed, Checkout, CustomerId, Past};
use crate::error::{Failure, FailureKind};
use crate::platform::Platform;
use crate::records::store::Records;
use crate::stripe::checkout_session::listing::{self, OwnSession, Status};
use crate::stripe::customer::{self, Customer, Retrieved};
use crate::stripe::subscription::{self, Page, Subscription};

/// The most pages of a list that are read: of sessions in the search for one of Portico's.
const PAGES: u32 = 5;

/// A customer as Stripe has it.
pub(super) enum Found {
    /// The customer exists, and is subscribed or not.
    Living {
        customer: Box<Customer>,
        subscribed: bool,
    },
    Deleted,
    /// Stripe has no such customer, in this account and this mode.
    Missing,
}

/// Portico's sessions of a customer, and whether the customer is subscribed.
type Sessions = (Vec<OwnSession>, bool);

impl<P: Platform> Checkout<'_, '_, P> {
    /// Reads a customer, and whether a subscription of it is not over.
    pub(super) fn find<'s>(&'s mut self, id: &'s CustomerId) -> Boxed<'s, Result<Found, Failure>> {
        Box::pin(self.read(id))
    }

    async fn read(&mut self, id: &CustomerId) -> Result<Found, Failure> {
        let report = self.ask(customer::retrieve(id)).await;
        if report.missing {
            return Ok(Found::Missing);
        }
        let answer = report.result?;
        let Retrieved::Living(customer) = customer::read(&answer, id)? else {
            return Ok(Found::Deleted);
        };
        let subscribed = match self.is_subscribed(id, &customer.subscriptions).await {
            // It was deleted in between.
            Err(failure) if failure.kind == FailureKind::NoStripeCustomer => {
                return Ok(Found::Deleted);
            }
            subscribed => subscribed?,
        };
        Ok(Found::Living {
            customer: Box::new(customer),
            subscribed,
        })
    }

    /// Returns true if a subscription is not over, of this page of a customer's or of those behind it.
    async fn is_subscribed(
        &mut self,
        id: &CustomerId,
        page: &Page<Subscription>,
    ) -> Result<bool, Failure> {
        let live = |page: &Page<Subscription>| page.data.iter().any(|one| !one.is_over());
        let mut subscribed = live(page);
        let mut more = page.has_more;
        let mut after = None;
        for _ in 0..PAGES {
            if subscribed || !more {
                break;
            }
            let call = subscription::list(id, after.as_deref());
            let page = subscription::read_page(&self.ask(call).await.result?)?;
            subscribed = live(&page);
            more = page.has_more;
            after = page.data.last().map(|last| last.id.clone());
        }
        Ok(subscribed)
    }

    /// Reads the past of the user's customers: of the one that the record names, whose subscriptions were read a moment
    /// ago, and of others that the store knows. `None` if the customer has gone in between.
    pub(super) async fn past(&mut self, id: &CustomerId) -> Result<Option<Past>, Failure> {
        let mut past = Past::default();
        let records = Records(&self.trip.instance.platform);
        for other in records.places(self.user).await?.customers() {
            // A customer that was moved to another user keeps its place of this one's.
            if other == id || records.is_anothers(other, self.user).await? {
                continue;
            }
            if let Found::Living { subscribed, .. } = self.find(other).await? {
                past.subscribed |= subscribed;
                if past.subscribed {
                    return Ok(Some(past));
                }
                let Some((sessions, subscribed)) = self.sessions(other).await? else {
                    continue;
                };
                past.subscribed |= subscribed;
                past.of_others.extend(sessions);
            }
        }
        let Some((sessions, subscribed)) = self.sessions(id).await? else {
            return Ok(None);
        };
        past.subscribed |= subscribed;
        past.sessions = sessions;
        Ok(Some(past))
    }

    /// Reads Portico's sessions of a customer, and then, where one was paid, whether the customer is subscribed: it may
    /// have been paid after the subscriptions were read. `None` if Stripe has no such customer.
    fn sessions<'s>(
        &'s mut self,
        id: &'s CustomerId,
    ) -> Boxed<'s, Result<Option<Sessions>, Failure>> {
        Box::pin(self.read_sessions(id))
    }

    async fn read_sessions(&mut self, id: &CustomerId) -> Result<Option<Sessions>, Failure> {
        let mut own = Vec::new();
        let mut cursor = None;
        for _ in 0..PAGES {
            let answer = match self.ask(listing::list(id, cursor)).await.result {
                Ok(answer) => answer,
                Err(failure) if failure.kind == FailureKind::NoStripeCustomer => {
                    self.last = Some(failure);
                    return Ok(None);
                }
                Err(failure) => return Err(failure),
            };
            let page = listing::read(&answer, id)?;
            own.extend(page.own);
            cursor = page.next;
            // The one with the highest number may be on the next page, if it was made in the same second.
            let is_newest = |session: &OwnSession| session.created > page.oldest;
            if cursor.is_none() || own.iter().any(is_newest) {
                break;
            }
        }
        let paid = |session: &OwnSession| session.status == Status::Complete;
        if !own.iter().any(paid) {
            return Ok(Some((own, false)));
        }
        Ok(match self.find(id).await? {
            Found::Living { subscribed, .. } => Some((own, subscribed)),
            Found::Deleted | Found::Missing => None,
        })
    }

    /// Returns true if a new session begins with a trial: once in a customer's life. `None` if the customer has gone in
    /// between.
    pub(super) async fn has_trial(&mut self, id: &CustomerId) -> Result<Option<bool>, Failure> {
        if self.trip.config.checkout.trial_days == 0 {
            return Ok(Some(false));
        }
        let answer = match self.ask(subscription::ever(id)).await.result {
            Err(failure) if failure.kind == FailureKind::NoStripeCustomer => {
                self.last = Some(failure);
                return Ok(None);
            }
            answer => answer?,
        };
        let page: Page<Subscription> = subscription::read_page(&answer)?;
        Ok(Some(page.data.is_empty()))
    }
}
