//! Brings the record of a customer's user up to date with Stripe: from the event, or the caller, to the customer.
//!
//! An event is a doorbell: what is written is what Stripe says now. How the last word is Stripe's on a store without
//! transactions, `synchronisation.rs` says.

use std::time::Duration;

use crate::error::{Failure, FailureKind};
use crate::ownership::SessionLink;
use crate::plan::PlanName;
use crate::platform::{Platform, within};
use crate::rate_limit::{self, RateLimit};
use crate::stripe::objects::Reference;
use crate::stripe::{checkout_session, customer, subscription};
use crate::stripe_id::CustomerId;
use crate::trip::Trip;
use crate::user::User;
use crate::webhook::event::Subject;

mod desk;
mod settle;
mod synchronisation;
mod tickets;

use desk::Desk;
use synchronisation::Synchronisation;

pub use synchronisation::{Claim, Outcome};

/// Synchronises the user of the customer that an event is about. All of it has the time of one call to Stripe.
///
/// # Errors
/// Stripe or the store failed, or others kept coming in between. Whatever was written is mended by the next try.
pub async fn for_event<P: Platform>(
    trip: &mut Trip<'_, P>,
    subject: Subject,
    says_deleted: bool,
) -> Result<Outcome, Failure> {
    let (instance, config, deadline) = (trip.instance, trip.config, trip.stripe_deadline());
    let work = async {
        let mut desk = Desk::new(trip, deadline);
        let Some((customer, session)) = customer_of(&mut desk, subject).await? else {
            return Ok(Outcome::Unlinked);
        };
        let claim = Claim {
            session,
            caller: None,
            deleted: says_deleted,
        };
        Synchronisation::new(desk, customer, claim).run().await
    };
    within(&instance.platform, config.stripe.timeout, work)
        .await
        .unwrap_or_else(|| Err(too_late()))
}

/// The customer that an event is about, and whom a checkout session names; `None` where there is no customer.
async fn customer_of<P: Platform>(
    desk: &mut Desk<'_, '_, P>,
    subject: Subject,
) -> Result<Option<(CustomerId, Option<SessionLink>)>, Failure> {
    let (customer, session) = match subject {
        Subject::Customer(customer) => return Ok(Some((customer, None))),
        Subject::Subscription(id) => {
            let Some(answer) = desk.ask(subscription::retrieve(&id)).await? else {
                desk.note("Stripe has no such subscription");
                return Ok(None);
            };
            return Ok(Some((subscription::read_customer(&answer)?, None)));
        }
        Subject::CheckedOut(customer, session) => (customer, session),
        Subject::CheckoutSession(id) => {
            let Some(answer) = desk.ask(checkout_session::retrieve(&id)).await? else {
                desk.note("Stripe has no such checkout session");
                return Ok(None);
            };
            let session = checkout_session::read(&answer)?;
            let customer = session.customer.as_ref().map(Reference::id);
            (customer.and_then(CustomerId::parse), session)
        }
    };
    let link = SessionLink::of(&session, &desk.config.ownership);
    Ok(customer.map(|customer| (customer, Some(link))))
}

/// Synchronises the customer of the user who asks for it. A user without one stays so, unless the operator wants Stripe
/// to be searched. All of it has the time of one call to Stripe.
///
/// # Errors
/// As [`for_event`].
pub async fn for_caller<P: Platform>(trip: &mut Trip<'_, P>, user: &User) -> Result<(), Failure> {
    let (instance, config, deadline) = (trip.instance, trip.config, trip.stripe_deadline());
    let claim = Claim {
        session: None,
        caller: Some(user.clone()),
        deleted: false,
    };
    let work = async {
        let record = Desk::new(trip, deadline).record(user).await?;
        if let Some(customer) = record.customer.clone() {
            if !record.fits_mode(config.stripe.livemode) {
                // Stripe has nothing to say of the other mode's customer to this key.
                return Ok(());
            }
            let desk = Desk::new(trip, deadline);
            Synchronisation::new(desk, customer, claim.clone())
                .run()
                .await?;
        }
        if !config.ownership.search {
            return Ok(());
        }
        // The record may have gone, because its customer is another user's.
        let mut desk = Desk::new(trip, deadline);
        if desk.record(user).await?.customer.is_none()
            && let Some(customer) = search(&mut desk, user).await?
        {
            Synchronisation::new(desk, customer, claim).run().await?;
        }
        Ok(())
    };
    within(&instance.platform, config.stripe.timeout, work)
        .await
        .unwrap_or_else(|| Err(too_late()))
}

/// Synchronises a customer of the user who asks for it, within a deadline by the monotonic clock.
///
/// # Errors
/// As [`for_event`].
pub async fn for_customer<P: Platform>(
    trip: &mut Trip<'_, P>,
    deadline: Duration,
    user: &User,
    customer: CustomerId,
) -> Result<(), Failure> {
    let claim = Claim {
        session: None,
        caller: Some(user.clone()),
        deleted: false,
    };
    let desk = Desk::new(trip, deadline);
    Synchronisation::new(desk, customer, claim).run().await?;
    Ok(())
}

/// The customers of a user that the store knows besides the one of the record.
///
/// # Errors
/// The store failed, or a record is corrupt.
pub async fn other_customers<P: Platform>(
    trip: &mut Trip<'_, P>,
    user: &User,
    recorded: &CustomerId,
) -> Result<Vec<CustomerId>, Failure> {
    let owner = trip.owner_record(recorded).await?;
    let owner = owner.filter(|owner| owner.user == *user);
    let mut others = owner.map(|owner| owner.others).unwrap_or_default();
    others.retain(|other| other != recorded);
    Ok(others)
}

/// How often Stripe is searched for a user. Its search is for people, and slower and scarcer than its other calls.
const ONE_SEARCH: Duration = Duration::from_secs(3600);

/// Searches Stripe for the customer of a user without one.
async fn search<P: Platform>(
    desk: &mut Desk<'_, '_, P>,
    user: &User,
) -> Result<Option<CustomerId>, Failure> {
    let limit = RateLimit {
        plan: PlanName::default(),
        requests: 1,
        window: ONE_SEARCH,
    };
    let instance = desk.trip.instance;
    let admitted = rate_limit::admit(
        &instance.platform,
        &instance.requests,
        &limit,
        user,
        "search",
    );
    if !admitted.await.admission.admitted {
        return Ok(None);
    }
    let key = &desk.config.ownership.user_metadata_key;
    let Some(answer) = desk.ask(customer::search(key, user)).await? else {
        return Ok(None);
    };
    customer::the_only_hit(&answer, key, user)
}

fn too_late() -> Failure {
    Failure::new(
        FailureKind::StripeUnavailable,
        "synchronising took longer than stripe_timeout_ms",
    )
}
