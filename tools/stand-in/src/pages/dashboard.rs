//! A page with what an operator does in Stripe's Dashboard: all customers with their subscriptions, to be deleted,
//! canceled and so on.

use serde_json::Value;

use super::html::{escape, form_value, page, redirect};
use super::subscriptions;
use crate::form::decode_form;
use crate::resources::{customer, customer_changes};
use crate::route;
use crate::state::Shared;
use crate::wire::{Answer, Request};

/// Where it is.
pub(crate) const PATH: &str = "/stand-in/dashboard";

pub(crate) fn answer(shared: &Shared, request: &Request) -> Answer {
    if request.method != "POST" {
        return shown(shared);
    }
    let form = decode_form(&request.body);
    match form_value(&form, "delete") {
        Some(id) => delete(shared, id),
        None => subscriptions::act(shared, request, None),
    }
    redirect(PATH)
}

fn delete(shared: &Shared, id: &str) {
    let found = shared.lock().objects.any(customer::KIND, id);
    if let Some((live, found)) = found {
        route::act(shared, live, |call| customer_changes::remove(call, &found));
    }
}

fn shown(shared: &Shared) -> Answer {
    let mut sections = Vec::new();
    for live in [false, true] {
        let customers: Vec<Value> = {
            let state = shared.lock();
            let all = state.objects.newest(customer::KIND, live).into_iter();
            all.filter(|customer| customer["deleted"] != true)
                .cloned()
                .collect()
        };
        for each in customers {
            sections.push(section(shared, &each, live));
        }
    }
    let content = if sections.is_empty() {
        "<p>There are no customers.</p>".to_owned()
    } else {
        sections.concat()
    };
    let heading = "<p class=\"mode\">stand-in for Stripe</p>\n<h1>Customers</h1>\n";
    page(200, "Stripe Dashboard", &format!("{heading}{content}"))
}

fn section(shared: &Shared, customer: &Value, live: bool) -> String {
    let id = customer["id"].as_str().unwrap_or_default();
    let metadata = customer["metadata"].as_object().into_iter().flatten();
    let metadata: Vec<String> = metadata
        .map(|(key, value)| format!("{key}: {}", value.as_str().unwrap_or_default()))
        .collect();
    let details = [
        customer["email"].as_str().unwrap_or_default(),
        &metadata.join(", "),
    ]
    .join(" ");
    format!(
        "<section>\n<h2>{0}</h2>\n<p>{1}</p>\n{2}<form method=\"post\"><p>\
         <button name=\"delete\" value=\"{0}\">Delete the customer</button></p></form>\n</section>\n",
        escape(id),
        escape(details.trim()),
        subscriptions::forms(shared, id, live)
    )
}
