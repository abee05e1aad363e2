//! Events: the objects that tell of changes, as snapshots and as thin events.
//!
//! <https://docs.stripe.com/api/events>, <https://docs.stripe.com/api/v2/core/events>

use serde_json::{Value, json};

use crate::objects::{path, text};
use crate::time::rfc3339;

/// The version by which the objects within events are rendered, whatever version a call asks for.
pub(crate) const API_VERSION: &str = "2026-10-28.endive";

/// Tells of the change of an event, and only names the object.
pub(crate) fn thin(snapshot: &Value) -> Value {
    let object = &snapshot["data"]["object"];
    let [kind, id] = ["object", "id"].map(|name| text(object, name));
    let mode = if snapshot["livemode"] == true {
        ""
    } else {
        "test_"
    };
    json!({
        "id": text(snapshot, "id").replace("evt_", &format!("evt_{mode}")),
        "object": "v2.core.event",
        "type": format!("v1.{}", text(snapshot, "type")),
        "created": rfc3339(snapshot["created"].as_u64().unwrap_or_default()),
        "livemode": snapshot["livemode"],
        "reason": null,
        "related_object": { "id": id, "type": kind, "url": format!("{}/{id}", path(kind)) },
    })
}
