//! The API resources that the stand-in knows, a file for each: its routes, its parameters and its object.

pub(crate) mod customer;
pub(crate) mod portal_configuration;
pub(crate) mod portal_session;

use crate::route::Route;

/// All routes. Where two match, the first one answers.
pub(crate) fn routes() -> impl Iterator<Item = &'static Route> {
    [customer::ROUTES, portal_session::ROUTES]
        .into_iter()
        .flatten()
}
