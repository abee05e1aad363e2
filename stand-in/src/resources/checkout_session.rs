//! Checkout sessions: `/v1/checkout/sessions`.
//!
//! <https://docs.stripe.com/api/checkout/sessions>

use serde_json::{Value, json};

use super::{customer, payment_link, price};
use crate::error::StripeError;
use crate::listing;
use crate::metadata;
use crate::objects::Kind;
use crate::parameters::Parameters;
use crate::route::{Call, Route};
use crate::state::Checkout;

pub(crate) const ROUTES: &[Route] = &[
    Route {
        method: "POST",
        path: "/v1/checkout/sessions",
        answer: create,
    },
    Route {
        method: "GET",
        path: "/v1/checkout/sessions",
        answer: list,
    },
    Route {
        method: "GET",
        path: "/v1/checkout/sessions/{id}",
        answer: retrieve,
    },
    Route {
        method: "POST",
        path: "/v1/checkout/sessions/{id}/expire",
        answer: expire,
    },
];

pub(crate) const KIND: Kind = Kind {
    object: "checkout.session",
    word: "checkout.session",
};

/// The path of a session's page; the session's identifier follows.
pub(crate) const PAGE: &str = "/c/pay/";

const DAY: u64 = 86_400;

/// The parameters that the stand-in knows, of many more that Stripe has.
const PARAMETERS: &[&str] = &[
    "allow_promotion_codes",
    "billing_address_collection",
    "cancel_url",
    "client_reference_id",
    "customer",
    "customer_creation",
    "customer_email",
    "expand[#]",
    "line_items[#][price]",
    "line_items[#][quantity]",
    "locale",
    "metadata[*]",
    "mode",
    "payment_intent_data[*]",
    "payment_method_collection",
    "payment_method_types[#]",
    "subscription_data[description]",
    "subscription_data[metadata][*]",
    "subscription_data[trial_period_days]",
    "success_url",
    "ui_mode",
];

/// The members that a new session has no value for.
const NULL: &[&str] = &[
    "adaptive_pricing",
    "after_expiration",
    "allow_promotion_codes",
    "billing_address_collection",
    "cancel_url",
    "client_reference_id",
    "client_secret",
    "collected_information",
    "consent",
    "consent_collection",
    "currency_conversion",
    "customer",
    "customer_creation",
    "customer_details",
    "customer_email",
    "invoice",
    "invoice_creation",
    "locale",
    "origin_context",
    "payment_intent",
    "payment_link",
    "payment_method_configuration_details",
    "permissions",
    "recovered_from",
    "saved_payment_method_options",
    "setup_intent",
    "shipping_address_collection",
    "shipping_cost",
    "submit_type",
    "subscription",
    "success_url",
    "wallet_options",
];

fn create(call: &mut Call<'_>) -> Result<Value, StripeError> {
    let parameters = call.parameters(PARAMETERS)?;
    parameters.one_of("ui_mode", &["hosted"])?;
    let success_url = parameters.required("success_url")?;
    parameters.url("success_url")?;
    parameters.url("cancel_url")?;
    let items = line_items(call, &parameters)?;
    let recurring = items
        .iter()
        .any(|item| item["price"]["type"] == "recurring");
    let mode = match parameters.one_of("mode", &["payment", "setup", "subscription"])? {
        Some(mode) => mode,
        None if recurring => "subscription",
        None => "payment",
    };
    check_mode(mode, &items, &parameters)?;
    let customer = match parameters.get("customer") {
        Some(id) => {
            if parameters.get("customer_email").is_some() {
                return Err(StripeError::invalid_request(
                    "You may only specify one of these parameters: customer, customer_email.",
                ));
            }
            let found = customer::find(call, id, "customer")?;
            call.state.objects.insert(call.live, found);
            Some(id)
        }
        None => None,
    };
    let creation = parameters.one_of("customer_creation", &["always", "if_required"])?;
    let reference = parameters.get("client_reference_id");
    if let Some(reference) = reference.filter(|reference| reference.chars().count() > 200) {
        return Err(StripeError::invalid_request(format!(
            "Invalid string: {reference}; must be at most 200 characters"
        ))
        .with_param("client_reference_id"));
    }
    let methods = parameters.all("payment_method_types");
    let mut for_subscription = json!({});
    metadata::apply(
        &parameters,
        "subscription_data[metadata]",
        &mut for_subscription,
    )?;
    let checkout = Checkout {
        items,
        subscription_metadata: for_subscription,
        trial_days: parameters.integer("subscription_data[trial_period_days]")?,
    };
    let mut session = new(call, mode, checkout);
    session["customer"] = json!(customer);
    session["customer_email"] = json!(parameters.get("customer_email"));
    session["customer_creation"] = match (mode, customer) {
        ("payment", None) => json!(creation.unwrap_or("if_required")),
        _ => Value::Null,
    };
    session["client_reference_id"] = json!(reference);
    session["success_url"] = json!(success_url);
    session["cancel_url"] = json!(parameters.get("cancel_url"));
    session["locale"] = json!(parameters.get("locale"));
    if !methods.is_empty() {
        session["payment_method_types"] = json!(methods);
    }
    metadata::apply(&parameters, "metadata", &mut session["metadata"])?;
    call.state.objects.insert(call.live, session.clone());
    Ok(session)
}

