//! Users who are subscribed or were: nobody subscribes twice, or has a second trial.

use portico_stand_in::StripeStandIn;
use serde_json::json;

use super::{ask, open_sessions, selling, start};
use crate::harness::{CUSTOMER, Portico, USER};

/// The statuses of a subscription that is not over.
const LIVE: [&str; 6] = [
    "active",
    "trialing",
    "past_due",
    "unpaid",
    "paused",
    "incomplete",
];

async fn is_refused(portico: &Portico, what: &str) {
    let answer = ask(portico, USER, &json!({"price": "pro"})).await;
    assert_eq!(answer.status, 409, "{what}: {answer:?}");
    answer.is_error(409, "already_subscribed");
    assert_eq!(open_sessions(&portico.stripe), 0, "{what}");
}

/// Returns the field of a session that says how long its trial is, as the newest session was asked for.
fn trial(stripe: &StripeStandIn) -> Option<String> {
    let is_creation = |request: &&portico_stand_in::RecordedRequest| {
        request.method == "POST" && request.path == "/v1/checkout/sessions"
    };
    let requests = stripe.requests();
    let creation = requests.iter().rev().find(is_creation).unwrap();
    url::form_urlencoded::parse(&creation.body)
        .find(|(name, _)| name == "subscription_data[trial_period_days]")
        .map(|(_, days)| days.into_owned())
}

#[tokio::test]
async fn the_status_of_a_subscription_decides_whether_a_page_is_opened() {
    let portico = start(selling()).await;
    let stripe = &portico.stripe;
    stripe.add_subscription("sub_1", CUSTOMER, "price_pro");
    for status in LIVE {
        for ends in [false, true] {
            stripe.set_subscription_status("sub_1", status);
            stripe.change_subscription("sub_1", &json!({"cancel_at_period_end": ends}));
            is_refused(&portico, &format!("{status} {ends}")).await;
        }
    }
    for status in ["incomplete_expired", "canceled"] {
        stripe.set_subscription_status("sub_1", status);
        let answer = ask(&portico, USER, &json!({"price": "pro"})).await;
        answer.is_session();
        assert_eq!(open_sessions(stripe), 1, "{status}");
        // The next one is for another choice, so that it is made anew.
        let answer = ask(&portico, USER, &json!({"price": "team"})).await;
        answer.is_session();
        assert_eq!(open_sessions(stripe), 1, "{status}");
    }
}

#[tokio::test]
async fn one_live_subscription_among_many_that_are_over_is_enough() {
    let portico = start(selling()).await;
    let stripe = &portico.stripe;
    // It is the oldest, so it is on the last page of the customer's subscriptions.
    stripe.add_subscription("sub_live", CUSTOMER, "price_pro");
    for number in 0..12 {
        let id = format!("sub_{number}");
        stripe.add_subscription(&id, CUSTOMER, "price_pro");
        stripe.set_subscription_status(&id, "incomplete_expired");
    }
    is_refused(&portico, "one of many").await;
}

#[tokio::test]
async fn a_customer_has_a_trial_once_in_its_life() {
    let portico = start(selling().variable("checkout_trial_days", "14")).await;
    let stripe = &portico.stripe;
    ask(&portico, USER, &json!({"price": "pro"}))
        .await
        .is_session();
    assert_eq!(trial(stripe).as_deref(), Some("14"));
    // A page that was not paid costs no trial.
    ask(&portico, USER, &json!({"price": "team"}))
        .await
        .is_session();
    assert_eq!(trial(stripe).as_deref(), Some("14"));
    let (_, open) = stripe.call("GET", "/v1/checkout/sessions?status=open", "");
    let paid = stripe.complete_checkout(open["data"][0]["id"].as_str().unwrap());
    let subscription = paid["subscription"].as_str().unwrap();
    let path = format!("/v1/subscriptions/{subscription}");
    assert_eq!(stripe.call("GET", &path, "").1["status"], "trialing");
    is_refused(&portico, "trialing").await;
    assert_eq!(stripe.call("DELETE", &path, "").0, 200);
    ask(&portico, USER, &json!({"price": "pro"}))
        .await
        .is_session();
    assert_eq!(trial(stripe), None);
}

#[tokio::test]
async fn a_subscription_that_others_sold_and_that_is_over_was_the_customers_chance_of_a_trial() {
    let portico = start(selling().variable("checkout_trial_days", "14")).await;
    let stripe = &portico.stripe;
    stripe.add_subscription("sub_1", CUSTOMER, "price_pro");
    stripe.set_subscription_status("sub_1", "canceled");
    ask(&portico, USER, &json!({"price": "pro"}))
        .await
        .is_session();
    assert_eq!(trial(stripe), None);
}
