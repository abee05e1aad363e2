//! Checkout sessions: `/v1/checkout/sessions`.
//!
//! <https://docs.stripe.com/api/checkout/sessions>

use serde_json::{Value, json};

use super::{customer, payment_link};
use crate::error::StripeError;
use crate::listing;
use crate::metadata;
use crate::parameters::Parameters;
use crate::route::{Call, Route};
use crate::state::Checkout;

mod lines;
mod object;

pub(crate) use self::lines::choose;
pub(super) use self::lines::line_items;
use self::object::new;
pub(crate) use self::object::{KIND, PAGE};

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
