//! Steering the stand-in while it runs: paths below `/stand-in/`, for programs on this machine alone.

mod faults;

use serde_json::Value;

use crate::objects::text;
use crate::pages;
use crate::state::Shared;
use crate::webhook::delivery::attempt_once;
use crate::webhook::{Delivery, Payload};
use crate::wire::{Answer, Request};

/// The beginning of the control surface's paths. Stripe has none like it.
pub(crate) const PREFIX: &str = "/stand-in/";

/// Answers a request of the control surface, as text for a terminal. A page of another origin changes nothing.
pub(crate) async fn answer(shared: &Shared, request: &Request) -> Answer {
    if request.method != "GET" && pages::from_elsewhere(request) {
        return pages::refused();
    }
    let path = request.resource().strip_prefix(PREFIX).unwrap_or_default();
    let segments: Vec<&str> = path.split('/').collect();
    match (request.method.as_str(), segments.as_slice()) {
        ("GET" | "POST", ["dashboard"]) => pages::dashboard::answer(shared, request),
        ("GET" | "DELETE", ["faults"]) => faults::answer(shared, request, None),
        ("PUT", ["faults", name]) => faults::answer(shared, request, Some(name)),
        ("GET", ["events"]) => {
            let state = shared.lock();
            told(200, lines(state.events.iter().map(event)))
        }
        // An event can be delivered again, whatever was done with it before.
        ("POST", ["events", id, "deliver"]) => {
            match attempt_once(shared, id, Payload::Snapshot, 1).await {
                Some(made) => told(200, delivery(&made)),
                None => told(404, "There is no such event, or no webhook."),
            }
        }
        ("GET", ["deliveries"]) => {
            let state = shared.lock();
            told(200, lines(state.webhook.deliveries.iter().map(delivery)))
        }
        ("PUT", ["deliveries", "held"]) => {
            shared.lock().webhook.held = true;
            told(200, "Events are delivered when they are asked for.")
        }
        ("DELETE", ["deliveries", "held"]) => {
            shared.lock().webhook.held = false;
            told(200, "Events are delivered at once.")
        }
        _ => told(
            404,
            "Open /stand-in/dashboard, GET /stand-in/faults, /stand-in/events or /stand-in/deliveries, PUT \
             /stand-in/faults/<name> or /stand-in/deliveries/held, DELETE /stand-in/faults or \
             /stand-in/deliveries/held, or POST /stand-in/events/<id>/deliver.",
        ),
    }
}

/// Returns an answer that is read in a terminal.
fn told(status: u16, text: impl Into<String>) -> Answer {
    let mut answer = Answer::json(status, (text.into() + "\n").into_bytes());
    answer.set("Content-Type", "text/plain; charset=utf-8");
    answer.set("Cache-Control", "no-store");
    answer
}

fn lines(lines: impl Iterator<Item = String>) -> String {
    lines.collect::<Vec<_>>().join("\n")
}

/// Returns the line of an event: its identifier, its type, and the object that has changed.
fn event(told: &Value) -> String {
    let object = text(&told["data"]["object"], "id");
    format!("{} {:<44} {object}", text(told, "id"), text(told, "type"))
}

/// Returns the line of an attempt to deliver an event.
fn delivery(made: &Delivery) -> String {
    let status = made.status.map(|status| status.to_string());
    let status = status.as_deref().unwrap_or("no answer");
    let (event, kind, answer) = (&made.event, &made.event_type, made.answer.trim_end());
    format!(
        "{event} {kind:<44} attempt {}: {status} {answer}",
        made.attempt
    )
}
