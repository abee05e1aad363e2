//! The work of time and of Stripe's own troubles: `/stand-in/subscriptions` and `/stand-in/search-index`.

use super::text::{text, wrong_method};
use crate::resources::{customer_search, subscription};
use crate::route;
use crate::state::Shared;
use crate::wire::{Answer, Request};

/// Gives a subscription a status that no client can give it, such as `past_due`.
pub(super) fn set_status(shared: &Shared, request: &Request, id: &str, status: &str) -> Answer {
    if request.method != "PUT" {
        return wrong_method("PUT");
    }
    if !subscription::STATUSES.contains(&status) {
        return text(
            404,
            format!("The statuses are {}.", subscription::STATUSES.join(", ")),
        );
    }
    let found = shared.lock().objects.any(subscription::KIND, id);
    match found {
        Some((live, found)) => {
            route::act(shared, live, |call| {
                subscription::set_status(call, &found, status)
            });
            text(200, format!("{id} is {status}."))
        }
        None => text(404, "There is no such subscription."),
    }
}

/// `PUT` holds the index in which customers are searched as it is now, `DELETE` lets it follow again.
pub(super) fn search_index(shared: &Shared, request: &Request) -> Answer {
    let hold = match request.method.as_str() {
        "PUT" => true,
        "DELETE" => false,
        _ => return wrong_method("PUT, DELETE"),
    };
    customer_search::hold_index(&mut shared.lock(), hold);
    text(
        200,
        if hold {
            "Searches find customers as they are now."
        } else {
            "Searches find customers as they are."
        },
    )
}
