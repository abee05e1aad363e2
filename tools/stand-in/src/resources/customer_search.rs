//! Searching customers: `GET /v1/customers/search`.
//!
//! <https://docs.stripe.com/search>

use serde_json::{Value, json};

use super::customer;
use crate::call::Call;
use crate::error::StripeError;
use crate::listing;
use crate::objects::{is_deleted, text};

pub(super) fn search(call: &mut Call<'_>) -> Result<Value, StripeError> {
    let parameters = call.parameters(&["limit", "query"])?;
    let query = parameters.required("query")?;
    let (key, value) = metadata_query(query).ok_or_else(|| {
        StripeError::refused("query", format!(
            "We were unable to parse your search query: {query}. The stand-in knows metadata['key']:'value' alone."
        ))
    })?;
    let limit = listing::limit(&parameters)?;
    let found = |customer: &&Value| {
        let member = text(&customer["metadata"], &key);
        // Stripe's search does not mind the case.
        !is_deleted(customer) && member.to_lowercase() == value.to_lowercase()
    };
    let customers = call.state.objects.newest(customer::KIND, call.live);
    let hits: Vec<&Value> = customers.filter(found).collect();
    Ok(json!({
        "object": "search_result",
        "data": hits.iter().take(limit).collect::<Vec<_>>(),
        "has_more": hits.len() > limit,
        "next_page": null,
        "url": "/v1/customers/search",
    }))
}

/// Returns key and value of `metadata['key']:'value'`, the one form of query that Portico sends. A backslash escapes a
/// quote and a backslash.
fn metadata_query(query: &str) -> Option<(String, String)> {
    let (key, rest) = quoted(query.strip_prefix("metadata[")?)?;
    let (value, rest) = quoted(rest.strip_prefix("]:")?)?;
    rest.is_empty().then_some((key, value))
}

/// Returns a text in single quotes, and what follows it.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut read = String::new();
    let mut characters = text.strip_prefix('\'')?.chars();
    loop {
        match characters.next()? {
            '\'' => return Some((read, characters.as_str())),
            '\\' => read.push(characters.next()?),
            other => read.push(other),
        }
    }
}
