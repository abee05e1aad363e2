//! The API resources that Portico calls, a file for each: its routes, its parameters and its object.

pub(crate) mod charge;
pub(crate) mod checkout_session;
pub(crate) mod customer;
pub(crate) mod customer_search;
pub(crate) mod invoice;
pub(crate) mod portal_configuration;
pub(crate) mod portal_session;
pub(crate) mod price;
pub(crate) mod subscription;
mod subscription_item;

use crate::route::Route;

/// Returns all routes. Where two match, the first one answers.
pub(crate) fn routes() -> impl Iterator<Item = &'static Route> {
    [
        portal_session::ROUTES,
        charge::ROUTES,
        checkout_session::ROUTES,
        // `search` is not a customer's identifier.
        customer_search::ROUTES,
        customer::ROUTES,
        invoice::ROUTES,
        subscription::ROUTES,
    ]
    .into_iter()
    .flatten()
}
