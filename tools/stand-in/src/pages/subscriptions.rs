//! A customer's subscriptions with what can be done to them, on more than one page.

use serde_json::Value;

use super::catalog;
use super::html::{escape, form_value};
use crate::form::decode_form;
use crate::resources::subscription;
use crate::route;
use crate::state::Shared;
use crate::wire::Request;

/// What a form can ask for, and the words on its button.
const ACTIONS: [(&str, &str); 4] = [
    ("change", "Change plan"),
    ("cancel", "Cancel now"),
    ("cancel-later", "Cancel at the end of the period"),
    ("fail", "Fail a payment"),
];

/// The subscriptions of a customer that have not been canceled, each with a form.
pub(super) fn forms(shared: &Shared, customer: &str, live: bool) -> String {
    let subscriptions = subscription::current_of(&shared.lock().objects, customer, live);
    subscriptions
        .iter()
        .map(|each| form(shared, each, live))
        .collect::<Vec<_>>()
        .concat()
}

fn form(shared: &Shared, subscription: &Value, live: bool) -> String {
    let item = &subscription["items"]["data"][0];
    let price = item["price"].as_str().unwrap_or_default();
    let plan = {
        let state = shared.lock();
        let found = state.objects.get(price, live);
        found.map(|found| catalog::plan(&state, found))
    };
    let status = subscription["status"].as_str().unwrap_or_default();
    let ending = if subscription["cancel_at_period_end"] == true {
        ", until the end of the period"
    } else {
        ""
    };
    let buttons: Vec<String> = ACTIONS
        .iter()
        .map(|(action, words)| {
            format!("<button name=\"action\" value=\"{action}\">{words}</button>\n")
        })
        .collect();
    format!(
        "<form method=\"post\">\n<h2>{}</h2>\n<p>{status}{ending}</p>\n\
         <input type=\"hidden\" name=\"subscription\" value=\"{}\">\n{}<p>{}</p>\n</form>\n",
        escape(&plan.unwrap_or_default()),
        escape(subscription["id"].as_str().unwrap_or_default()),
        catalog::choices(shared, live, price),
        buttons.concat()
    )
}

/// Does what one of the forms asks for, if the subscription is one of `customer`, or of anybody if that is `None`.
pub(super) fn act(shared: &Shared, request: &Request, customer: Option<&str>) {
    let form = decode_form(&request.body);
    let Some(id) = form_value(&form, "subscription") else {
        return;
    };
    let Some((live, found)) = shared.lock().objects.any(subscription::KIND, id) else {
        return;
    };
    if customer.is_some_and(|customer| found["customer"] != customer) {
        return;
    }
    let action = form_value(&form, "action").unwrap_or_default();
    route::act(shared, live, |call| match action {
        "cancel" => drop(subscription::end(call, &found, "cancellation_requested")),
        "cancel-later" => drop(subscription::end_later(call, &found)),
        "fail" => drop(subscription::set_status(call, &found, "past_due")),
        "change" => {
            if let Some(price) = form_value(&form, "plan") {
                subscription::change_plan(call, &found, price);
            }
        }
        _ => {}
    });
}
