//! Brings the record of a customer's user up to date with Stripe: from the event, or the caller, to the customer.
//!
//! An event is a doorbell: Portico writes what Stripe says now. `run.rs` explains how the last word is Stripe's on a
//! store without transactions.

use std::num::NonZeroU64;
use std::time::Duration;

use crate::error::{Failure, FailureKind};
use crate::instance::Instance;
use crate::ownership::SessionLink;
use crate::plan::PlanName;
use crate::platform::{Platform, within};
use crate::rate_limit::{self, RateLimit};
use crate::records::customer::CustomerRecord;
use crate::records::store::Records;
use crate::stripe::objects::Reference;
use crate::stripe::subscription::Subscription;
use crate::stripe::{checkout_session, customer, subscription};
use crate::stripe_id::CustomerId;
use crate::trip::Trip;
use crate::user::User;
use crate::webhook::event::{NAMES_AN_ACCOUNT, RelatedObject};

mod outcome;
mod reader;
mod reconcile;
mod run;
mod snapshot;
mod tickets;

pub use outcome::Outcome;
use reader::Reader;
use run::synchronise;
use snapshot::Hint;

/// Synchronises the user of the customer that an event is about. All of it has the time of one call to Stripe. The next
/// try mends what was written before an error.
pub async fn for_event<P: Platform>(
    trip: &mut Trip<'_, P>,
    object: RelatedObject,
    says_deleted: bool,
) -> Result<Outcome, Failure> {
    let reader = Reader::new(&trip.instance.platform, trip.config);
    let work = async {
        let Some((customer, session)) = customer_of(&reader, object).await? else {
            return Ok(Outcome::Unlinked);
        };
        let hint = Hint {
            session,
            deleted: says_deleted,
            ..Hint::default()
        };
        synchronise(&reader, customer, hint).await
    };
    let outcome = in_time(&reader, work).await;
    reader.log(trip.entry, true);
    outcome
}

/// Finds the customer that an event is about, and the users that a checkout session names; `None` where there is no
/// customer.
async fn customer_of<P: Platform>(
    reader: &Reader<'_, P>,
    object: RelatedObject,
) -> Result<Option<(CustomerId, Option<SessionLink>)>, Failure> {
    let (customer, session) = match object {
        RelatedObject::Customer(customer) => return Ok(Some((customer, None))),
        RelatedObject::Subscription(id) => {
            let Some(answer) = reader.ask(subscription::retrieve(&id)).await? else {
                reader.note("Stripe has no such subscription");
                return Ok(None);
            };
            let customer = subscription::read_customer(&answer)?;
            if customer.is_none() {
                reader.note(NAMES_AN_ACCOUNT);
            }
            return Ok(customer.map(|customer| (customer, None)));
        }
        RelatedObject::CheckedOut(customer, session) => (customer, session),
        RelatedObject::CheckoutSession(id) => {
            let Some(answer) = reader.ask(checkout_session::retrieve(&id)).await? else {
                reader.note("Stripe has no such checkout session");
                return Ok(None);
            };
            let session = checkout_session::read(&answer)?;
            if session.customer.is_none() && session.customer_account.is_some() {
                reader.note(NAMES_AN_ACCOUNT);
            }
            let customer = session.customer.as_ref().map(Reference::id);
            (customer.and_then(CustomerId::parse), session)
        }
    };
    let link = SessionLink::of(&session, &reader.config.ownership);
    Ok(customer.map(|customer| (customer, Some(link))))
}

/// Synchronises the customers of the user who asks for it. A user without one stays so, unless the operator wants
/// Stripe to be searched. All of it has the time of one call to Stripe.
pub async fn for_caller<P: Platform>(trip: &mut Trip<'_, P>, user: &User) -> Result<(), Failure> {
    let (instance, config) = (trip.instance, trip.config);
    let reader = Reader::new(&instance.platform, config);
    let records = Records(&instance.platform);
    let work = async {
        let record = records.customer(user).await?;
        if !record.fits_mode(config.stripe.livemode) {
            // With this key, Stripe does not know a customer of the other mode.
            return Ok(());
        }
        for customer in known_customers(&records, user, record).await? {
            // One is enough: all of the user's customers are read, and the record names the right one in the end.
            if synchronise_for(&reader, user, customer).await? != Outcome::Missing {
                break;
            }
        }
        // The record may have gone, because its customer is another user's.
        if config.ownership.search
            && records.customer(user).await?.customer.is_none()
            && may_search(instance, user).await?
            && let Some(customer) = search(&reader, user).await?
        {
            synchronise_for(&reader, user, customer).await?;
        }
        Ok(())
    };
    let outcome = in_time(&reader, work).await;
    reader.log(trip.entry, false);
    outcome
}

