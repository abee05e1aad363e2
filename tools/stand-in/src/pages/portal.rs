//! The page that a portal session's URL leads to.

use serde_json::Value;

use super::html::{escape, link, mode, page, redirect};
use super::subscriptions;
use crate::resources::portal_session::{KIND, PAGE};
use crate::state::Shared;
use crate::wire::{Answer, Request};

/// Shows the page of the session whose URL ends with this token, or does what a form on it asks for.
pub(super) fn answer(shared: &Shared, request: &Request, token: &str) -> Answer {
    const TITLE: &str = "Stripe Customer Portal";
    let path = format!("{PAGE}{token}");
    let session = {
        let state = shared.lock();
        let found = state.objects.of(KIND).find(|(_, session)| {
            let url = session["url"].as_str();
            url.is_some_and(|url| url.ends_with(&path))
        });
        found.map(|(live, session)| (live, session.clone()))
    };
    let Some((live, session)) = session else {
        let gone = "<h1>This session does not exist or has expired.</h1>";
        return page(404, TITLE, gone);
    };
    let customer = session["customer"].as_str().unwrap_or_default();
    if request.method == "POST" {
        subscriptions::act(shared, request, Some(customer));
        return redirect(&path);
    }
    let subscriptions = subscriptions::forms(shared, customer, live);
    page(200, TITLE, &portal(&session, &subscriptions))
}

fn portal(session: &Value, subscriptions: &str) -> String {
    let flow = &session["flow"];
    let kind = flow["type"].as_str().unwrap_or("portal_homepage");
    let details: String = [
        ("Customer", session["customer"].as_str()),
        ("Flow", Some(kind)),
        ("Subscription", flow[kind]["subscription"].as_str()),
        ("Locale", session["locale"].as_str()),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some(format!("<dt>{name}</dt><dd>{}</dd>\n", escape(value?))))
    .collect();
    format!(
        "{}<h1>{}</h1>\n<dl>\n{details}</dl>{}{}\n{subscriptions}",
        mode(session),
        heading(kind),
        link(
            "done",
            flow["after_completion"]["redirect"]["return_url"].as_str(),
            "Finish, as if it were done"
        ),
        link("return", session["return_url"].as_str(), "Return"),
    )
}

/// What Stripe's page for a flow is about.
fn heading(kind: &str) -> &'static str {
    match kind {
        "payment_method_update" => "Add a payment method",
        "customer_update" => "Update your billing information",
        "subscription_cancel" => "Cancel your plan",
        "subscription_update" => "Update your plan",
        "subscription_update_confirm" => "Confirm your updates",
        _ => "Manage your billing",
    }
}
