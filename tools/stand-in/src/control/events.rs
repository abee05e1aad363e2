//! Events that are held and delivered on demand: `/stand-in/events` and `/stand-in/deliveries`.

use serde_json::Value;

use super::text::{text, wrong_method};
use crate::state::Shared;
use crate::webhook::delivery::attempt_once;
use crate::webhook::{Delivery, Payload};
use crate::wire::{Answer, Request};

/// Lists all events: identifier, type, and the object that has changed.
pub(super) fn list(shared: &Shared, request: &Request) -> Answer {
    if request.method != "GET" {
        return wrong_method("GET");
    }
    let line = |event: &Value| {
        let [id, kind, object] = [&event["id"], &event["type"], &event["data"]["object"]["id"]]
            .map(|member| member.as_str().unwrap_or_default());
        format!("{id} {kind:<44} {object}")
    };
    let state = shared.lock();
    let events = state.events.all().iter();
    let lines: Vec<String> = events.map(|event| line(&event.snapshot)).collect();
    text(200, lines.join("\n"))
}

/// Delivers an event now, whatever was done with it before.
pub(super) async fn deliver(shared: &Shared, request: &Request, id: &str) -> Answer {
    if request.method != "POST" {
        return wrong_method("POST");
    }
    match attempt_once(shared, id, Payload::Snapshot, 1).await {
        Some(delivery) => text(200, line(&delivery)),
        None => text(404, "There is no such event, or no webhook."),
    }
}

/// `GET` lists all attempts so far; `PUT` holds the events that happen from now on, and `DELETE` delivers them at once
/// again.
pub(super) fn deliveries(shared: &Shared, request: &Request, held: bool) -> Answer {
    match (request.method.as_str(), held) {
        ("GET", false) => {
            let lines: Vec<String> = shared.lock().webhook.deliveries.iter().map(line).collect();
            text(200, lines.join("\n"))
        }
        ("PUT", true) => {
            shared.lock().webhook.held = true;
            text(200, "Events are delivered when they are asked for.")
        }
        ("DELETE", true) => {
            shared.lock().webhook.held = false;
            text(200, "Events are delivered at once.")
        }
        (_, true) => wrong_method("PUT, DELETE"),
        (_, false) => wrong_method("GET"),
    }
}

fn line(delivery: &Delivery) -> String {
    let status = delivery
        .status
        .map_or("no answer".to_owned(), |status| status.to_string());
    format!(
        "{} {:<44} attempt {}: {status} {}",
        delivery.event,
        delivery.event_type,
        delivery.attempt,
        delivery.answer.trim_end()
    )
}
