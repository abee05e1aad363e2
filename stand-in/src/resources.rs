//! The API resources that the stand-in knows, a file for each: its routes, its parameters and its object.

pub(crate) mod charge;
pub(crate) mod customer;
pub(crate) mod document;
pub(crate) mod invoice;
mod list;
pub(crate) mod new;
pub(crate) mod portal_configuration;
pub(crate) mod portal_session;

use crate::route::Route;

/// All routes. Where two match, the first one answers.
pub(crate) fn routes() -> impl Iterator<Item = &'static Route> {
    [
        charge::ROUTES,
        customer::ROUTES,
        invoice::ROUTES,
        portal_session::ROUTES,
    ]
    .into_iter()
    .flatten()
}
