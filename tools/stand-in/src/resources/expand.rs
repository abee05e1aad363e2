//! Objects within objects, where a call asks for them by `expand[]`.
//!
//! <https://docs.stripe.com/expand>

use serde_json::Value;

use super::subscription;
use crate::error::StripeError;
use crate::objects::{Objects, is_deleted};
use crate::route::Call;

/// How deep an expansion goes at Stripe.
const MAX_DEPTH: usize = 4;

/// Expands an answer as the parameters of its call ask.
///
/// Fails when a path leads to what cannot be expanded.
pub(crate) fn apply(call: &Call<'_>, answer: &mut Value) -> Result<(), StripeError> {
    for (name, path) in call.pairs {
        if !name.starts_with("expand[") {
            continue;
        }
        if path.split('.').count() > MAX_DEPTH {
            return Err(StripeError::invalid_request(format!(
                "You cannot expand more than {MAX_DEPTH} levels of a property."
            )));
        }
        expand(call, answer, path, path)?;
    }
    Ok(())
}

fn expand(call: &Call<'_>, object: &mut Value, path: &str, whole: &str) -> Result<(), StripeError> {
    let (name, rest) = path.split_once('.').unwrap_or((path, ""));
    let is_list = matches!(object["object"].as_str(), Some("list" | "search_result"));
    if is_list && name == "data" {
        for entry in object["data"].as_array_mut().into_iter().flatten() {
            expand(call, entry, rest, whole)?;
        }
        return Ok(());
    }
    // Of a deleted object nothing more can be shown, and Stripe lets that pass.
    if is_deleted(object) {
        return Ok(());
    }
    let objects = &call.state.objects;
    let expanded = match (includable(call, object, name), object.get(name)) {
        (Some(included), None) => included,
        // Nothing, or an object that is there whole, is already what it is to be.
        (_, Some(Value::Null)) => return Ok(()),
        (_, Some(Value::Object(present))) => Value::Object(present.clone()),
        (_, Some(Value::String(id))) => match shown(objects, id, call.live) {
            Some(found) => found,
            None => return Err(not_expandable(whole)),
        },
        _ => return Err(not_expandable(whole)),
    };
    object[name] = expanded;
    if rest.is_empty() {
        return Ok(());
    }
    expand(call, &mut object[name], rest, whole)
}

/// A member that an object has only when it is asked for.
fn includable(call: &Call<'_>, object: &Value, name: &str) -> Option<Value> {
    let id = object["id"].as_str()?;
    match (object["object"].as_str()?, name) {
        ("customer", "subscriptions") => Some(subscription::list_of_customer(
            &call.state.objects,
            id,
            call.live,
        )),
        ("checkout.session", "line_items") => {
            let checkout = call.state.checkouts.get(id)?;
            Some(serde_json::json!({
                "object": "list",
                "data": checkout.items,
                "has_more": false,
                "url": format!("/v1/checkout/sessions/{id}/line_items"),
            }))
        }
        _ => None,
    }
}

/// An object as the API shows it.
fn shown(objects: &Objects, id: &str, live: bool) -> Option<Value> {
    let found = objects.get(id, live)?;
    Some(if found["object"] == subscription::KIND.object {
        subscription::shown(objects, found)
    } else {
        found.clone()
    })
}

fn not_expandable(path: &str) -> StripeError {
    StripeError::invalid_request(format!("This property cannot be expanded ({path})."))
        .with_param("expand")
}
