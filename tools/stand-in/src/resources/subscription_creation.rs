//! New subscriptions: `POST /v1/subscriptions`, and those that a checkout makes.
//!
//! <https://docs.stripe.com/api/subscriptions/create>

use serde_json::{Value, json};

use super::customer;
use super::payment_method::{self, Outcome};
use super::subscription::{self, items};
use crate::error::StripeError;
use crate::metadata;
use crate::parameters::Parameters;
use crate::route::{Call, Route};

pub(crate) const ROUTES: &[Route] = &[Route {
    method: "POST",
    path: "/v1/subscriptions",
    answer: create,
}];

/// The members that a new subscription has no value for.
const NULL: &[&str] = &[
    "application",
    "application_fee_percent",
    "billing_cycle_anchor_config",
    "billing_thresholds",
    "cancel_at",
    "canceled_at",
    "days_until_due",
    "default_source",
    "description",
    "ended_at",
    "latest_invoice",
    "next_pending_invoice_item_invoice",
    "on_behalf_of",
    "pause_collection",
    "pending_invoice_item_interval",
    "pending_setup_intent",
    "pending_update",
    "schedule",
    "test_clock",
    "transfer_data",
];

const DAY: u64 = 86_400;

/// What a new subscription is made of.
pub(super) struct New<'a> {
    pub(super) id: String,
    pub(super) customer: &'a str,
    pub(super) items: Vec<Value>,
    pub(super) currency: Value,
    pub(super) status: &'a str,
    pub(super) default_payment_method: Value,
    pub(super) metadata: Value,
    pub(super) trial_end: Option<u64>,
}

fn create(call: &mut Call<'_>) -> Result<Value, StripeError> {
    let own = [
        "cancel_at_period_end",
        "collection_method",
        "customer",
        "days_until_due",
        "default_payment_method",
        "description",
        "expand[#]",
        "metadata[*]",
        "off_session",
        "payment_behavior",
        "trial_end",
        "trial_period_days",
        "trial_settings[end_behavior][missing_payment_method]",
    ];
    let parameters = call.parameters(&[&own[..], items::OF_NEW].concat())?;
    let customer_id = parameters.required("customer")?;
    let customer = customer::find(call, customer_id, "customer")?;
    let id = call.new_id("sub_1");
    let (items, price) = items::of_new(call, &parameters, &id)?;
    let behavior = parameters.one_of(
        "payment_behavior",
        &[
            "allow_incomplete",
            "default_incomplete",
            "error_if_incomplete",
            "pending_if_incomplete",
        ],
    )?;
    let collection = parameters
        .one_of(
            "collection_method",
            &["charge_automatically", "send_invoice"],
        )?
        .unwrap_or("charge_automatically");
    let missing = parameters.one_of(
        "trial_settings[end_behavior][missing_payment_method]",
        &["cancel", "create_invoice", "pause"],
    )?;
    let ends_with_period = parameters.boolean("cancel_at_period_end")?.unwrap_or(false);
    let now = call.settings.now();
    let trial_end = match (
        parameters.get("trial_end"),
        parameters.integer("trial_period_days")?,
    ) {
        (None, Some(days @ 1..)) => Some(now + days * DAY),
        (None | Some("now"), _) => None,
        (Some(_), _) => parameters.integer("trial_end")?,
    };
    let mut data = json!({});
    metadata::apply(&parameters, "metadata", &mut data)?;

    call.state.objects.insert(call.live, customer.clone());
    let own_method = match parameters.get("default_payment_method") {
        Some(wanted) => {
            payment_method::of_customer(call, wanted, "default_payment_method", customer_id)?["id"]
                .clone()
        }
        None => Value::Null,
    };
    let method = match own_method.as_str() {
        None => customer["invoice_settings"]["default_payment_method"].as_str(),
        own => own,
    };
    let owed = items::amount(call, &items);
    let status = match (trial_end, method) {
        (Some(_), _) => "trialing",
        _ if owed == 0 || collection == "send_invoice" => "active",
        (None, None) if behavior == Some("default_incomplete") => "incomplete",
        (None, None) => return Err(no_payment_method()),
        (None, Some(method)) => {
            let method = call.state.objects.get(method, call.live);
            match method.map(payment_method::outcome) {
                Some(Outcome::Declined) if behavior == Some("error_if_incomplete") => {
                    return Err(StripeError::card_declined());
                }
                Some(Outcome::Declined) => "incomplete",
                _ if behavior == Some("default_incomplete") => "incomplete",
                _ => "active",
            }
        }
    };
    let new = New {
        id,
        customer: customer_id,
        items,
        currency: price["currency"].clone(),
        status,
        default_payment_method: own_method,
        metadata: data,
        trial_end,
    };
    let mut subscription = kept(&new, call);
    subscription["cancel_at_period_end"] = json!(ends_with_period);
    subscription["collection_method"] = json!(collection);
    subscription["days_until_due"] = json!(parameters.integer("days_until_due")?);
    subscription["description"] = json!(parameters.get("description"));
    if let Some(missing) = missing {
        subscription["trial_settings"]["end_behavior"]["missing_payment_method"] = json!(missing);
    }
    Ok(announce(call, &subscription))
}

