//! Searching customers: `GET /v1/customers/search`.
//!
//! <https://docs.stripe.com/search>

use serde_json::{Value, json};

use super::customer;
use crate::error::StripeError;
use crate::listing;
use crate::objects::is_deleted;
use crate::route::{Call, Route};

mod query;

use self::query::Query;

pub(crate) const ROUTES: &[Route] = &[Route {
    method: "GET",
    path: "/v1/customers/search",
    answer: search,
}];

/// Finds customers in the index, which follows changes at once unless a test holds it.
fn search(call: &mut Call<'_>) -> Result<Value, StripeError> {
    let parameters = call.parameters(&["expand[#]", "limit", "page", "query"])?;
    let query = Query::parse(parameters.required("query")?)?;
    let limit = listing::limit(&parameters)?;
    let from = match parameters.get("page") {
        None => 0,
        Some(page) => page.parse().map_err(|_| {
            StripeError::invalid_request("Invalid page token. Please use a value of next_page.")
                .with_param("page")
        })?,
    };
    let index = match &call.state.held_index {
        Some(held) => held.iter().collect(),
        None => call.state.objects.newest(customer::KIND, call.live),
    };
    let hits = index.into_iter().filter(|customer| {
        customer["livemode"] == call.live && !is_deleted(customer) && query.finds(customer)
    });
    let mut hits = hits.skip(from);
    let data: Vec<&Value> = hits.by_ref().take(limit).collect();
    let has_more = hits.next().is_some();
    Ok(json!({
        "object": "search_result",
        "data": data,
        "has_more": has_more,
        "next_page": has_more.then(|| (from + data.len()).to_string()),
        "url": "/v1/customers/search",
    }))
}
