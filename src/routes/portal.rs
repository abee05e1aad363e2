//! `POST /api/v1/account/billing-portal`: from the token to the session's URL.

use crate::answer::Reply;
use crate::error::{Failure, FailureKind};
use crate::inbound::Head;
use crate::platform::{Platform, RequestBody};
use crate::stripe::portal_session::{self, Choices};
use crate::stripe_id::CustomerId;
use crate::trip::{Caller, Payer, Trip};

use super::session;

mod request;

pub use request::parse as parse_request;

pub(super) async fn serve<P: Platform>(
    trip: &mut Trip<'_, P>,
    head: &Head,
    body: impl RequestBody,
) -> Result<Reply, Failure> {
    let mut caller = trip.admit_caller(&head.headers).await?;
    let body = session::read_body(trip, body).await?;
    let choices = parse_request(&head.headers, &body, &trip.config.allowed_coupons)
        .map_err(Failure::invalid_request)?;
    trip.look_again(&mut caller).await;
    // Nobody without a customer is charged.
    customer_of(trip, &caller)?;
    trip.charged(&mut caller, async |trip, caller| {
        let customer = customer_of(trip, caller)?;
        let payer = Payer {
            user: &caller.user,
            customer,
            looked_up: caller.looked_up,
        };
        open(trip, payer, &choices).await
    })
    .await
}

/// Returns the customer whose portal opens for the caller.
fn customer_of<'c, P: Platform>(
    trip: &Trip<'_, P>,
    caller: &'c Caller,
) -> Result<&'c CustomerId, Failure> {
    let record = caller.record.as_ref().map_err(Failure::clone)?;
    trip.customer_of(record)?.ok_or_else(|| {
        Failure::new(
            FailureKind::NoStripeCustomer,
            "the user has no Stripe customer",
        )
    })
}

async fn open<P: Platform>(
    trip: &mut Trip<'_, P>,
    payer: Payer<'_>,
    choices: &Choices,
) -> Result<Reply, Failure> {
    let settings = &trip.config.portal;
    let now = trip.instance.platform.now();
    let call = portal_session::create(payer.customer, choices, settings, now);
    let deadline = trip.stripe_deadline();
    let answer = trip.ask_about(payer, deadline, call).await?;
    let url = portal_session::url(&answer, &settings.hosts)?;
    session::reply(&url)
}
