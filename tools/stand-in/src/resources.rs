//! The API resources that Portico calls, a file for each: its parameters and its object.

pub(crate) mod charge;
pub(crate) mod checkout_session;
pub(crate) mod customer;
mod customer_search;
pub(crate) mod invoice;
pub(crate) mod portal_configuration;
pub(crate) mod portal_session;
pub(crate) mod price;
pub(crate) mod subscription;
mod subscription_item;

use serde_json::Value;

use crate::call::Call;
use crate::error::StripeError;
use crate::listing;

/// Makes the object that answers a call with 200.
pub(crate) type Make = fn(&mut Call<'_>) -> Result<Value, StripeError>;

/// All calls: their method, their path, in which `{id}` stands for a segment that names an object, and their answer.
/// Where two match, the first one answers: `search` is not a customer's identifier.
const CALLS: [(&str, &str, Make); 18] = [
    (
        "POST",
        "/v1/billing_portal/sessions",
        portal_session::create,
    ),
    ("GET", "/v1/charges", |call| {
        listing::of_customer(call, charge::KIND)
    }),
    ("POST", "/v1/checkout/sessions", checkout_session::create),
    ("GET", "/v1/checkout/sessions", checkout_session::list),
    (
        "GET",
        "/v1/checkout/sessions/{id}",
        checkout_session::retrieve,
    ),
    (
        "POST",
        "/v1/checkout/sessions/{id}/expire",
        checkout_session::expire,
    ),
    ("GET", "/v1/customers/search", customer_search::search),
    ("GET", "/v1/customers", customer::list),
    ("POST", "/v1/customers", customer::create),
    ("GET", "/v1/customers/{id}", customer::retrieve),
    ("POST", "/v1/customers/{id}", customer::update),
    ("DELETE", "/v1/customers/{id}", customer::delete),
    ("GET", "/v1/invoices", |call| {
        listing::of_customer(call, invoice::KIND)
    }),
    ("GET", "/v1/subscriptions", subscription::list),
    ("POST", "/v1/subscriptions", subscription::create),
    ("GET", "/v1/subscriptions/{id}", subscription::retrieve),
    ("DELETE", "/v1/subscriptions/{id}", subscription::cancel),
    ("GET", "/v1/subscription_items", subscription::items),
];

/// Finds what answers a call, and the segment of its path that names an object; empty where none does.
pub(crate) fn find<'p>(method: &str, path: &'p str) -> Option<(Make, &'p str)> {
    let mut calls = CALLS.into_iter().filter(|(of, ..)| *of == method);
    calls.find_map(|(_, of, make)| {
        let Some((before, after)) = of.split_once("{id}") else {
            return (path == of).then_some((make, ""));
        };
        let id = path.strip_prefix(before)?.strip_suffix(after)?;
        (!id.is_empty() && !id.contains('/')).then_some((make, id))
    })
}
