//! Events: the objects that tell of changes, as snapshots and as thin events.
//!
//! <https://docs.stripe.com/api/events>, <https://docs.stripe.com/api/v2/core/events>

use serde_json::{Value, json};

use crate::names::Names;
use crate::objects::text;
use crate::time::rfc3339;

/// The version by which the objects within events are rendered, whatever version a call asks for.
pub(crate) const API_VERSION: &str = "2026-10-28.endive";

/// All events, the oldest first.
#[derive(Default)]
pub(crate) struct Events(Vec<Event>);

/// A change, told in two ways.
#[derive(Debug, Clone)]
pub(crate) struct Event {
    /// The event with the object as it was right after the change.
    pub(crate) snapshot: Value,
    /// The event that only names the object.
    pub(crate) thin: Value,
}

/// A change that has happened.
pub(crate) struct Change<'a> {
    /// The event's type, such as `customer.updated`.
    pub(crate) kind: &'a str,
    pub(crate) object: Value,
    pub(crate) live: bool,
    /// The time, in seconds since the Unix epoch.
    pub(crate) now: u64,
    /// The call that made the change; none where a person or time did.
    pub(crate) request_id: Option<&'a str>,
    pub(crate) idempotency_key: Option<&'a str>,
}

impl Events {
    /// Puts a change on record, and returns the identifier of its event.
    pub(crate) fn record(&mut self, change: &Change<'_>, names: &mut Names) -> String {
        let id = names.next("evt_1", 23);
        let prefix = if change.live { "evt_" } else { "evt_test_" };
        let object = &change.object;
        let thin = json!({
            "id": names.next(prefix, 50),
            "object": "v2.core.event",
            "type": format!("v1.{}", change.kind),
            "created": rfc3339(change.now),
            "livemode": change.live,
            "reason": null,
            "related_object": {
                "id": object["id"],
                "type": object["object"],
                "url": url(object),
            },
        });
        let snapshot = json!({
            "id": id,
            "object": "event",
            "api_version": API_VERSION,
            "created": change.now,
            "data": { "object": change.object },
            "livemode": change.live,
            "pending_webhooks": 1,
            "request": { "id": change.request_id, "idempotency_key": change.idempotency_key },
            "type": change.kind,
        });
        self.0.push(Event { snapshot, thin });
        id
    }

    /// Finds the event with this identifier, be it the snapshot's or the thin event's.
    pub(crate) fn find(&self, id: &str) -> Option<&Event> {
        let named = |event: &&Event| event.snapshot["id"] == id || event.thin["id"] == id;
        self.0.iter().find(named)
    }

    /// Returns all events, the oldest first.
    pub(crate) fn all(&self) -> &[Event] {
        &self.0
    }
}

/// Returns the path of an object in the API.
fn url(object: &Value) -> String {
    let collection = match text(object, "object") {
        "checkout.session" => "checkout/sessions".to_owned(),
        kind => format!("{kind}s"),
    };
    format!("/v1/{collection}/{}", text(object, "id"))
}
