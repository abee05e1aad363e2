//! The pages that a person sees, as far as the stand-in has them.

mod catalog;
mod checkout;
pub(crate) mod dashboard;
mod document;
mod html;
mod portal;
mod subscriptions;

use crate::resources::{checkout_session, payment_link, portal_session};
use crate::state::Shared;
use crate::wire::{Answer, Request};

/// The answer to a request for a page, if it is one.
pub(crate) fn answer(shared: &Shared, request: &Request) -> Option<Answer> {
    if !matches!(request.method.as_str(), "GET" | "POST") {
        return None;
    }
    let after = |prefix: &str| request.path().strip_prefix(prefix);
    let portal = after(portal_session::PAGE);
    let checkout = after(checkout_session::PAGE);
    let link = after(payment_link::PAGE);
    if portal.or(checkout).or(link).is_none() {
        let reads = request.method == "GET";
        return reads.then(|| document::answer(shared, request.path()))?;
    }
    if request.method == "POST" && from_elsewhere(request) {
        return Some(refused());
    }
    let portal = portal.map(|token| portal::answer(shared, request, token));
    let checkout = checkout.map(|id| checkout::answer(shared, request, id));
    portal
        .or(checkout)
        .or_else(|| Some(checkout::follow(shared, request, link?)))
}

/// Whether a page of another origin has sent the form. Programs that are no browsers say nothing of where a request is
/// from.
pub(crate) fn from_elsewhere(request: &Request) -> bool {
    if let Some(site) = request.header("sec-fetch-site") {
        return !matches!(site, "same-origin" | "none");
    }
    let host = request.header("host").unwrap_or_default();
    let origin = request.header("origin");
    origin.is_some_and(|origin| origin != format!("http://{host}"))
}

/// The answer to a form of another origin.
pub(crate) fn refused() -> Answer {
    html::page(
        403,
        "Stripe",
        "<h1>This form belongs on a page of the stand-in.</h1>",
    )
}
