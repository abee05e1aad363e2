//! Steering the stand-in while it runs: paths below `/stand-in/`, for programs on this machine alone.

mod events;
mod faults;
mod text;

use self::text::text;
use crate::pages;
use crate::state::Shared;
use crate::wire::{Answer, Request};

/// The beginning of the control surface's paths. Stripe has none like it.
pub(crate) const PREFIX: &str = "/stand-in/";

/// Answers a request of the control surface, as text for a terminal. A page of another origin changes nothing.
pub(crate) async fn answer(shared: &Shared, request: &Request) -> Answer {
    if request.method != "GET" && pages::from_elsewhere(request) {
        return pages::refused();
    }
    let path = request.path().strip_prefix(PREFIX).unwrap_or_default();
    let segments: Vec<&str> = path.split('/').collect();
    match segments.as_slice() {
        ["faults"] => faults::answer(shared, request, None),
        ["faults", name] => faults::answer(shared, request, Some(name)),
        ["events"] => events::list(shared, request),
        ["events", id, "deliver"] => events::deliver(shared, request, id).await,
        ["deliveries"] => events::deliveries(shared, request, false),
        ["deliveries", "held"] => events::deliveries(shared, request, true),
        ["dashboard"] => pages::dashboard::answer(shared, request),
        _ => text(
            404,
            "The control surface is /stand-in/dashboard, /stand-in/faults, /stand-in/events and /stand-in/deliveries.",
        ),
    }
}
