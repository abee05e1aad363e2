//! What reads and changes subscriptions that exist.
//!
//! <https://docs.stripe.com/api/subscriptions/update>

use serde_json::{Value, json};

use super::customer;
use super::payment_method;
use super::subscription::{self, items};
use crate::error::StripeError;
use crate::metadata;
use crate::parameters::Parameters;
use crate::route::{Call, Route};

pub(crate) const ROUTES: &[Route] = &[
    Route {
        method: "GET",
        path: "/v1/subscriptions",
        answer: |call| subscription::list(call),
    },
    Route {
        method: "GET",
        path: "/v1/subscriptions/{id}",
        answer: retrieve,
    },
    Route {
        method: "POST",
        path: "/v1/subscriptions/{id}",
        answer: update,
    },
    Route {
        method: "POST",
        path: "/v1/subscriptions/{id}/resume",
        answer: resume,
    },
    Route {
        method: "DELETE",
        path: "/v1/subscriptions/{id}",
        answer: cancel,
    },
];

fn retrieve(call: &mut Call<'_>) -> Result<Value, StripeError> {
    call.parameters(&["expand[#]"])?;
    let subscription = subscription::find_by_path(call)?;
    Ok(subscription::shown(&call.state.objects, &subscription))
}

fn update(call: &mut Call<'_>) -> Result<Value, StripeError> {
    let own = [
        "cancel_at?",
        "cancel_at_period_end",
        "cancellation_details[comment]?",
        "cancellation_details[feedback]?",
        "collection_method",
        "days_until_due",
        "default_payment_method?",
        "description?",
        "expand[#]",
        "metadata?",
        "metadata[*]",
        "off_session",
        "pause_collection?",
        "pause_collection[behavior]",
        "pause_collection[resumes_at]",
        "payment_behavior",
        "proration_behavior",
        "trial_end",
        "trial_settings[end_behavior][missing_payment_method]",
    ];
    let parameters = call.parameters(&[&own[..], items::OF_CHANGED].concat())?;
    let before = subscription::find_by_path(call)?;
    if before["status"] == "canceled" {
        refuse_beyond_records(call)?;
    }
    let mut changed = before.clone();
    metadata::apply(&parameters, "metadata", &mut changed["metadata"])?;
    for name in ["comment", "feedback"] {
        let param = format!("cancellation_details[{name}]");
        if parameters.get(&param).is_some() {
            changed["cancellation_details"][name] = json!(parameters.set(&param));
        }
    }
    if parameters.get("description").is_some() {
        changed["description"] = json!(parameters.set("description"));
    }
    let collection = ["charge_automatically", "send_invoice"];
    if let Some(method) = parameters.one_of("collection_method", &collection)? {
        changed["collection_method"] = json!(method);
        changed["days_until_due"] = json!(parameters.integer("days_until_due")?);
    }
    set_end(call, &parameters, &mut changed)?;
    match parameters.get("default_payment_method") {
        None => {}
        Some("") => changed["default_payment_method"] = Value::Null,
        Some(id) => {
            let customer = changed["customer"].as_str().unwrap_or_default().to_owned();
            let method =
                payment_method::of_customer(call, id, "default_payment_method", &customer)?;
            changed["default_payment_method"] = method["id"].clone();
        }
    }
    set_pause(&parameters, &mut changed)?;
    if parameters.has_within("items") {
        items::change(call, &parameters, &mut changed)?;
    }
    let missing = "trial_settings[end_behavior][missing_payment_method]";
    if let Some(missing) = parameters.one_of(missing, &["cancel", "create_invoice", "pause"])? {
        changed["trial_settings"]["end_behavior"]["missing_payment_method"] = json!(missing);
    }
    set_trial(call, &parameters, &mut changed)?;
    Ok(subscription::put(call, &before, &changed))
}

/// A canceled subscription stays as it is, but for what is noted about it.
fn refuse_beyond_records(call: &Call<'_>) -> Result<(), StripeError> {
    let other = call.pairs.iter().any(|(name, _)| {
        let allowed = ["metadata", "cancellation_details", "expand"];
        !allowed.contains(&name.split('[').next().unwrap_or_default())
    });
    if other {
        return Err(StripeError::invalid_request(
            "A canceled subscription can only update its cancellation_details and metadata.",
        ));
    }
    Ok(())
}

