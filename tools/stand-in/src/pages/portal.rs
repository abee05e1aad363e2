//! The page that a portal session's URL leads to. It has the tools of the session's flow, or, without one, all tools.

use serde_json::{Value, json};

use super::catalog;
use super::html::{button, escape, form, form_value, hidden, link, mode, page, redirect};
use crate::call::{self, Call};
use crate::form::decode_form;
use crate::objects::text;
use crate::resources::portal_session::{KIND, PAGE};
use crate::resources::subscription::actions;
use crate::resources::{customer, price, subscription};
use crate::state::{Shared, State};
use crate::wire::{Answer, Request};

const TITLE: &str = "Stripe Customer Portal";

/// The flow of a session without one.
const HOME: &str = "portal_homepage";

/// The query that leads from a flow to the portal's own page.
const TO_HOME: &str = "home";

/// Shows the page of the session whose URL ends with this token, or does what a form on it asks for.
pub(super) fn answer(shared: &Shared, request: &Request, token: &str) -> Answer {
    let path = format!("{PAGE}{token}");
    let live = token.starts_with("live_");
    let found = {
        let state = shared.lock();
        let mut all = state.objects.newest(KIND, live);
        all.find(|session| text(session, "url").ends_with(&path))
            .cloned()
    };
    let Some(session) = found else {
        let gone = "<h1>This session does not exist or has expired.</h1>";
        return page(404, TITLE, gone);
    };
    let flow = match session["flow"]["type"].as_str() {
        Some(flow) if request.query() != TO_HOME => flow,
        _ => HOME,
    };
    if request.method != "POST" {
        return page(200, TITLE, &shown(&shared.lock(), &session, flow));
    }
    let form = decode_form(&request.body);
    let customer = text(&session, "customer");
    call::act(shared, live, |call| act(call, customer, &form));
    let completion = &session["flow"]["after_completion"];
    match text(completion, "type") {
        "redirect" if flow != HOME => redirect(text(&completion["redirect"], "return_url")),
        "hosted_confirmation" if flow != HOME => {
            let back = link("return", session["return_url"].as_str(), "Return");
            page(200, TITLE, &format!("<h1>It is done.</h1>{back}"))
        }
        _ => redirect(&format!("{path}?{TO_HOME}")),
    }
}

/// Does what a form asks for, to objects of the customer's own.
fn act(call: &mut Call<'_>, customer: &str, form: &[(String, String)]) {
    let Ok(before) = call.customer(customer) else {
        return;
    };
    let mut changed = before.clone();
    match form_value(form, "action").unwrap_or_default() {
        "customer" => {
            for name in ["name", "email"] {
                changed[name] = json!(form_value(form, name).filter(|value| !value.is_empty()));
            }
        }
        "pay" => {
            changed["invoice_settings"]["default_payment_method"] = json!(call.new_id("pm_1"));
            for each in subscription::current_of(&call.state.objects, customer, call.live) {
                actions::perform(call, text(&each, "id"), "pay", |_| None);
            }
        }
        action => {
            let id = form_value(form, "subscription").unwrap_or_default();
            let own = call.state.objects.get(id, call.live);
            if own.is_some_and(|own| own["customer"] == customer) {
                actions::perform(call, id, action, |name| form_value(form, name));
            }
        }
    }
    customer::put(call, &before, changed);
}

fn shown(state: &State, session: &Value, flow: &str) -> String {
    let customer = text(session, "customer");
    let named = session["flow"][flow]["subscription"].as_str();
    let details: String = [
        ("Customer", Some(customer)),
        ("Flow", Some(flow)),
        ("Subscription", named),
        ("Locale", session["locale"].as_str()),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some(format!("<dt>{name}</dt><dd>{}</dd>\n", escape(value?))))
    .collect();
    let done = session["flow"]["after_completion"]["redirect"]["return_url"].as_str();
    let done = done.filter(|_| flow != HOME);
    let mut content = format!(
        "{}<h1>{}</h1>\n<dl>\n{details}</dl>{}{}\n",
        mode(session),
        heading(flow),
        link("done", done, "Finish, as if it were done"),
        link("return", session["return_url"].as_str(), "Return"),
    );
    let live = session["livemode"] == true;
    for each in subscription::current_of(&state.objects, customer, live) {
        if flow == HOME || named.is_some_and(|named| each["id"] == named) {
            content += &of_subscription(state, session, flow, &each);
        }
    }
    if matches!(flow, "payment_method_update" | HOME) {
        content += &form(&button("pay", "Add a card that works"));
    }
    if matches!(flow, "customer_update" | HOME) {
        let customer = state.objects.get(customer, live);
        content += &billing_information(customer.unwrap_or(&Value::Null));
    }
    content
}

fn billing_information(customer: &Value) -> String {
    let inputs = [("Name", "name"), ("E-mail", "email")].map(|(label, name)| {
        let value = escape(text(customer, name));
        format!("<p><label>{label} <input name=\"{name}\" value=\"{value}\"></label></p>\n")
    });
    form(&(inputs.concat() + &button("customer", "Save")))
}

/// Returns the form of a subscription, as far as a flow is about it.
fn of_subscription(state: &State, session: &Value, flow: &str, of: &Value) -> String {
    let end = button("canceled", "Cancel now");
    let cancels = if of["cancel_at"].is_null() {
        button("cancel-later", "Cancel at the end of the period") + &end
    } else {
        button("keep", "Do not cancel") + &end
    };
    let pauses = if of["status"] == "paused" || !of["pause_collection"].is_null() {
        button("resume", "Resume")
    } else {
        button("pause", "Pause for 30 days")
    };
    let present = &of["items"]["data"][0]["price"]["id"];
    let choices = catalog::choices(state, session["livemode"] == true, present);
    let changes = choices + &button("change", "Change plan");
    let tools = match flow {
        "subscription_cancel" => cancels,
        "subscription_pause" => pauses,
        "subscription_update" => changes,
        "subscription_update_confirm" => confirmation(state, &session["flow"][flow]["items"][0]),
        _ => changes + &cancels + &pauses,
    };
    let id = hidden("subscription", text(of, "id"));
    form(&(catalog::subscription(of) + &id + &tools))
}

/// Returns the part of a form that confirms a change, which the page's link has in it.
fn confirmation(state: &State, item: &Value) -> String {
    let wanted = text(item, "price");
    let price = state.objects.any(price::KIND, wanted);
    let plan = price.map_or_else(|| wanted.to_owned(), |(_, price)| catalog::plan(&price));
    let quantity = item["quantity"].as_u64();
    let quantity = quantity.map_or_else(String::new, |quantity| quantity.to_string());
    format!(
        "<p>New: {quantity} {}</p>\n{}{}{}",
        escape(&plan),
        hidden("plan", wanted),
        hidden("quantity", &quantity),
        button("change", "Confirm")
    )
}

/// Returns the subject of Stripe's page for a flow.
fn heading(flow: &str) -> &'static str {
    match flow {
        "payment_method_update" => "Add a payment method",
        "customer_update" => "Update your billing information",
        "subscription_cancel" => "Cancel your plan",
        "subscription_pause" => "Pause your plan",
        "subscription_update" => "Update your plan",
        "subscription_update_confirm" => "Confirm your updates",
        _ => "Manage your billing",
    }
}
