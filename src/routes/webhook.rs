//! `POST /api/v1/billing/webhook`: Stripe's signed events, each of which brings one customer's user up to date.
//!
//! A failure on the way is answered with a 5xx, so that Stripe delivers the event again; 2xx is never said of an event
//! whose effect is not in the store.

use http::{HeaderValue, StatusCode};
use serde::Serialize;

use crate::answer::Reply;
use crate::error::{Failure, FailureKind};
use crate::inbound::Head;
use crate::log::EventEntry;
use crate::platform::{Platform, RequestBody};
use crate::sync::{self, Outcome};
use crate::trip::{BodyLimit, Trip};
use crate::webhook::event::{Event, NamesNothing};
use crate::webhook::signature::{Refused, UnverifiedSignature};

/// The header with the signature.
const STRIPE_SIGNATURE: &str = "stripe-signature";

/// The body of the answer. Stripe's Dashboard shows it beside the delivery.
#[derive(Serialize)]
struct Received {
    received: bool,
    outcome: &'static str,
}

pub(super) async fn serve<P: Platform>(
    trip: &mut Trip<'_, P>,
    head: &Head,
    body: impl RequestBody,
) -> Result<Reply, Failure> {
    trip.entry.event = Some(EventEntry::default());
    let config = trip.config;
    let headers = head.headers.get_all(STRIPE_SIGNATURE).iter();
    let received_at = trip.instance.platform.now();
    let signature = UnverifiedSignature::parse(headers.map(HeaderValue::as_bytes), received_at)
        .map_err(refused)?;
    let limit = BodyLimit {
        bytes: config.webhook.max_bytes,
        too_long: "The event is longer than max_webhook_bytes.",
    };
    let body = trip.read_body(body, limit).await?;
    signature
        .verify(&body, &config.webhook.secrets)
        .map_err(refused)?;
    let event = Event::parse(&body).map_err(Failure::invalid_request)?;
    let outcome = receive(trip, &event).await?;
    if let Some(entry) = &mut trip.entry.event {
        entry.outcome = Some(outcome);
    }
    let received = Received {
        received: true,
        outcome,
    };
    Reply::json(StatusCode::OK, &received)
}

fn refused(refused: Refused) -> Failure {
    Failure::new(FailureKind::InvalidSignature, refused.0)
}

/// Does what the event asks for, and returns the result.
async fn receive<P: Platform>(
    trip: &mut Trip<'_, P>,
    event: &Event,
) -> Result<&'static str, Failure> {
    trip.entry.event = Some(EventEntry {
        event: event.id.clone(),
        event_type: event.loggable_type().map(str::to_owned),
        outcome: None,
    });
    if !event.fits_mode(trip.config.stripe.livemode) {
        return Ok("ignored_mode");
    }
    if event.of_connected_account {
        return Ok("ignored_account");
    }
    let object = match event.related_object() {
        Ok(Some(object)) => object,
        Ok(None) => return Ok("ignored_type"),
        Err(NamesNothing(reason)) => {
            trip.entry.add_reason(reason.into());
            return Ok("unlinked");
        }
    };
    Ok(
        match sync::for_event(trip, object, event.says_deleted()).await? {
            Outcome::Synced => "synced",
            Outcome::Unlinked => "unlinked",
            Outcome::Conflict => "conflict",
            Outcome::Missing => {
                return Err(Failure::new(
                    FailureKind::StripeRejected,
                    "Stripe has no such customer in the account and the mode of stripe_api_key",
                ));
            }
        },
    )
}
