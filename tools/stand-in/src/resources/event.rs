//! Events: `/v1/events`.
//!
//! <https://docs.stripe.com/api/events>

use serde_json::Value;

use crate::error::StripeError;
use crate::events::{Event, KIND};
use crate::listing;
use crate::route::{Call, Route};

pub(crate) const ROUTES: &[Route] = &[
    Route {
        method: "GET",
        path: "/v1/events",
        answer: list,
    },
    Route {
        method: "GET",
        path: "/v1/events/{id}",
        answer: retrieve,
    },
];

fn list(call: &mut Call<'_>) -> Result<Value, StripeError> {
    let known = [&listing::PARAMETERS[..], &["type", "types[#]"]].concat();
    let parameters = call.parameters(&known)?;
    let mut types = parameters.all("types");
    types.extend(parameters.get("type"));
    let events = call.state.events.all().iter().rev();
    let of_mode = |event: &&Event| event.live == call.live;
    let events: Vec<&Value> = events
        .filter(of_mode)
        .map(|event| &event.snapshot)
        .collect();
    listing::of(&parameters, &events, KIND, "/v1/events", |event| {
        let fits = |wanted: &&str| match wanted.strip_suffix('*') {
            // `customer.*` is Stripe's way to name all types of a resource.
            Some(beginning) => event["type"]
                .as_str()
                .is_some_and(|is| is.starts_with(beginning)),
            None => event["type"] == *wanted,
        };
        types.is_empty() || types.iter().any(fits)
    })
}

fn retrieve(call: &mut Call<'_>) -> Result<Value, StripeError> {
    call.parameters(&["expand[#]"])?;
    let event = call.state.events.find(call.id);
    match event.filter(|event| event.live == call.live && event.snapshot["id"] == call.id) {
        Some(event) => Ok(event.snapshot.clone()),
        None => Err(StripeError::resource_missing(KIND.word, call.id, "id").with_status(404)),
    }
}
