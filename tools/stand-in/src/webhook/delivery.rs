//! The delivery of an event to the endpoint: once, and again until the endpoint has taken it.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::JoinSet;

use super::{Delivery, Payload, RETRIES, post, stripe_signature};
use crate::state::Shared;

/// The time that an endpoint has to answer.
const TIMEOUT: Duration = Duration::from_secs(20);

/// Makes the deliveries that come in, all at a time, as Stripe does: the order in which they arrive is not that of the
/// events.
pub(crate) async fn run(shared: Arc<Shared>, mut jobs: UnboundedReceiver<String>) {
    let mut under_way = JoinSet::new();
    loop {
        tokio::select! {
            Some(_) = under_way.join_next() => {}
            job = jobs.recv() => match job {
                Some(event) => drop(under_way.spawn(carry(Arc::clone(&shared), event))),
                None => break,
            },
        }
    }
}

/// Attempts a delivery until it succeeds, with a pause after each failure, until there are no more pauses.
async fn carry(shared: Arc<Shared>, event: String) {
    for attempt in 1..=RETRIES.len() + 1 {
        let delivered = attempt_once(&shared, &event, Payload::Snapshot, attempt).await;
        let pause = RETRIES.get(attempt - 1);
        match (delivered, pause) {
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
        let event = state.events.find(event)?;
        let body = match payload {
            Payload::Snapshot => event.snapshot.clone(),
            Payload::Thin => event.thin.clone(),
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
    let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
    let delivery = Delivery {
        event: text("id"),
        event_type: text("type"),
        attempt,
        status,
        answer,
    };
    shared.lock().webhook.deliveries.push(delivery.clone());
    Some(delivery)
}
