//! What synchronising reads and writes, at Stripe and in the store.

use std::time::Duration;

use crate::config::Config;
use crate::customer::CustomerRecord;
use crate::error::{Failure, FailureKind};
use crate::ownership::OwnerRecord;
use crate::plan::PlanName;
use crate::platform::Platform;
use crate::record::{self, CustomerKind, Kind};
use crate::stripe::Call;
use crate::stripe::customer::{self, Customer, Retrieved};
use crate::stripe::subscription::{self, Subscription};
use crate::stripe_id::CustomerId;
use crate::trip::Trip;
use crate::user::User;

/// A customer as Stripe has it now.
#[derive(Clone, Debug)]
pub(super) enum View {
    /// It exists, with all subscriptions that are not over.
    Living(Box<Customer>, Vec<Subscription>),
    /// It was deleted.
    Deleted,
    /// Stripe has no such customer, in this account and this mode.
    Missing,
}

impl View {
    /// The customer and its subscriptions, if it exists.
    pub(super) fn living(&self) -> Option<(&Customer, &[Subscription])> {
        match self {
            Self::Living(customer, subscriptions) => Some((customer, subscriptions)),
            Self::Deleted | Self::Missing => None,
        }
    }
}

/// Where synchronising reads and writes.
pub(super) struct Desk<'t, 'i, P> {
    /// The trip that synchronises.
    pub(super) trip: &'t mut Trip<'i, P>,
    /// The configuration.
    pub(super) config: &'i Config,
    deadline: Duration,
}

impl<'t, 'i, P: Platform> Desk<'t, 'i, P> {
    /// A desk whose calls to Stripe have a common deadline, by the monotonic clock.
    pub(super) fn new(trip: &'t mut Trip<'i, P>, deadline: Duration) -> Self {
        let config = trip.config;
        Self {
            trip,
            config,
            deadline,
        }
    }

    pub(super) fn platform(&self) -> &'i P {
        &self.trip.instance.platform
    }

    /// Tells the operator something that stops nothing.
    pub(super) fn note(&mut self, what: &'static str) {
        self.trip.entry.add_reason(what.into());
    }

    /// Asks Stripe; `None` where it has no such thing.
    pub(super) async fn ask(&mut self, call: Call) -> Result<Option<Vec<u8>>, Failure> {
        self.trip.find_at_stripe(self.deadline, call).await
    }

    /// Reads a customer at Stripe.
    pub(super) async fn view(&mut self, id: &CustomerId) -> Result<View, Failure> {
        let Some(answer) = self.ask(customer::retrieve(id)).await? else {
            return Ok(View::Missing);
        };
        let Retrieved::Living(mut customer) = customer::read(&answer, id)? else {
            return Ok(View::Deleted);
        };
        let mut subscriptions = std::mem::take(&mut customer.subscriptions);
        if subscriptions.has_more {
            let answer = match self.ask(subscription::list(id)).await {
                Ok(Some(answer)) => answer,
                // It has gone in between. A later look will find that out.
                Ok(None) => return Ok(View::Missing),
                Err(failure) if failure.kind == FailureKind::NoStripeCustomer => {
                    return Ok(View::Missing);
                }
                Err(failure) => return Err(failure),
            };
            subscriptions.data = subscription::read_list(&answer)?;
        }
        Ok(View::Living(Box::new(customer), subscriptions.data))
    }

    /// The user's record as it is in the store, whether it counts or not.
    pub(super) async fn record(&self, user: &User) -> Result<CustomerRecord, Failure> {
        Ok(self.trip.stored_record(user).await?.unwrap_or_default())
    }

    /// Whether the user's record is still the one that was read. A store without transactions can say no more, but it
    /// says so a moment before the record is written, and not the time of a call to Stripe.
    pub(super) async fn is_still(
        &self,
        user: &User,
        record: &CustomerRecord,
    ) -> Result<bool, Failure> {
        Ok(self.record(user).await? == *record)
    }

    /// Writes that a customer is the user's.
    pub(super) async fn write(
        &mut self,
        user: &User,
        record: &CustomerRecord,
        (customer, subscriptions): (&Customer, &[Subscription]),
        id: &CustomerId,
    ) -> Result<PlanName, Failure> {
        let config = self.config;
        let plan = config
            .plans
            .plan_of(customer, subscriptions, &config.rate_limits);
        let now = self.platform().now().as_secs();
        let record = record.synced(id, &plan, customer.livemode, now);
        let key = record::key(Kind::Customer, user);
        done(self.platform().set(&key, &record).await)?;
        Ok(plan)
    }

    /// Deletes the user's record.
    pub(super) async fn delete(&self, user: &User) -> Result<(), Failure> {
        let key = record::key(Kind::Customer, user);
        done(self.platform().delete(&key).await)
    }

    /// Reads whose a customer is.
    pub(super) async fn owner(&self, id: &CustomerId) -> Result<Option<OwnerRecord>, Failure> {
        self.trip.owner_record(id).await
    }

    /// Writes whose a customer is.
    pub(super) async fn write_owner(
        &self,
        id: &CustomerId,
        owner: &OwnerRecord,
    ) -> Result<(), Failure> {
        let key = record::customer_key(CustomerKind::Owner, id);
        done(self.platform().set(&key, &owner.to_bytes()).await)
    }
}

/// The outcome of a write.
fn done(written: anyhow::Result<()>) -> Result<(), Failure> {
    written.map_err(|error| Failure::store_unavailable(format!("writing a record failed: {error}")))
}
