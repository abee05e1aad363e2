//! Plans and subscriptions, as pages show them.

use serde_json::Value;

use super::html::escape;
use crate::objects::text;
use crate::resources::price;
use crate::state::State;
use crate::time::rfc3339;

/// Returns a choice among all plans of a mode, with the price `chosen` marked. It is a fieldset of a form, and the chosen
/// price is the form's `plan`.
pub(super) fn choices(state: &State, live: bool, chosen: &Value) -> String {
    let mut prices: Vec<&Value> = state.objects.newest(price::KIND, live).collect();
    prices.reverse();
    let choices: String = prices
        .into_iter()
        .map(|price| {
            let chosen = price["id"] == *chosen;
            let checked = if chosen { " checked" } else { "" };
            let (id, plan) = (escape(text(price, "id")), escape(&plan(price)));
            format!(
                "<label><input type=\"radio\" name=\"plan\" value=\"{id}\"{checked}> {plan}</label>\n"
            )
        })
        .collect();
    format!("<fieldset><legend>Plan</legend>\n{choices}</fieldset>\n")
}

/// Returns a price in words: the plan, and what it costs how often.
pub(super) fn plan(price: &Value) -> String {
    let name = price["nickname"].as_str().unwrap_or(text(price, "id"));
    let Some(amount) = price["unit_amount"].as_u64() else {
        return format!("{name}, by usage in tiers");
    };
    let interval = text(&price["recurring"], "interval");
    format!("{name}, {} a {interval}", money(amount, &price["currency"]))
}

/// Returns an amount in the currency's minor unit, of which a hundred make one.
pub(super) fn money(amount: u64, currency: &Value) -> String {
    let currency = currency.as_str().unwrap_or_default().to_uppercase();
    format!("{}.{:02} {currency}", amount / 100, amount % 100)
}

/// Returns heading and state of a subscription: its plans, its status, and the dates that matter.
pub(super) fn subscription(subscription: &Value) -> String {
    let items = subscription["items"]["data"].as_array();
    let items = items.into_iter().flatten();
    let plans: Vec<String> = items
        .map(|item| match item["quantity"].as_u64() {
            Some(count @ 2..) => format!("{count} × {}", plan(&item["price"])),
            _ => plan(&item["price"]),
        })
        .collect();
    let dates: String = [
        ("on trial until", &subscription["trial_end"]),
        ("ends on", &subscription["cancel_at"]),
        (
            "payments paused until",
            &subscription["pause_collection"]["resumes_at"],
        ),
    ]
    .into_iter()
    .filter_map(|(words, at)| Some(format!(", {words} {}", &rfc3339(at.as_u64()?)[..10])))
    .collect();
    let (plans, status) = (escape(&plans.join(" + ")), text(subscription, "status"));
    format!("<h2>{plans}</h2>\n<p>{status}{dates}</p>\n")
}
