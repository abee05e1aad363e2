//! New payment links: `POST /v1/payment_links`.
//!
//! <https://docs.stripe.com/api/payment-link/create>

use serde_json::{Value, json};

use super::{checkout_session, payment_link};
use crate::error::StripeError;
use crate::metadata;
use crate::route::{Call, Route};

pub(crate) const ROUTES: &[Route] = &[Route {
    method: "POST",
    path: "/v1/payment_links",
    answer: create,
}];

fn create(call: &mut Call<'_>) -> Result<Value, StripeError> {
    let parameters = call.parameters(&[
        "after_completion[redirect][url]",
        "after_completion[type]",
        "customer_creation",
        "expand[#]",
        "line_items[#][price]",
        "line_items[#][quantity]",
        "metadata[*]",
    ])?;
    let items = checkout_session::line_items(call, &parameters)?;
    let Some(first) = items.first() else {
        return Err(StripeError::parameter_missing("line_items"));
    };
    let end = parameters.one_of(
        "after_completion[type]",
        &["hosted_confirmation", "redirect"],
    )?;
    let redirect = parameters.url("after_completion[redirect][url]")?;
    if end == Some("redirect") && redirect.is_none() {
        return Err(StripeError::parameter_missing(
            "after_completion[redirect][url]",
        ));
    }
    let creation = parameters.one_of("customer_creation", &["always", "if_required"])?;
    let mut link = payment_link::new(call, &first["currency"]);
    metadata::apply(&parameters, "metadata", &mut link["metadata"])?;
    if let Some(url) = redirect {
        link["after_completion"] = json!({ "redirect": { "url": url }, "type": "redirect" });
    }
    if let Some(creation) = creation {
        link["customer_creation"] = json!(creation);
    }
    let id = link["id"].as_str().unwrap_or_default().to_owned();
    call.state.links.insert(id, items);
    call.state.objects.insert(call.live, link.clone());
    call.announce("payment_link.created", link.clone());
    Ok(link)
}
