//! The API resources that the stand-in knows, a file for each: its routes, its parameters and its object.

pub(crate) mod charge;
pub(crate) mod checkout_session;
pub(crate) mod customer;
pub(crate) mod customer_changes;
mod customer_search;
pub(crate) mod document;
mod event;
pub(crate) mod expand;
pub(crate) mod invoice;
mod list;
pub(crate) mod new;
pub(crate) mod payment_link;
mod payment_link_creation;
mod payment_method;
pub(crate) mod payment_page;
pub(crate) mod portal_configuration;
pub(crate) mod portal_session;
pub(crate) mod price;
mod price_creation;
pub(crate) mod product;
pub(crate) mod subscription;
mod subscription_changes;
pub(crate) mod subscription_creation;

use crate::route::Route;

/// All routes. Where two match, the first one answers.
pub(crate) fn routes() -> impl Iterator<Item = &'static Route> {
    [
        charge::ROUTES,
        checkout_session::ROUTES,
        // `search` is not a customer's identifier.
        customer_search::ROUTES,
        customer::ROUTES,
        customer_changes::ROUTES,
        event::ROUTES,
        invoice::ROUTES,
        payment_link::ROUTES,
        payment_link_creation::ROUTES,
        payment_method::ROUTES,
        payment_page::ROUTES,
        portal_session::ROUTES,
        price::ROUTES,
        price_creation::ROUTES,
        product::ROUTES,
        subscription_changes::ROUTES,
        subscription_creation::ROUTES,
    ]
    .into_iter()
    .flatten()
}
