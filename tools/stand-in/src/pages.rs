//! The pages that a person sees, as far as the stand-in has them.

#![expect(clippy::format_collect, reason = "the pages are short")]

mod catalog;
mod checkout;
pub(crate) mod dashboard;
mod document;
mod html;
mod portal;

use crate::resources::{checkout_session, portal_session};
use crate::state::Shared;
use crate::wire::{Answer, Request};

/// Answers a request for a page, if it is one.
pub(crate) fn answer(shared: &Shared, request: &Request) -> Option<Answer> {
    let path = request.resource();
    let after = |prefix: &str| path.strip_prefix(prefix);
    let (portal, checkout) = (after(portal_session::PAGE), after(checkout_session::PAGE));
    match (request.method.as_str(), portal, checkout) {
        ("POST", Some(_), _) | ("POST", _, Some(_)) if from_elsewhere(request) => Some(refused()),
        ("GET" | "POST", Some(token), _) => Some(portal::answer(shared, request, token)),
        ("GET" | "POST", _, Some(id)) => Some(checkout::answer(shared, request, id)),
        ("GET", ..) => document::answer(shared, path),
        _ => None,
    }
}

/// Returns whether a page of another origin has sent the request. Programs that are no browsers say nothing of a
/// request's origin.
pub(crate) fn from_elsewhere(request: &Request) -> bool {
    if let Some(site) = request.header("sec-fetch-site") {
        return !matches!(site, "same-origin" | "none");
    }
    let host = request.header("host").unwrap_or_default();
    let origin = request.header("origin");
    origin.is_some_and(|origin| origin != format!("http://{host}"))
}

/// Answers a form of another origin.
pub(crate) fn refused() -> Answer {
    let content = "<h1>This form belongs on a page of the stand-in.</h1>";
    html::page(403, "Stripe", content)
}
