//! Where events go, when, and again: `/stand-in/webhook`, `/stand-in/events` and `/stand-in/deliveries`.

use std::fmt::Write as _;
use std::time::Duration;

use super::text::{text, wrong_method};
use crate::form::decode_form;
use crate::state::Shared;
use crate::webhook::delivery::attempt_once;
use crate::webhook::{Delivery, Destination, EventDelivery, Payload};
use crate::wire::{Answer, Request};

/// `GET` tells the destination, `PUT` sets it by a form with `url`, `secret` and perhaps `payload`, `DELETE` ends it.
pub(super) fn webhook(shared: &Shared, request: &Request) -> Answer {
    let destination = match request.method.as_str() {
        "GET" => return text(200, told(shared)),
        "DELETE" => None,
        "PUT" => match destination(&request.body) {
            Ok(destination) => Some(destination),
            Err(problem) => return text(400, problem),
        },
        _ => return wrong_method("GET, PUT, DELETE"),
    };
    shared.lock().webhook.destination = destination;
    text(200, told(shared))
}

fn destination(form: &[u8]) -> Result<Destination, String> {
    let (mut url, mut secret, mut payload) = (String::new(), String::new(), Payload::default());
    for (name, value) in decode_form(form) {
        match name.as_str() {
            "url" => url = value,
            "secret" => secret = value,
            "payload" => payload = self::payload(&value)?,
            _ => return Err("The form has `url`, `secret` and perhaps `payload`.".to_owned()),
        }
    }
    Destination::new(&url, &secret, payload)
        .map_err(|problem| format!("That is not it: {problem}."))
}

fn payload(name: &str) -> Result<Payload, String> {
    match name {
        "snapshot" => Ok(Payload::Snapshot),
        "thin" => Ok(Payload::Thin),
        _ => Err("`payload` is snapshot or thin.".to_owned()),
    }
}

/// The destination without its secret, and the way of delivery.
fn told(shared: &Shared) -> String {
    let state = shared.lock();
    let mode = match state.webhook.mode {
        EventDelivery::AtOnce => "at once".to_owned(),
        EventDelivery::Twice => "at once, and twice".to_owned(),
        EventDelivery::Late(pause) => format!("{} seconds late", pause.as_secs()),
        EventDelivery::Held => "when they are asked for".to_owned(),
    };
    match &state.webhook.destination {
        Some(to) => format!("Events are delivered to {} {mode}.", to.url),
        None => "Events are delivered nowhere.".to_owned(),
    }
}

/// All events: identifier, type, and the object that has changed.
pub(super) fn list(shared: &Shared, request: &Request) -> Answer {
    if request.method != "GET" {
        return wrong_method("GET");
    }
    let mut list = String::new();
    for event in shared.lock().events.all() {
        let event = &event.snapshot;
        let member = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
        // Writing to a string cannot fail.
        let _ = writeln!(
            list,
            "{} {:<44} {}",
            member(&event["id"]),
            member(&event["type"]),
            member(&event["data"]["object"]["id"])
        );
    }
    text(200, list.trim_end())
}

/// Delivers an event now, whatever was done with it before. `?payload=thin` tells it the other way.
pub(super) async fn deliver(shared: &Shared, request: &Request, id: &str) -> Answer {
    if request.method != "POST" {
        return wrong_method("POST");
    }
    let mut wanted = None;
    for (name, value) in decode_form(request.query().as_bytes()) {
        match (name.as_str(), payload(&value)) {
            ("payload", Ok(payload)) => wanted = Some(payload),
            ("payload", Err(problem)) => return text(400, problem),
            _ => return text(400, "The query may have `payload`, and nothing else."),
        }
    }
    match attempt_once(shared, id, wanted, 1).await {
        Some(delivery) => text(200, line(&delivery)),
        None => text(404, "There is no such event, or no webhook."),
    }
}

/// All attempts so far.
pub(super) fn deliveries(shared: &Shared, request: &Request) -> Answer {
    if request.method != "GET" {
        return wrong_method("GET");
    }
    let lines: Vec<String> = shared.lock().webhook.deliveries.iter().map(line).collect();
    text(200, lines.join("\n"))
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

/// Says when the events that happen from now on are delivered: `at-once`, `twice`, `held`, or `late?seconds=5`.
pub(super) fn choose(shared: &Shared, request: &Request, mode: &str) -> Answer {
    if request.method != "PUT" {
        return wrong_method("PUT");
    }
    let seconds = match decode_form(request.query().as_bytes()).as_slice() {
        [] => None,
        [(name, value)] if name == "seconds" => value.parse().ok(),
        _ => return text(400, "The query may have `seconds`, and nothing else."),
    };
    let mode = match (mode, seconds) {
        ("at-once", None) => EventDelivery::AtOnce,
        ("twice", None) => EventDelivery::Twice,
        ("held", None) => EventDelivery::Held,
        ("late", Some(seconds)) => EventDelivery::Late(Duration::from_secs(seconds)),
        _ => {
            return text(
                404,
                "The ways are at-once, twice, held, and late?seconds=5.",
            );
        }
    };
    shared.lock().webhook.mode = mode;
    text(200, told(shared))
}
