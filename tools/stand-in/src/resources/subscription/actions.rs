//! The changes of a subscription that a person makes by a button, or that time brings about.

use serde_json::{Value, json};

use super::{KIND, change, end};
use crate::call::Call;
use crate::fixtures;
use crate::objects::text;
use crate::resources::{price, subscription_item};

const DAY: u64 = 86_400;

/// Does what the button of a form asks for, to the subscription with this identifier, where there is one. `value` has
/// the form's other values: the price that was chosen (`plan`), and how many of it (`quantity`).
pub(crate) fn perform<'f>(
    call: &mut Call<'_>,
    id: &str,
    action: &str,
    value: impl Fn(&str) -> Option<&'f str>,
) {
    let Ok(found) = call.state.objects.find(KIND, id, "id", call.live).cloned() else {
        return;
    };
    if found["status"] == "canceled" {
        return;
    }
    let now = call.settings.now();
    let price = value("plan").and_then(|plan| price::find(call, plan, "price").ok());
    let changes = match (action, price) {
        ("canceled", _) => {
            end(call, &found, "cancellation_requested");
            return;
        }
        ("change", price) => {
            let quantity = value("quantity").and_then(|quantity| quantity.parse().ok());
            with_plan(&found, price, quantity, now)
        }
        ("add", Some(price)) => {
            let item = subscription_item::new(call, id, &price, 1);
            with_item(&found, item)
        }
        _ => match changes(action, &found, now) {
            Some(changes) => changes,
            None => return,
        },
    };
    change(call, &found, &changes);
}

/// Returns the members that an action changes; `None` for one that does not exist.
fn changes(action: &str, subscription: &Value, now: u64) -> Option<Value> {
    let ending = |at: &Value, with_period: bool, reason: Option<&str>| {
        json!({
            "cancel_at": at,
            "cancel_at_period_end": with_period,
            "canceled_at": reason.map(|_| now),
            "cancellation_details": { "comment": null, "feedback": null, "reason": reason },
        })
    };
    let requested = Some("cancellation_requested");
    let staying = ending(&Value::Null, false, None);
    let status = text(subscription, "status");
    Some(match action {
        "active" => {
            let mut changes = staying;
            let more = json!({
                "status": "active", "trial_start": null, "trial_end": null, "pause_collection": null,
            });
            fixtures::change(&mut changes, &more);
            changes
        }
        "trialing" => {
            let end = now + 14 * DAY;
            let mut items = subscription["items"].clone();
            for item in items["data"].as_array_mut().into_iter().flatten() {
                item["current_period_end"] = json!(end);
            }
            json!({ "status": "trialing", "trial_start": now, "trial_end": end, "items": items })
        }
        "past_due" | "unpaid" | "incomplete" | "paused" => json!({ "status": action }),
        "cancel-later" => {
            let period_end = &subscription["items"]["data"][0]["current_period_end"];
            ending(period_end, true, requested)
        }
        "cancel-on-date" => ending(&json!(now + 10 * DAY), false, requested),
        "keep" => staying,
        "pause" => {
            json!({ "pause_collection": { "behavior": "void", "resumes_at": now + 30 * DAY } })
        }
        "resume" if status == "paused" => json!({ "status": "active", "pause_collection": null }),
        "resume" => json!({ "pause_collection": null }),
        // A card that works pays the invoices that are open.
        "pay" if matches!(status, "past_due" | "unpaid" | "incomplete") => {
            json!({ "status": "active" })
        }
        "pay" => json!({}),
        _ => return None,
    })
}

/// Moves the first item to another price, and to another quantity. A period of another length begins at once.
fn with_plan(subscription: &Value, price: Option<Value>, quantity: Option<u64>, now: u64) -> Value {
    let mut items = subscription["items"].clone();
    let item = &mut items["data"][0];
    if let Some(price) = price {
        if price::period(&item["price"]) != price::period(&price) {
            item["current_period_start"] = json!(now);
            item["current_period_end"] = json!(now + price::period(&price));
        }
        item["price"] = price;
    }
    if let Some(quantity) = quantity {
        item["quantity"] = json!(quantity);
    }
    json!({ "items": items })
}

/// Adds an item, unless there is one of that price.
fn with_item(subscription: &Value, item: Value) -> Value {
    let mut items = subscription["items"].clone();
    if let Some(data) = items["data"].as_array_mut() {
        let price = &item["price"]["id"];
        if data.iter().all(|other| other["price"]["id"] != *price) {
            data.push(item);
        }
    }
    json!({ "items": items })
}
