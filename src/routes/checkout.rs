//! `POST /api/v1/billing/checkout`: from the token to the page on which the caller subscribes.

use crate::answer::Reply;
use crate::checkout;
use crate::error::Failure;
use crate::inbound::Head;
use crate::platform::{Platform, RequestBody};
use crate::trip::Trip;

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
    let choice = parse_request(&head.headers, &body, &trip.config.checkout)
        .map_err(Failure::invalid_request)?;
    trip.look_again(&mut caller).await;
    let link = checkout::open(trip, &caller.user, caller.record?, &choice).await?;
    session::reply(&link)
}
