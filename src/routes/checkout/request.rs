//! The body of a checkout request → the caller's choice.

use http::HeaderMap;
use serde_json::Value;

use crate::return_path::ReturnPath;
use crate::routes::session::{self, Invalid};
use crate::stripe::checkout_session::creation::{CheckoutSettings, Choice, LOCALES};

/// Reads a request from its headers and its body. The error says which rule the body breaks.
pub fn parse(
    headers: &HeaderMap,
    body: &[u8],
    settings: &CheckoutSettings,
) -> Result<Choice, Invalid> {
    if body.is_empty() {
        return Err("The body must name a price.");
    }
    let members = session::members(headers, body)?;
    session::only(
        &members,
        &["price", "quantity", "locale", "success_path", "cancel_path"],
        "The body may only have the members price, quantity, locale, success_path and cancel_path.",
    )?;
    let name = members.get("price").and_then(Value::as_str);
    let price = name.and_then(|name| settings.prices.iter().find(|(known, _)| known == name));
    let path = |name, default: &ReturnPath, message| match members.get(name) {
        None => Ok(default.clone()),
        Some(path) => ReturnPath::parse(path.as_str().unwrap_or_default()).map_err(|_| message),
    };
    Ok(Choice {
        price: price
            .ok_or("price must be the name of a price that is for sale.")?
            .1
            .clone(),
        quantity: match members.get("quantity") {
            None => 1,
            Some(quantity) => quantity
                .as_u64()
                .filter(|quantity| (1..=settings.max_quantity).contains(quantity))
                .ok_or("quantity must be a whole number from 1 to checkout_max_quantity.")?,
        },
        locale: members
            .get("locale")
            .map(|locale| {
                let message = "locale must be one of the locales of Stripe's Checkout, or auto.";
                session::locale(locale, &LOCALES, message)
            })
            .transpose()?,
        success_path: path(
            "success_path",
            &settings.success_path,
            "success_path must be a path that may be a return_path.",
        )?,
        cancel_path: path(
            "cancel_path",
            &settings.cancel_path,
            "cancel_path must be a path that may be a return_path.",
        )?,
    })
}

#[cfg(test)]
mod tests;
