//! A page with the work of an operator, and of time: all customers with their subscriptions, in any state by a click.

use serde_json::Value;

use super::catalog;
use super::html::{button, escape, form, form_value, hidden, page, redirect};
use crate::call;
use crate::form::decode_form;
use crate::objects::{is_deleted, text};
use crate::resources::customer;
use crate::resources::subscription::{self, actions};
use crate::state::{Shared, State};
use crate::wire::{Answer, Request};

/// The path of the page.
const PATH: &str = "/stand-in/dashboard";

/// The actions on a subscription, and the words on their buttons.
const ACTIONS: [(&str, &str); 14] = [
    ("active", "Active"),
    ("trialing", "On trial"),
    ("past_due", "Past due"),
    ("unpaid", "Unpaid"),
    ("paused", "Paused after a trial"),
    ("incomplete", "Incomplete"),
    ("canceled", "Canceled"),
    ("cancel-later", "Cancel at the end of the period"),
    ("cancel-on-date", "Cancel in 10 days"),
    ("keep", "Do not cancel"),
    ("pause", "Pause payments for 30 days"),
    ("resume", "Resume"),
    ("change", "Change to this plan"),
    ("add", "Add this plan as an item"),
];

/// Shows the page, or does what a form on it asks for.
pub(crate) fn answer(shared: &Shared, request: &Request) -> Answer {
    if request.method != "POST" {
        return shown(&shared.lock());
    }
    let form = decode_form(&request.body);
    let value = |name: &str| form_value(&form, name);
    let find = |kind, id| shared.lock().objects.any(kind, id);
    if let Some((live, found)) = value("delete").and_then(|id| find(customer::KIND, id)) {
        call::act(shared, live, |call| customer::remove(call, &found));
    } else if let (Some(id), Some(plan)) = (value("subscribe"), value("plan")) {
        let live = find(customer::KIND, id).is_some_and(|(live, _)| live);
        call::act(shared, live, |call| {
            let new = call.new_id("sub_1");
            if let Ok(new) = subscription::to_price(call, &new, id, plan) {
                subscription::announce(call, &new);
            }
        });
    } else if let (Some(id), Some(action)) = (value("subscription"), value("action")) {
        let live = find(subscription::KIND, id).is_some_and(|(live, _)| live);
        call::act(shared, live, |call| {
            actions::perform(call, id, action, value);
        });
    }
    redirect(PATH)
}

fn shown(state: &State) -> Answer {
    let mut sections = String::new();
    for live in [false, true] {
        let all = state.objects.newest(customer::KIND, live);
        for customer in all.filter(|customer| !is_deleted(customer)) {
            sections += &section(state, customer, live);
        }
    }
    if sections.is_empty() {
        sections += "<p>There are no customers.</p>";
    }
    let heading = "<p class=\"mode\">stand-in for Stripe</p>\n<h1>Customers</h1>\n";
    page(200, "Stripe Dashboard", &format!("{heading}{sections}"))
}

fn section(state: &State, customer: &Value, live: bool) -> String {
    let id = text(customer, "id");
    let metadata = customer["metadata"].as_object().into_iter().flatten();
    let mut details: Vec<String> = metadata
        .map(|(key, value)| format!("{key}: {}", value.as_str().unwrap_or_default()))
        .collect();
    details.extend(customer["email"].as_str().map(str::to_owned));
    let current = subscription::current_of(&state.objects, id, live);
    let mut forms: String = current
        .iter()
        .map(|subscription| of_subscription(state, subscription, live))
        .collect();
    let id = escape(id);
    if forms.is_empty() {
        forms = form(&format!(
            "{}<p><button name=\"subscribe\" value=\"{id}\">Subscribe</button></p>",
            catalog::choices(state, live, &Value::Null)
        ));
    }
    let delete =
        format!("<p><button name=\"delete\" value=\"{id}\">Delete the customer</button></p>");
    format!(
        "<section>\n<h2>{id}</h2>\n<p>{}</p>\n{forms}{}</section>\n",
        escape(&details.join(", ")),
        form(&delete)
    )
}

fn of_subscription(state: &State, subscription: &Value, live: bool) -> String {
    let buttons = ACTIONS.map(|(action, words)| button(action, words));
    let present = &subscription["items"]["data"][0]["price"]["id"];
    let parts = [
        catalog::subscription(subscription),
        hidden("subscription", text(subscription, "id")),
        catalog::choices(state, live, present),
        buttons.concat(),
    ];
    form(&parts.concat())
}