fn set_end(
    call: &Call<'_>,
    parameters: &Parameters<'_>,
    subscription: &mut Value,
) -> Result<(), StripeError> {
    let now = call.settings.now();
    match parameters.boolean("cancel_at_period_end")? {
        None => {}
        Some(false) => {
            subscription["cancel_at_period_end"] = json!(false);
            subscription["cancel_at"] = Value::Null;
            subscription["canceled_at"] = Value::Null;
            subscription["cancellation_details"]["reason"] = Value::Null;
        }
        Some(true) => subscription::mark_ending(call, subscription),
    }
    match parameters.get("cancel_at") {
        None => {}
        Some("") => {
            subscription["cancel_at"] = Value::Null;
            subscription["canceled_at"] = Value::Null;
        }
        Some(_) => {
            subscription["cancel_at"] = json!(parameters.integer("cancel_at")?);
            subscription["canceled_at"] = json!(now);
            subscription["cancellation_details"]["reason"] = json!("cancellation_requested");
        }
    }
    Ok(())
}

/// Collecting payments can be paused, which leaves the status as it is.
fn set_pause(parameters: &Parameters<'_>, subscription: &mut Value) -> Result<(), StripeError> {
    if parameters.get("pause_collection") == Some("") {
        subscription["pause_collection"] = Value::Null;
    }
    let behaviors = ["keep_as_draft", "mark_uncollectible", "void"];
    if let Some(behavior) = parameters.one_of("pause_collection[behavior]", &behaviors)? {
        let resumes = parameters.integer("pause_collection[resumes_at]")?;
        subscription["pause_collection"] = json!({ "behavior": behavior, "resumes_at": resumes });
    }
    Ok(())
}

/// Moves the end of the trial. Where it ends at once and nothing can be charged, the subscription pauses, ends, or is
/// past due, as its settings say.
fn set_trial(
    call: &Call<'_>,
    parameters: &Parameters<'_>,
    subscription: &mut Value,
) -> Result<(), StripeError> {
    let now = call.settings.now();
    match parameters.get("trial_end") {
        Some("now") if subscription["status"] == "trialing" => {
            subscription["trial_end"] = json!(now);
            let status = if can_be_charged(call, subscription) {
                "active"
            } else {
                let behavior = &subscription["trial_settings"]["end_behavior"];
                match behavior["missing_payment_method"].as_str() {
                    Some("pause") => "paused",
                    Some("cancel") => "canceled",
                    _ => "past_due",
                }
            };
            subscription["status"] = json!(status);
            if status == "canceled" {
                subscription["canceled_at"] = json!(now);
                subscription["ended_at"] = json!(now);
            }
        }
        None | Some("now") => {}
        Some(_) => {
            let end = parameters.integer("trial_end")?;
            if end.is_some_and(|end| end > now) {
                subscription["trial_start"] = json!(now);
                subscription["trial_end"] = json!(end);
                subscription["status"] = json!("trialing");
            }
        }
    }
    Ok(())
}

fn can_be_charged(call: &Call<'_>, subscription: &Value) -> bool {
    let id = subscription["customer"].as_str().unwrap_or_default();
    let customer = customer::find(call, id, "customer").unwrap_or_default();
    let default = &customer["invoice_settings"]["default_payment_method"];
    let items = subscription["items"]["data"].as_array();
    subscription["default_payment_method"].is_string()
        || default.is_string()
        || subscription["collection_method"] == "send_invoice"
        || items::amount(call, items.map_or(&[], Vec::as_slice)) == 0
}

/// Ends the pause of a subscription of which a trial ended without a payment method.
fn resume(call: &mut Call<'_>) -> Result<Value, StripeError> {
    let known = ["billing_cycle_anchor", "expand[#]", "proration_behavior"];
    let parameters = call.parameters(&known)?;
    parameters.one_of("billing_cycle_anchor", &["now", "unchanged"])?;
    let subscription = subscription::find_by_path(call)?;
    if subscription["status"] != "paused" {
        return Err(StripeError::invalid_request(
            "You cannot resume this subscription because it is not paused.",
        ));
    }
    Ok(subscription::set_status(call, &subscription, "active"))
}

fn cancel(call: &mut Call<'_>) -> Result<Value, StripeError> {
    let parameters = call.parameters(&[
        "cancellation_details[comment]",
        "cancellation_details[feedback]",
        "expand[#]",
        "invoice_now",
        "prorate",
    ])?;
    let mut subscription = subscription::find_by_path(call)?;
    if subscription["status"] == "canceled" {
        let id = call.id;
        return Err(StripeError::resource_missing("subscription", id, "id").with_status(404));
    }
    for name in ["comment", "feedback"] {
        let given = parameters.get(&format!("cancellation_details[{name}]"));
        subscription["cancellation_details"][name] = json!(given);
    }
    Ok(subscription::end(
        call,
        &subscription,
        "cancellation_requested",
    ))
}