/// Returns the customers that a user with this record is known to have: the record's first.
pub(crate) async fn known_customers<P: Platform>(
    records: &Records<'_, P>,
    user: &User,
    record: CustomerRecord,
) -> Result<Vec<CustomerId>, Failure> {
    let mut known: Vec<_> = record.customer.into_iter().collect();
    for customer in records.places(user).await?.customers() {
        if !known.contains(customer) {
            known.push(customer.clone());
        }
    }
    Ok(known)
}

/// Synchronises a customer for a user: the operator's record of the user counts, where nothing else says whose the
/// customer is. Afterwards the user's record has what the user then has, if that record counts.
async fn synchronise_for<P: Platform>(
    reader: &Reader<'_, P>,
    user: &User,
    customer: CustomerId,
) -> Result<Outcome, Failure> {
    let hint = Hint {
        caller: Some(user.clone()),
        ..Hint::default()
    };
    synchronise(reader, customer, hint).await
}

/// Synchronises a customer of the user who asks for it, within a deadline by the monotonic clock. Afterwards the user's
/// record has what the user then has, if that record counts.
pub async fn for_customer<P: Platform>(
    trip: &mut Trip<'_, P>,
    deadline: Duration,
    user: &User,
    customer: CustomerId,
) -> Result<(), Failure> {
    let reader = Reader::until(deadline, &trip.instance.platform, trip.config);
    let outcome = synchronise_for(&reader, user, customer).await;
    reader.log(trip.entry, false);
    outcome.map(drop)
}

/// Reads the items behind the first of each subscription, within a deadline by the monotonic clock.
pub async fn read_all_items<P: Platform>(
    trip: &mut Trip<'_, P>,
    deadline: Duration,
    subscriptions: &mut [Subscription],
) -> Result<(), Failure> {
    let reader = Reader::until(deadline, &trip.instance.platform, trip.config);
    let read = reader.all_items(subscriptions).await;
    reader.log(trip.entry, false);
    read
}

/// The seconds in which Stripe is searched for a user once. Its search is for people, and slower and scarcer than its
/// other calls.
const ONE_SEARCH: NonZeroU64 = match NonZeroU64::new(3600) {
    Some(hour) => hour,
    None => NonZeroU64::MIN,
};

/// Decides whether Stripe may be searched for a user now. The counter lets one of several through that ask at the same
/// moment; the time of the last search keeps the end of one of its windows from being followed by the beginning of the
/// next.
async fn may_search<P: Platform>(instance: &Instance<P>, user: &User) -> Result<bool, Failure> {
    let platform = &instance.platform;
    let records = Records(platform);
    let now = platform.now().as_secs();
    let last = records.searched_at(user).await?;
    if last.is_some_and(|last| now.abs_diff(last) < ONE_SEARCH.get()) {
        return Ok(false);
    }
    let limit = RateLimit {
        plan: PlanName::default(),
        requests: 1,
        window: ONE_SEARCH,
    };
    let admitted = rate_limit::admit(platform, &instance.requests, &limit, user, "search");
    let may = admitted.await.admission.admitted;
    if may {
        records.write_searched_at(user, now).await?;
    }
    Ok(may)
}

/// Searches Stripe for the customer of a user without one.
async fn search<P: Platform>(
    reader: &Reader<'_, P>,
    user: &User,
) -> Result<Option<CustomerId>, Failure> {
    let key = &reader.config.ownership.user_metadata_key;
    let Some(answer) = reader.ask(customer::search(key, user)).await? else {
        return Ok(None);
    };
    customer::the_only_hit(&answer, key, user)
}

/// Waits for the work as long as one call to Stripe may take.
async fn in_time<P: Platform, T>(
    reader: &Reader<'_, P>,
    work: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    within(reader.platform, reader.config.stripe.timeout, work)
        .await
        .unwrap_or_else(|| {
            Err(Failure::new(
                FailureKind::StripeUnavailable,
                "synchronising took longer than stripe_timeout_ms",
            ))
        })
}
