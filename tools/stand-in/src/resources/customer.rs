//! Customers: `/v1/customers`.
//!
//! <https://docs.stripe.com/api/customers>

use serde_json::{Value, json};

use super::subscription;
use crate::call::Call;
use crate::error::StripeError;
use crate::fixtures;
use crate::listing;
use crate::metadata;
use crate::objects::{CUSTOMER, Kind, is_deleted, text};
use crate::parameters::Parameters;

pub(crate) const KIND: Kind = CUSTOMER;

/// The parameters of a customer. An empty text unsets it.
const PARAMETERS: &[&str] = &[
    "description?",
    "email?",
    "metadata?",
    "metadata[*]",
    "name?",
];

/// Returns a customer of whom nothing is known.
pub(crate) fn new(id: &str, live: bool, created: u64) -> Value {
    let members = json!({ "id": id, "livemode": live, "created": created });
    fixtures::object(include_str!("../fixtures/customer.json"), &members)
}

pub(super) fn create(call: &mut Call<'_>) -> Result<Value, StripeError> {
    let parameters = call.parameters(PARAMETERS)?;
    let mut members = json!({ "metadata": {} });
    set(&parameters, &mut members)?;
    Ok(with(call, &members))
}

/// Creates a customer with these members, as a call or a checkout does.
pub(super) fn with(call: &mut Call<'_>, members: &Value) -> Value {
    let id = call.new_id("cus_");
    let mut customer = new(&id, call.live, call.settings.now());
    fixtures::change(&mut customer, members);
    call.publish("customer.created", customer)
}

pub(super) fn update(call: &mut Call<'_>) -> Result<Value, StripeError> {
    let parameters = call.parameters(PARAMETERS)?;
    let before = call.find(KIND)?;
    let mut customer = before.clone();
    set(&parameters, &mut customer)?;
    Ok(put(call, &before, customer))
}

/// Keeps a customer that has changed, and announces the difference from `before`.
pub(crate) fn put(call: &mut Call<'_>, before: &Value, customer: Value) -> Value {
    call.state.objects.insert(call.live, customer.clone());
    if *before != customer {
        call.announce("customer.updated", &customer);
    }
    customer
}

fn set(parameters: &Parameters<'_>, customer: &mut Value) -> Result<(), StripeError> {
    for name in ["description", "email", "name"] {
        if parameters.get(name).is_some() {
            customer[name] = json!(parameters.set(name));
        }
    }
    if let Some(email) = parameters.set("email").filter(|email| !email.contains('@')) {
        let problem = StripeError::refused("email", format!("Invalid email address: {email}"));
        return Err(problem.with_code("email_invalid"));
    }
    metadata::apply(parameters, "metadata", &mut customer["metadata"])
}

pub(super) fn delete(call: &mut Call<'_>) -> Result<Value, StripeError> {
    call.parameters(&[])?;
    let customer = call.find(KIND)?;
    Ok(remove(call, &customer))
}

/// Deletes a customer that exists, whose subscriptions are canceled by that, and returns the remains.
pub(crate) fn remove(call: &mut Call<'_>, customer: &Value) -> Value {
    let id = text(customer, "id");
    for subscription in subscription::current_of(&call.state.objects, id, call.live) {
        subscription::end(call, &subscription, "cancellation_requested");
    }
    call.state.objects.delete(id);
    call.announce("customer.deleted", customer);
    json!({ "id": id, "object": KIND, "deleted": true })
}

/// Returns a deleted customer, too, as one that is deleted.
pub(super) fn retrieve(call: &mut Call<'_>) -> Result<Value, StripeError> {
    let parameters = call.parameters(&["expand[#]"])?;
    let objects = &call.state.objects;
    let found = objects.get(call.id, call.live);
    if let Some(rest) = found.filter(|found| is_deleted(found) && found["object"] == KIND) {
        return Ok(rest.clone());
    }
    let mut customer = call.find(KIND)?;
    if expands(&parameters, "subscriptions")? {
        let list = subscription::list_of_customer(objects, &customer, call.live);
        customer["subscriptions"] = list;
    }
    Ok(customer)
}

pub(super) fn list(call: &mut Call<'_>) -> Result<Value, StripeError> {
    let parameters = listing::parameters(call, &["expand[#]"])?;
    let expanded = expands(&parameters, "data.subscriptions")?;
    let objects = &call.state.objects;
    let customers = objects.newest(KIND, call.live);
    let mut page = listing::of(&parameters, customers, KIND, |_| true)?;
    if expanded {
        for customer in page["data"].as_array_mut().into_iter().flatten() {
            let list = subscription::list_of_customer(objects, customer, call.live);
            customer["subscriptions"] = list;
        }
    }
    Ok(page)
}

/// Returns whether a call asks for the one member that the stand-in can expand, at this path.
fn expands(parameters: &Parameters<'_>, known: &str) -> Result<bool, StripeError> {
    let paths = parameters.all("expand");
    if let Some(path) = paths.iter().find(|path| **path != known) {
        let message = format!("This property cannot be expanded ({path}).");
        return Err(StripeError::refused("expand", message));
    }
    Ok(!paths.is_empty())
}
