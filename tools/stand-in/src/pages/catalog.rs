//! What is on sale, as pages show it.

use serde_json::Value;

use super::html::escape;
use crate::resources::price;
use crate::state::{Shared, State};

/// A choice among all active plans of a mode, with the price `chosen` marked. It is a fieldset of a form, and the
/// chosen price is the form's `plan`.
pub(super) fn choices(shared: &Shared, live: bool, chosen: &str) -> String {
    let state = shared.lock();
    let prices = state.objects.newest(price::KIND, live);
    let on_sale = prices.into_iter().rev().filter(|price| {
        price["id"] == chosen || (price["active"] == true && price["type"] == "recurring")
    });
    let choices: Vec<String> = on_sale
        .map(|price| {
            let id = price["id"].as_str().unwrap_or_default();
            let checked = if id == chosen { " checked" } else { "" };
            format!(
                "<label><input type=\"radio\" name=\"plan\" value=\"{}\"{checked}> {}</label>\n",
                escape(id),
                escape(&plan(&state, price))
            )
        })
        .collect();
    format!(
        "<fieldset><legend>Plan</legend>\n{}</fieldset>\n",
        choices.concat()
    )
}

/// A price in words: the product, and what it costs how often.
pub(super) fn plan(state: &State, price: &Value) -> String {
    let live = price["livemode"] == true;
    let product = price["product"].as_str();
    let product = product.and_then(|id| state.objects.get(id, live));
    let name = product.and_then(|product| product["name"].as_str());
    let interval = price["recurring"]["interval"].as_str();
    let each = interval.map_or_else(String::new, |interval| format!(" a {interval}"));
    format!(
        "{}, {}{each}",
        name.or(price["id"].as_str()).unwrap_or_default(),
        money(price["unit_amount"].as_u64(), &price["currency"])
    )
}

/// An amount in the currency's minor unit, of which a hundred make one.
pub(super) fn money(amount: Option<u64>, currency: &Value) -> String {
    let amount = amount.unwrap_or_default();
    let currency = currency.as_str().unwrap_or_default().to_uppercase();
    format!("{}.{:02} {currency}", amount / 100, amount % 100)
}