/// Creates a subscription as a checkout does.
pub(super) fn from_checkout(call: &mut Call<'_>, new: &New<'_>) -> Value {
    let subscription = kept(new, call);
    announce(call, &subscription)
}

/// Puts an active subscription there without an event, for the customer and the items that the parameters name.
pub(crate) fn always_there(
    call: &mut Call<'_>,
    id: &str,
    pairs: &[(String, String)],
) -> Result<(), StripeError> {
    let parameters = Parameters::new(pairs, &[&["customer"], items::OF_NEW].concat())?;
    let customer = parameters.required("customer")?;
    customer::find(call, customer, "customer")?;
    let (items, price) = items::of_new(call, &parameters, id)?;
    let new = New {
        id: id.to_owned(),
        customer,
        items,
        currency: price["currency"].clone(),
        status: "active",
        default_payment_method: Value::Null,
        metadata: json!({}),
        trial_end: None,
    };
    let subscription = kept(&new, call);
    call.state.objects.insert(call.live, subscription);
    Ok(())
}

fn announce(call: &mut Call<'_>, subscription: &Value) -> Value {
    call.state.objects.insert(call.live, subscription.clone());
    let shown = subscription::shown(&call.state.objects, subscription);
    call.announce("customer.subscription.created", shown.clone());
    shown
}

fn kept(new: &New<'_>, call: &Call<'_>) -> Value {
    let now = call.settings.now();
    let items = items::list(&new.id, &new.items);
    let mut subscription = json!({
        "id": new.id,
        "object": subscription::KIND.object,
        "automatic_tax": { "disabled_reason": null, "enabled": false, "liability": null },
        "billing_cycle_anchor": now,
        "billing_mode": { "type": "flexible" },
        "cancel_at_period_end": false,
        "cancellation_details": { "comment": null, "feedback": null, "reason": null },
        "collection_method": "charge_automatically",
        "created": now,
        "currency": new.currency,
        "customer": new.customer,
        "default_payment_method": new.default_payment_method,
        "default_tax_rates": [],
        "discounts": [],
        "invoice_settings": { "account_tax_ids": null, "issuer": { "type": "self" } },
        "items": items,
        "livemode": call.live,
        "metadata": new.metadata,
        "payment_settings": {
            "payment_method_options": null,
            "payment_method_types": null,
            "save_default_payment_method": "off",
        },
        "start_date": now,
        "status": new.status,
        "trial_end": new.trial_end,
        "trial_settings": { "end_behavior": { "missing_payment_method": "create_invoice" } },
        "trial_start": new.trial_end.map(|_| now),
    });
    for name in NULL {
        subscription[*name] = Value::Null;
    }
    subscription
}

fn no_payment_method() -> StripeError {
    StripeError::invalid_request(
        "This customer has no attached payment source or default payment method. Please consider adding a default \
         payment method. For more information, visit \
         https://stripe.com/docs/billing/subscriptions/payment-methods-setting#payment-method-priority.",
    )
    .with_code("resource_missing")
}
