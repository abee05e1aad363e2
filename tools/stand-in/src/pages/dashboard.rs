//! A page with the work of an operator, and of time: all customers with their subscriptions, in any state by a click.

use serde_json::Value;

use super::catalog;
use super::html::{button, escape, form_value, page, redirect};
use crate::form::decode_form;
use crate::objects::is_deleted;
use crate::resources::customer;
use crate::resources::subscription::{self, actions};
use crate::route;
use crate::state::Shared;
use crate::wire::{Answer, Request};

/// The path of the page.
pub(crate) const PATH: &str = "/stand-in/dashboard";

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

pub(crate) fn answer(shared: &Shared, request: &Request) -> Answer {
    if request.method != "POST" {
        return shown(shared);
    }
    let form = decode_form(&request.body);
    let value = |name: &str| form_value(&form, name);
    let plan = value("plan");
    if let Some(id) = value("delete").or(value("subscribe")) {
        let found = shared.lock().objects.any(customer::KIND, id);
        if let Some((live, found)) = found {
            route::act(shared, live, |call| match (value("delete"), plan) {
                (Some(_), _) => drop(customer::remove(call, &found)),
                (None, Some(plan)) => {
                    let new = call.new_id("sub_1");
                    if let Ok(new) = subscription::to_price(call, new, id, plan) {
                        subscription::announce(call, &new);
                    }
                }
                (None, None) => {}
            });
        }
    } else if let (Some(id), Some(action)) = (value("subscription"), value("action")) {
        let found = shared.lock().objects.any(subscription::KIND, id);
        if let Some((live, _)) = found {
            route::act(shared, live, |call| {
                actions::perform(call, id, action, value);
            });
        }
    }
    redirect(PATH)
}

fn shown(shared: &Shared) -> Answer {
    let mut sections = String::new();
    for live in [false, true] {
        let customers: Vec<Value> = {
            let state = shared.lock();
            let all = state.objects.newest(customer::KIND, live);
            all.filter(|customer| !is_deleted(customer))
                .cloned()
                .collect()
        };
        for each in customers {
            sections += &section(shared, &each, live);
        }
    }
    if sections.is_empty() {
        sections += "<p>There are no customers.</p>";
    }
    let heading = "<p class=\"mode\">stand-in for Stripe</p>\n<h1>Customers</h1>\n";
    page(200, "Stripe Dashboard", &format!("{heading}{sections}"))
}

fn section(shared: &Shared, customer: &Value, live: bool) -> String {
    let id = customer["id"].as_str().unwrap_or_default();
    let metadata = customer["metadata"].as_object().into_iter().flatten();
    let mut details: Vec<String> = metadata
        .map(|(key, value)| format!("{key}: {}", value.as_str().unwrap_or_default()))
        .collect();
    details.extend(customer["email"].as_str().map(str::to_owned));
    let current = subscription::current_of(&shared.lock().objects, id, live);
    let mut forms: Vec<String> = current
        .iter()
        .map(|each| form(shared, each, live))
        .collect();
    if forms.is_empty() {
        forms.push(format!(
            "<form method=\"post\">\n{}<p><button name=\"subscribe\" value=\"{}\">Subscribe</button></p></form>\n",
            catalog::choices(shared, live, &Value::Null),
            escape(id)
        ));
    }
    format!(
        "<section>\n<h2>{0}</h2>\n<p>{1}</p>\n{2}<form method=\"post\"><p>\
         <button name=\"delete\" value=\"{0}\">Delete the customer</button></p></form>\n</section>\n",
        escape(id),
        escape(&details.join(", ")),
        forms.concat()
    )
}

fn form(shared: &Shared, subscription: &Value, live: bool) -> String {
    let buttons: Vec<String> = ACTIONS
        .iter()
        .map(|(action, words)| button(action, words))
        .collect();
    format!(
        "<form method=\"post\">\n{}<input type=\"hidden\" name=\"subscription\" value=\"{}\">\n{}{}</form>\n",
        catalog::subscription(subscription),
        escape(subscription["id"].as_str().unwrap_or_default()),
        catalog::choices(
            shared,
            live,
            &subscription["items"]["data"][0]["price"]["id"]
        ),
        buttons.concat()
    )
}
