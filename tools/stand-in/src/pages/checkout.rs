//! The page that a checkout session's URL leads to, on which a developer pays, or fails to.

use serde_json::Value;

use super::catalog;
use super::html::{escape, form_value, link, mode, page, redirect};
use crate::call;
use crate::form::decode_form;
use crate::objects::text;
use crate::resources::{checkout_session, customer};
use crate::state::{Shared, State};
use crate::wire::{Answer, Request};

const TITLE: &str = "Stripe Checkout";

/// Shows the page of the session with this identifier, or does what its form asks for.
pub(super) fn answer(shared: &Shared, request: &Request, id: &str) -> Answer {
    let live = id.starts_with("cs_live_");
    call::act(shared, live, checkout_session::expire_old);
    let mut problem = None;
    if request.method == "POST" {
        let form = decode_form(&request.body);
        let email = form_value(&form, "email").filter(|email| !email.is_empty());
        let declined = form_value(&form, "action") == Some("decline");
        let paid = call::act(shared, live, |call| {
            checkout_session::pay(call, id, email, declined)
        });
        match paid {
            Ok(session) => {
                let url = text(&session, "success_url");
                return redirect(&url.replace("{CHECKOUT_SESSION_ID}", id));
            }
            Err(error) => problem = Some(error.message),
        }
    }
    let state = shared.lock();
    let Some((_, session)) = state.objects.any(checkout_session::KIND, id) else {
        return page(404, TITLE, "<h1>This checkout does not exist.</h1>");
    };
    let content = match text(&session, "status") {
        "open" => open(&state, &session, problem.as_deref()),
        "complete" => "<h1>Thanks for your payment</h1>".to_owned(),
        _ => "<h1>This checkout has expired.</h1>".to_owned(),
    };
    let back = link("return", session["cancel_url"].as_str(), "Return");
    let status = if problem.is_some() { 402 } else { 200 };
    page(status, TITLE, &format!("{}{content}{back}", mode(&session)))
}

fn open(state: &State, session: &Value, problem: Option<&str>) -> String {
    let checkout = state.checkouts.get(text(session, "id"));
    let checkout = checkout.cloned().unwrap_or_default();
    let items = checkout.items.iter();
    let lines: String = items
        .map(|(price, quantity)| {
            let plan = escape(&catalog::plan(price));
            format!("<dt>{quantity} ×</dt><dd>{plan}</dd>\n")
        })
        .collect();
    let today = if let Some(days) = checkout.trial_days {
        format!("Free for {days} days")
    } else {
        let total = session["amount_total"].as_u64().unwrap_or_default();
        catalog::money(total, &session["currency"])
    };
    let known = state.objects.any(customer::KIND, text(session, "customer"));
    let email = match known.as_ref().and_then(|(_, known)| known["email"].as_str()) {
        Some(email) => format!("<p>For {}</p>", escape(email)),
        None => {
            "<p><label>E-mail <input type=\"email\" name=\"email\" value=\"jenny@example.com\"></label></p>"
                .to_owned()
        }
    };
    let alert = problem.map_or_else(String::new, |problem| {
        let problem = escape(problem);
        format!("<p role=\"alert\" class=\"problem\">{problem}</p>\n")
    });
    format!(
        "<h1>Subscribe</h1>\n{alert}<dl>\n{lines}<dt>Due today</dt><dd>{today}</dd>\n</dl>\n<form method=\"post\">\n{email}\n\
         <p><button name=\"action\" value=\"pay\" class=\"done\">Pay</button>\n\
         <button name=\"action\" value=\"decline\">Pay with a card that is declined</button></p>\n</form>",
    )
}
