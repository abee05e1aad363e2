//! Plans and subscriptions, as pages show them.

use serde_json::Value;

use super::html::escape;
use crate::resources::price;
use crate::state::Shared;
use crate::time::rfc3339;

/// Returns a choice among all active plans of a mode, with the price `chosen` marked. It is a fieldset of a form, and the
/// chosen price is the form's `plan`.
pub(super) fn choices(shared: &Shared, live: bool, chosen: &Value) -> String {
    let state = shared.lock();
    let mut prices: Vec<&Value> = state.objects.newest(price::KIND, live).collect();
    prices.reverse();
    let choices: Vec<String> = prices
        .into_iter()
        .filter(|price| price["id"] == *chosen || price["active"] == true)
        .map(|price| {
            let checked = if price["id"] == *chosen {
                " checked"
            } else {
                ""
            };
            format!(
                "<label><input type=\"radio\" name=\"plan\" value=\"{}\"{checked}> {}</label>\n",
                escape(price["id"].as_str().unwrap_or_default()),
                escape(&plan(price))
            )
        })
        .collect();
    format!(
        "<fieldset><legend>Plan</legend>\n{}</fieldset>\n",
        choices.concat()
    )
}

/// Returns a price in words: the plan, and what it costs how often.
pub(super) fn plan(price: &Value) -> String {
    let name = price["nickname"].as_str().or(price["id"].as_str());
    let name = name.unwrap_or_default();
    let Some(amount) = price["unit_amount"].as_u64() else {
        return format!("{name}, by usage in tiers");
    };
    let recurring = &price["recurring"];
    let interval = recurring["interval"].as_str().unwrap_or_default();
    let each = match recurring["interval_count"].as_u64() {
        Some(count @ 2..) => format!("every {count} {interval}s"),
        _ => format!("a {interval}"),
    };
    format!("{name}, {} {each}", money(amount, &price["currency"]))
}

/// Returns an amount in the currency's minor unit, of which a hundred make one.
pub(super) fn money(amount: u64, currency: &Value) -> String {
    let currency = currency.as_str().unwrap_or_default().to_uppercase();
    format!("{}.{:02} {currency}", amount / 100, amount % 100)
}

/// Returns heading and state of a subscription: its plans, its status, and the dates that matter.
pub(super) fn subscription(subscription: &Value) -> String {
    let items = subscription["items"]["data"].as_array();
    let plans: Vec<String> = items
        .into_iter()
        .flatten()
        .map(|item| match item["quantity"].as_u64() {
            Some(count @ 2..) => format!("{count} × {}", plan(&item["price"])),
            _ => plan(&item["price"]),
        })
        .collect();
    let date = |at: &Value| Some(rfc3339(at.as_u64()?)[..10].to_owned());
    let until = [
        ("on trial until", date(&subscription["trial_end"])),
        ("ends on", date(&subscription["cancel_at"])),
        (
            "payments paused until",
            date(&subscription["pause_collection"]["resumes_at"]),
        ),
    ];
    let status = subscription["status"].as_str().unwrap_or_default();
    let dates = until.into_iter();
    let dates: Vec<String> = dates
        .filter_map(|(words, date)| Some(format!(", {words} {}", date?)))
        .collect();
    let state = status.to_owned() + &dates.concat();
    format!("<h2>{}</h2>\n<p>{state}</p>\n", escape(&plans.join(" + ")))
}
