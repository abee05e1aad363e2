//! The delivery of an event to the endpoint: once, and again until the endpoint has taken it.

use std::time::Duration;

use super::{Delivery, Payload, RETRIES, post, stripe_signature};
use crate::events::thin;
use crate::objects::text;
use crate::state::Shared;

/// The time that an endpoint has to answer.
const TIMEOUT: Duration = Duration::from_secs(20);

/// Attempts a delivery until it succeeds, with a pause after each failure, until there are no more pauses.
pub(crate) async fn carry(shared: &Shared, event: &str) {
    for attempt in 1..=RETRIES.len() + 1 {
        let delivered = attempt_once(shared, event, Payload::Snapshot, attempt).await;
        match (delivered, RETRIES.get(attempt - 1)) {
            (Some(delivery), Some(pause)) if !delivery.succeeded() => {
                tokio::time::sleep(*pause).await;
            }
            _ => break,
        }
    }
    let open = &shared.lock().webhook.open;
    open.send_modify(|open| *open -= 1);
}

/// Delivers an event once, and puts that on record.
///
/// `None` if there is no such event, or no destination.
pub(crate) async fn attempt_once(
    shared: &Shared,
    event: &str,
    payload: Payload,
    attempt: usize,
) -> Option<Delivery> {
    let (destination, body) = {
        let state = shared.lock();
        let destination = state.webhook.destination.clone()?;
        let event = state.events.iter().find(|other| other["id"] == event)?;
        let body = match payload {
            Payload::Snapshot => event.clone(),
            Payload::Thin => thin(event),
        };
        (destination, body)
    };
    let bytes = format!("{body:#}").into_bytes();
    let signature = stripe_signature(&destination.secret, shared.settings.now(), &bytes);
    let posted = post::post(&destination.url, &signature, &bytes);
    let (status, answer) = match tokio::time::timeout(TIMEOUT, posted).await {
        Ok(Ok(answer)) => (
            Some(answer.status),
            String::from_utf8_lossy(&answer.body).into_owned(),
        ),
        Ok(Err(error)) => (None, error.to_string()),
        Err(_) => (None, "there was no answer in time".to_owned()),
    };
    let delivery = Delivery {
        event: text(&body, "id").to_owned(),
        event_type: text(&body, "type").to_owned(),
        attempt,
        status,
        answer,
    };
    shared.lock().webhook.deliveries.push(delivery.clone());
    Some(delivery)
}
