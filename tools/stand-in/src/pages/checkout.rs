//! The page that a checkout session's URL leads to, on which a developer chooses a plan and pays, or fails to.

use serde_json::Value;

use super::catalog;
use super::html::{escape, form_value, link, mode, page, redirect};
use crate::form::decode_form;
use crate::objects::Kind;
use crate::resources::{checkout_session, payment_link, payment_page};
use crate::route;
use crate::state::Shared;
use crate::wire::{Answer, Request};

const TITLE: &str = "Stripe Checkout";

/// Shows the page of the session with this identifier, or does what its form asks for.
pub(super) fn answer(shared: &Shared, request: &Request, id: &str) -> Answer {
    let Some((live, session)) = find(shared, checkout_session::KIND, |session| {
        session["id"] == id
    }) else {
        return page(404, TITLE, "<h1>This checkout does not exist.</h1>");
    };
    if request.method != "POST" || session["status"] != "open" {
        return shown(shared, &session, None);
    }
    let form = decode_form(&request.body);
    let price = form_value(&form, "plan");
    let method = match form_value(&form, "action") {
        Some("decline") => "pm_card_chargeCustomerFail",
        _ => "pm_card_visa",
    };
    let email = form_value(&form, "email").filter(|email| !email.is_empty());
    let paid = route::act(shared, live, |call| {
        if let Some(price) = price {
            checkout_session::choose(call, &session, price)?;
        }
        let chosen = call
            .state
            .objects
            .get(id, live)
            .cloned()
            .unwrap_or_default();
        payment_page::pay(call, &chosen, method, email)
    });
    match paid {
        Ok(paid) => match paid["success_url"].as_str() {
            Some(url) => redirect(&url.replace("{CHECKOUT_SESSION_ID}", id)),
            None => shown(shared, &paid, None),
        },
        Err(error) => {
            let open = find(shared, checkout_session::KIND, |session| {
                session["id"] == id
            });
            shown(
                shared,
                &open.map_or(session, |(_, open)| open),
                Some(&error.message),
            )
        }
    }
}

/// Opens a session for somebody who follows a payment link.
pub(super) fn follow(shared: &Shared, request: &Request, token: &str) -> Answer {
    let end = format!("{}{token}", payment_link::PAGE);
    let ends_so = |link: &Value| link["url"].as_str().is_some_and(|url| url.ends_with(&end));
    let Some((live, link)) = find(shared, payment_link::KIND, ends_so) else {
        return page(404, TITLE, "<h1>This link is not active.</h1>");
    };
    let query = decode_form(request.query().as_bytes());
    let session = route::act(shared, live, |call| {
        let reference = form_value(&query, "client_reference_id");
        checkout_session::from_link(
            call,
            &link,
            reference,
            form_value(&query, "prefilled_email"),
        )
    });
    redirect(session["url"].as_str().unwrap_or_default())
}

fn find(shared: &Shared, kind: Kind, is: impl Fn(&Value) -> bool) -> Option<(bool, Value)> {
    let state = shared.lock();
    let found = state.objects.of(kind).find(|(_, object)| is(object));
    found.map(|(live, object)| (live, object.clone()))
}

fn shown(shared: &Shared, session: &Value, problem: Option<&str>) -> Answer {
    let content = match session["status"].as_str() {
        Some("open") => open(shared, session, problem),
        Some("complete") => "<h1>Thanks for your payment</h1>".to_owned(),
        _ => "<h1>This checkout has expired.</h1>".to_owned(),
    };
    let back = link("return", session["cancel_url"].as_str(), "Return");
    let status = if problem.is_some() { 402 } else { 200 };
    page(status, TITLE, &format!("{}{content}{back}", mode(session)))
}

fn open(shared: &Shared, session: &Value, problem: Option<&str>) -> String {
    let live = session["livemode"] == true;
    let id = session["id"].as_str().unwrap_or_default();
    let own = {
        let state = shared.lock();
        let checkout = state.checkouts.get(id);
        let first = checkout.and_then(|checkout| checkout.items.first());
        first
            .map(|line| line["price"]["id"].clone())
            .unwrap_or_default()
    };
    let plans = if session["mode"] == "subscription" {
        catalog::choices(shared, live, own.as_str().unwrap_or_default())
    } else {
        String::new()
    };
    let heading = if plans.is_empty() { "Pay" } else { "Subscribe" };
    let email = match (session["customer"].as_str(), session["customer_email"].as_str()) {
        (None, None) => {
            "<p><label>E-mail <input type=\"email\" name=\"email\" value=\"jenny@example.com\"></label></p>\n"
                .to_owned()
        }
        (customer, email) => {
            let whose = email.or(customer).unwrap_or_default();
            format!("<p>For {}</p>\n", escape(whose))
        }
    };
    let total = catalog::money(session["amount_total"].as_u64(), &session["currency"]);
    let total = if plans.is_empty() {
        format!("<p>{total}</p>\n")
    } else {
        plans
    };
    let problem = problem.map_or_else(String::new, |problem| {
        format!(
            "<p role=\"alert\" class=\"problem\">{}</p>\n",
            escape(problem)
        )
    });
    format!(
        "<h1>{heading}</h1>\n{problem}<form method=\"post\">\n{total}{email}\
         <p><button name=\"action\" value=\"pay\" class=\"done\">Pay</button>\n\
         <button name=\"action\" value=\"decline\">Pay with a card that is declined</button></p>\n</form>"
    )
}