/// Opens a session for somebody who follows a payment link, with what the buyer may put into the link's query.
pub(crate) fn from_link(
    call: &mut Call<'_>,
    link: &Value,
    reference: Option<&str>,
    email: Option<&str>,
) -> Value {
    let id = link["id"].as_str().unwrap_or_default();
    let items = call.state.links.get(id).cloned().unwrap_or_default();
    let recurring = items
        .iter()
        .any(|item| item["price"]["type"] == "recurring");
    let checkout = Checkout {
        items,
        subscription_metadata: json!({}),
        trial_days: None,
    };
    let mode = if recurring { "subscription" } else { "payment" };
    let mut session = new(call, mode, checkout);
    session["payment_link"] = link["id"].clone();
    session["metadata"] = link["metadata"].clone();
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    // Stripe drops a reference of another form, and the link works without.
    let reference =
        reference.filter(|text| (1..=200).contains(&text.len()) && text.bytes().all(allowed));
    session["client_reference_id"] = json!(reference);
    session["customer_email"] = json!(email);
    session["success_url"] = link["after_completion"]["redirect"]["url"].clone();
    if !recurring {
        session["customer_creation"] = link["customer_creation"].clone();
    }
    call.state.objects.insert(call.live, session.clone());
    session
}

/// Sells another price in an open session instead of its first line's, as its buyer wishes on the stand-in's page. Stripe
/// has upsells for that.
pub(crate) fn choose(call: &mut Call<'_>, session: &Value, price: &str) -> Result<(), StripeError> {
    let id = session["id"].as_str().unwrap_or_default();
    let present = call
        .state
        .checkouts
        .get(id)
        .and_then(|checkout| checkout.items.first());
    let Some(line) = present.filter(|line| line["price"]["id"] != price) else {
        return Ok(());
    };
    let quantity = line["quantity"].as_u64().unwrap_or(1);
    let price = price::on_sale(call, price, "line_items[0][price]")?;
    let line = self::line(call, &price, quantity);
    let mut session = session.clone();
    session["currency"] = line["currency"].clone();
    if let Some(checkout) = call.state.checkouts.get_mut(id) {
        checkout.items.splice(..1, [line]);
        set_total(&mut session, &checkout.items);
    }
    call.state.objects.insert(call.live, session);
    Ok(())
}

/// The lines that the parameters describe, each with its whole price.
pub(super) fn line_items(
    call: &mut Call<'_>,
    parameters: &Parameters<'_>,
) -> Result<Vec<Value>, StripeError> {
    let mut items = Vec::new();
    for entry in parameters.list("line_items")? {
        let param = format!("{entry}[price]");
        let price = price::on_sale(call, parameters.required(&param)?, &param)?;
        let quantity = parameters.integer(&format!("{entry}[quantity]"))?;
        let Some(quantity @ 1..) = quantity else {
            return Err(StripeError::invalid_request(format!(
                "Quantity is required. Add `quantity` to `{entry}`"
            )));
        };
        items.push(line(call, &price, quantity));
    }
    Ok(items)
}

fn line(call: &mut Call<'_>, price: &Value, quantity: u64) -> Value {
    let amount = price["unit_amount"].as_u64().unwrap_or_default() * quantity;
    json!({
        "id": call.new_id("li_1"),
        "object": "item",
        "amount_discount": 0,
        "amount_subtotal": amount,
        "amount_tax": 0,
        "amount_total": amount,
        "currency": price["currency"],
        "description": null,
        "price": price,
        "quantity": quantity,
    })
}

fn set_total(session: &mut Value, items: &[Value]) {
    let amounts = items
        .iter()
        .filter_map(|item| item["amount_total"].as_u64());
    let total: u64 = amounts.sum();
    session["amount_subtotal"] = json!(total);
    session["amount_total"] = json!(total);
}

