//! How the stand-in is steered while it runs: paths below `/stand-in/`, for programs on this machine alone.

mod events;
mod faults;
mod objects;
mod text;

use self::text::text;
use crate::pages;
use crate::state::Shared;
use crate::wire::{Answer, Request};

/// What the paths of the control surface begin with. Stripe has none like it.
pub(crate) const PREFIX: &str = "/stand-in/";

/// Answers a request of the control surface, as text for a terminal.
pub(crate) async fn answer(shared: &Shared, request: &Request) -> Answer {
    let path = request.path().strip_prefix(PREFIX).unwrap_or_default();
    let segments: Vec<&str> = path.split('/').collect();
    match segments.as_slice() {
        ["faults"] => faults::answer(shared, request, None),
        ["faults", name] => faults::answer(shared, request, Some(name)),
        ["webhook"] => events::webhook(shared, request),
        ["events"] => events::list(shared, request),
        ["events", id, "deliver"] => events::deliver(shared, request, id).await,
        ["deliveries"] => events::deliveries(shared, request),
        ["deliveries", mode] => events::choose(shared, request, mode),
        ["subscriptions", id, "status", status] => objects::set_status(shared, request, id, status),
        ["dashboard"] if request.method == "POST" && pages::from_elsewhere(request) => {
            pages::refused()
        }
        ["dashboard"] => pages::dashboard::answer(shared, request),
        ["search-index"] => objects::search_index(shared, request),
        _ => text(
            404,
            "The control surface is /stand-in/dashboard, /stand-in/faults, /stand-in/webhook, /stand-in/events, /stand-in/deliveries, \
             /stand-in/subscriptions/<id>/status/<status> and /stand-in/search-index.",
        ),
    }
}
