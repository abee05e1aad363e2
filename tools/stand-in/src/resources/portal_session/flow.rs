//! The flow of a session: a deep link into the portal.

use serde_json::{Value, json};

use crate::error::StripeError;
use crate::parameters::Parameters;

const TYPES: &[&str] = &[
    "customer_update",
    "payment_method_update",
    "subscription_cancel",
    "subscription_pause",
    "subscription_update",
    "subscription_update_confirm",
];

const COMPLETION_TYPES: &[&str] = &["hosted_confirmation", "portal_homepage", "redirect"];

/// Returns the member `flow` of a session with these parameters; null without a flow.
pub(super) fn flow(parameters: &Parameters<'_>) -> Result<Value, StripeError> {
    if !parameters.has_within("flow_data") {
        return Ok(Value::Null);
    }
    parameters.required("flow_data[type]")?;
    let kind = parameters
        .one_of("flow_data[type]", TYPES)?
        .unwrap_or_default();
    for other in TYPES.iter().filter(|other| **other != kind) {
        let other = format!("flow_data[{other}]");
        if parameters.has_within(&other) {
            let message =
                format!("You may only specify `{other}` with the flow type of that name.");
            return Err(StripeError::refused(&other, message));
        }
    }
    let mut flow = json!({
        "after_completion": after_completion(parameters)?,
        "subscription_cancel": null,
        "subscription_pause": null,
        "subscription_update": null,
        "subscription_update_confirm": null,
        "type": kind,
    });
    if kind.starts_with("subscription_") {
        flow[kind] = of_its_type(parameters, kind)?;
    }
    Ok(flow)
}

fn after_completion(parameters: &Parameters<'_>) -> Result<Value, StripeError> {
    let kind = parameters.one_of("flow_data[after_completion][type]", COMPLETION_TYPES)?;
    let return_url = parameters.url("flow_data[after_completion][redirect][return_url]")?;
    if kind.is_none() && parameters.has_within("flow_data[after_completion]") {
        return Err(StripeError::parameter_missing(
            "flow_data[after_completion][type]",
        ));
    }
    let kind = kind.unwrap_or("portal_homepage");
    if kind == "redirect" {
        parameters.required("flow_data[after_completion][redirect][return_url]")?;
    }
    Ok(json!({
        "hosted_confirmation": (kind == "hosted_confirmation")
            .then(|| json!({ "custom_message": null })),
        "redirect": (kind == "redirect").then(|| json!({ "return_url": return_url })),
        "type": kind,
    }))
}

/// Returns the member that is named like the flow's type.
fn of_its_type(parameters: &Parameters<'_>, kind: &str) -> Result<Value, StripeError> {
    let object = format!("flow_data[{kind}]");
    let name = format!("{object}[subscription]");
    parameters.required(&name)?;
    let subscription = parameters.existing(&name, "subscription", "sub_")?;
    let mut members = json!({ "subscription": subscription });
    match kind {
        "subscription_cancel" => members["retention"] = Value::Null,
        "subscription_update_confirm" => {
            members["items"] = items(parameters, &format!("{object}[items]"))?;
            members["discounts"] = discounts(parameters, &format!("{object}[discounts]"))?;
        }
        _ => {}
    }
    Ok(members)
}

fn items(parameters: &Parameters<'_>, list: &str) -> Result<Value, StripeError> {
    let Some(entry) = parameters.only(list)? else {
        return Err(StripeError::parameter_missing(list));
    };
    let id = format!("{entry}[id]");
    parameters.required(&id)?;
    Ok(json!([{
        "id": parameters.existing(&id, "subscription item", "si_")?,
        "price": parameters.existing(&format!("{entry}[price]"), "price", "price_")?,
        "quantity": parameters.integer(&format!("{entry}[quantity]"))?,
    }]))
}

/// Returns the discounts; null without one.
fn discounts(parameters: &Parameters<'_>, list: &str) -> Result<Value, StripeError> {
    let Some(entry) = parameters.only(list)? else {
        return Ok(Value::Null);
    };
    let promotion_code = format!("{entry}[promotion_code]");
    // Merchants choose the identifiers of coupons, so these have no prefix.
    Ok(json!([{
        "coupon": parameters.existing(&format!("{entry}[coupon]"), "coupon", "")?,
        "promotion_code": parameters.existing(&promotion_code, "promotion code", "promo_")?,
    }]))
}
