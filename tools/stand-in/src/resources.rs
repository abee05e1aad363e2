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

/// Finds what answers a call, and the segment of its path that names an object; empty where none does.
pub(crate) fn find<'p>(method: &str, path: &'p str) -> Option<(Make, &'p str)> {
    let segments: Vec<&str> = path.strip_prefix("/v1/")?.split('/').collect();
    let found: (Make, &str) = match (method, segments.as_slice()) {
        (_, [.., ""]) => return None,
        ("POST", ["billing_portal", "sessions"]) => (portal_session::create, ""),
        ("GET", ["charges"]) => (|call| listing::of_customer(call, charge::KIND), ""),
        ("POST", ["checkout", "sessions"]) => (checkout_session::create, ""),
        ("GET", ["checkout", "sessions"]) => (checkout_session::list, ""),
        ("GET", ["checkout", "sessions", id]) => (checkout_session::retrieve, id),
        ("POST", ["checkout", "sessions", id, "expire"]) => (checkout_session::expire, id),
        ("GET", ["customers", "search"]) => (customer_search::search, ""),
        ("GET", ["customers"]) => (customer::list, ""),
        ("POST", ["customers"]) => (customer::create, ""),
        ("GET", ["customers", id]) => (customer::retrieve, id),
        ("POST", ["customers", id]) => (customer::update, id),
        ("DELETE", ["customers", id]) => (customer::delete, id),
        ("GET", ["invoices"]) => (|call| listing::of_customer(call, invoice::KIND), ""),
        ("GET", ["subscriptions"]) => (subscription::list, ""),
        ("POST", ["subscriptions"]) => (subscription::create, ""),
        ("GET", ["subscriptions", id]) => (subscription::retrieve, id),
        ("DELETE", ["subscriptions", id]) => (subscription::cancel, id),
        ("GET", ["subscription_items"]) => (subscription::items, ""),
        _ => return None,
    };
    Some(found)
}