fn check_mode(mode: &str, items: &[Value], parameters: &Parameters<'_>) -> Result<(), StripeError> {
    let recurring = items
        .iter()
        .any(|item| item["price"]["type"] == "recurring");
    let problem = match mode {
        "setup" => return Ok(()),
        _ if items.is_empty() => return Err(StripeError::parameter_missing("line_items")),
        "payment" if recurring => {
            "You specified `payment` mode but passed a recurring price. Either switch to `subscription` mode or use \
             only one-time prices."
        }
        "subscription" if !recurring => {
            "You must provide at least one recurring price in `subscription` mode when using prices."
        }
        "payment" if parameters.has_within("subscription_data") => {
            "You can not pass `subscription_data` in `payment` mode."
        }
        "subscription" if parameters.has_within("payment_intent_data") => {
            "You can not pass `payment_intent_data` in `subscription` mode."
        }
        "subscription" if parameters.get("customer_creation").is_some() => {
            "`customer_creation` can only be used in `payment` mode."
        }
        _ => return Ok(()),
    };
    Err(StripeError::invalid_request(problem))
}

/// An open session with these lines.
fn new(call: &mut Call<'_>, mode: &str, checkout: Checkout) -> Value {
    let now = call.settings.now();
    let prefix = if call.live {
        "cs_live_a1"
    } else {
        "cs_test_a1"
    };
    let id = call.state.names.next(prefix, 56);
    let total: u64 = checkout
        .items
        .iter()
        .filter_map(|item| item["amount_total"].as_u64())
        .sum();
    let currency = checkout.items.first().map(|item| item["currency"].clone());
    call.state.checkouts.insert(id.clone(), checkout);
    let mut session = json!({
        "id": id,
        "object": KIND.object,
        "amount_subtotal": total,
        "amount_total": total,
        "automatic_tax": { "enabled": false, "liability": null, "provider": null, "status": null },
        "created": now,
        "currency": currency,
        "custom_fields": [],
        "custom_text": {
            "after_submit": null,
            "shipping_address": null,
            "submit": null,
            "terms_of_service_acceptance": null,
        },
        "discounts": [],
        "expires_at": now + DAY,
        "livemode": call.live,
        "metadata": {},
        "mode": mode,
        "payment_method_collection": if mode == "subscription" { json!("always") } else { json!("if_required") },
        "payment_method_options": {},
        "payment_method_types": ["card"],
        "payment_status": if mode == "setup" { "no_payment_required" } else { "unpaid" },
        "phone_number_collection": { "enabled": false },
        "shipping_options": [],
        "status": "open",
        "total_details": { "amount_discount": 0, "amount_shipping": 0, "amount_tax": 0 },
        "ui_mode": "hosted",
        "url": format!("{}{PAGE}{id}", call.settings.checkout_origin),
    });
    for name in NULL {
        session[*name] = Value::Null;
    }
    session
}

fn list(call: &mut Call<'_>) -> Result<Value, StripeError> {
    let own = ["customer", "payment_link", "status", "subscription"];
    let parameters = call.parameters(&[&listing::PARAMETERS[..], &own].concat())?;
    parameters.one_of("status", &["complete", "expired", "open"])?;
    if let Some(id) = parameters.get("payment_link") {
        let objects = &call.state.objects;
        objects.find(payment_link::KIND, id, "payment_link", call.live)?;
    }
    let sessions = (&call.state.objects, KIND, call.live);
    listing::page(&parameters, sessions, "/v1/checkout/sessions", |session| {
        let is = |name: &&str| parameters.get(name).is_none_or(|is| session[*name] == is);
        own.iter().all(is)
    })
}

fn retrieve(call: &mut Call<'_>) -> Result<Value, StripeError> {
    call.parameters(&["expand[#]"])?;
    call.find(KIND)
}

fn expire(call: &mut Call<'_>) -> Result<Value, StripeError> {
    call.parameters(&["expand[#]"])?;
    let mut session = call.find(KIND)?;
    if session["status"] != "open" {
        let status = session["status"].as_str().unwrap_or_default();
        return Err(StripeError::invalid_request(format!(
            "Only Checkout Sessions with a status in [\"open\"] can be expired. This Checkout Session has a status of \
             {status}."
        )));
    }
    session["status"] = json!("expired");
    session["url"] = Value::Null;
    call.state.objects.insert(call.live, session.clone());
    call.announce("checkout.session.expired", session.clone());
    Ok(session)
}
