//! What changes customers: `POST` and `DELETE` below `/v1/customers`.
//!
//! <https://docs.stripe.com/api/customers>

use serde_json::{Value, json};

use super::{customer, payment_method, subscription};
use crate::error::StripeError;
use crate::metadata;
use crate::parameters::Parameters;
use crate::route::{Call, Route};

pub(crate) const ROUTES: &[Route] = &[
    Route {
        method: "POST",
        path: "/v1/customers",
        answer: create,
    },
    Route {
        method: "POST",
        path: "/v1/customers/{id}",
        answer: update,
    },
    Route {
        method: "DELETE",
        path: "/v1/customers/{id}",
        answer: delete,
    },
];

/// Members of a customer that are text, and that an empty value unsets.
const TEXTS: [&str; 4] = ["description", "email", "name", "phone"];

const PARAMETERS: &[&str] = &[
    "description?",
    "email?",
    "expand[#]",
    "invoice_settings[default_payment_method]?",
    "metadata?",
    "metadata[*]",
    "name?",
    "phone?",
    "preferred_locales[#]",
];

fn create(call: &mut Call<'_>) -> Result<Value, StripeError> {
    let parameters = call.parameters(&[PARAMETERS, &["payment_method"]].concat())?;
    let id = call.new_id("cus_");
    let mut customer = customer::new(&id, call.live, call.settings.now());
    set(&parameters, &mut customer)?;
    let mut method = None;
    if let Some(wanted) = parameters.get("payment_method") {
        let attached = payment_method::of_customer(call, wanted, "payment_method", &id)?;
        method = Some((wanted, attached["id"].clone()));
    }
    set_default_method(call, &parameters, &mut customer, method)?;
    call.state.objects.insert(call.live, customer.clone());
    call.announce("customer.created", customer.clone());
    Ok(customer)
}

/// Creates a customer as a checkout does.
pub(super) fn from_checkout(call: &mut Call<'_>, email: Option<&str>, name: Option<&str>) -> Value {
    let id = call.new_id("cus_");
    let mut customer = customer::new(&id, call.live, call.settings.now());
    customer["email"] = json!(email);
    customer["name"] = json!(name);
    call.state.objects.insert(call.live, customer.clone());
    call.announce("customer.created", customer.clone());
    customer
}

fn update(call: &mut Call<'_>) -> Result<Value, StripeError> {
    let parameters = call.parameters(PARAMETERS)?;
    let before = customer::find_by_path(call)?;
    let mut customer = before.clone();
    set(&parameters, &mut customer)?;
    set_default_method(call, &parameters, &mut customer, None)?;
    call.state.objects.insert(call.live, customer.clone());
    call.announce_update("customer.updated", &before, customer.clone());
    Ok(customer)
}

/// Deletes the customer of the path, whose subscriptions are canceled by that.
fn delete(call: &mut Call<'_>) -> Result<Value, StripeError> {
    call.parameters(&[])?;
    let customer = customer::find_by_path(call)?;
    Ok(remove(call, &customer))
}

/// Deletes a customer that exists, and returns what is left.
pub(crate) fn remove(call: &mut Call<'_>, customer: &Value) -> Value {
    let id = customer["id"].as_str().unwrap_or_default();
    for subscription in subscription::current_of(&call.state.objects, id, call.live) {
        subscription::end(call, &subscription, "cancellation_requested");
    }
    let objects = &mut call.state.objects;
    objects.insert(call.live, customer.clone());
    objects.delete(id);
    call.announce("customer.deleted", customer.clone());
    json!({ "id": id, "object": customer::KIND.object, "deleted": true })
}

fn set(parameters: &Parameters<'_>, customer: &mut Value) -> Result<(), StripeError> {
    for name in TEXTS {
        if parameters.get(name).is_some() {
            customer[name] = json!(parameters.set(name));
        }
    }
    if let Some(email) = parameters.set("email").filter(|email| !email.contains('@')) {
        return Err(
            StripeError::invalid_request(format!("Invalid email address: {email}"))
                .with_code("email_invalid")
                .with_param("email"),
        );
    }
    let locales = parameters.all("preferred_locales");
    if !locales.is_empty() {
        customer["preferred_locales"] = json!(locales);
    }
    metadata::apply(parameters, "metadata", &mut customer["metadata"])
}

/// Sets the method by which invoices are paid. `attached` is one that the same call has attached, with the name that
/// the call has for it.
fn set_default_method(
    call: &mut Call<'_>,
    parameters: &Parameters<'_>,
    customer: &mut Value,
    attached: Option<(&str, Value)>,
) -> Result<(), StripeError> {
    const NAME: &str = "invoice_settings[default_payment_method]";
    let id = customer["id"].as_str().unwrap_or_default().to_owned();
    let method = match (parameters.get(NAME), attached) {
        (None, _) => return Ok(()),
        (Some(""), _) => Value::Null,
        (Some(wanted), Some((name, method))) if wanted == name => method,
        (Some(wanted), _) => payment_method::of_customer(call, wanted, NAME, &id)?["id"].clone(),
    };
    customer["invoice_settings"]["default_payment_method"] = method;
    Ok(())
}
