//! Users who are subscribed or were: nobody subscribes twice, or has a second trial.

use portico_stand_in::{Reply, StripeStandIn};
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

#[tokio::test]
async fn a_customer_that_was_moved_to_another_user_is_the_former_ones_no_more() {
    let portico = start(selling().with_webhook()).await;
    let stripe = &portico.stripe;
    for user in [USER, "user_2"] {
        let (status, _) = stripe.call(
            "POST",
            &format!("/v1/customers/{CUSTOMER}"),
            &format!("metadata[user_id]={user}"),
        );
        assert_eq!(status, 200);
        let event = json!({
            "object": "event", "id": "evt_1", "type": "customer.updated", "livemode": false,
            "data": {"object": {"id": CUSTOMER}},
        });
        let answer = portico.event(event.to_string()).send().await;
        assert_eq!(answer.json()["outcome"], "synced", "{answer:?}");
    }
    stripe.add_subscription("sub_1", CUSTOMER, "price_pro");
    ask(&portico, USER, &json!({"price": "pro"}))
        .await
        .is_session();
    // Nor are that customer's pages the former one's to end.
    stripe.set_subscription_status("sub_1", "canceled");
    let others = ask(&portico, "user_2", &json!({"price": "team"})).await;
    let others = others.is_session();
    ask(&portico, USER, &json!({"price": "team"}))
        .await
        .is_session();
    let again = ask(&portico, "user_2", &json!({"price": "team"})).await;
    assert_eq!(again.is_session(), others);
}

#[tokio::test]
async fn of_several_customers_that_a_search_finds_one_that_is_subscribed_is_known() {
    let portico = start(selling()).await;
    let stripe = &portico.stripe;
    for customer in ["cus_Older", "cus_Newer"] {
        let form = format!("metadata[user_id]=user%7Cbuyer%40example.com&name={customer}");
        assert_eq!(stripe.call("POST", "/v1/customers", &form).0, 200);
    }
    let (_, found) = stripe.call("GET", "/v1/customers", "");
    let newest = found["data"][0]["id"].as_str().unwrap();
    stripe.add_subscription("sub_1", newest, "price_pro");
    let answer = ask(&portico, super::BUYER, &json!({"price": "pro"})).await;
    answer.is_error(409, "already_subscribed");
}

#[tokio::test]
async fn failures_that_stripe_has_kept_lock_nobody_out() {
    let portico = start(selling().variable("stripe_max_retries", "1")).await;
    let stripe = &portico.stripe;
    let body = json!({"price": "pro"});
    for path in ["/v1/customers", "/v1/checkout/sessions"] {
        // An outage: Stripe fails at every attempt, and keeps each failure.
        for _ in 0..3 {
            stripe.script_call("POST", path, vec![Reply::KeptServerError; 40]);
            let answer = ask(&portico, super::BUYER, &body).await;
            answer.is_error(500, "stripe_unavailable");
            stripe.script_call("POST", path, []);
        }
    }
    ask(&portico, super::BUYER, &body).await.is_session();
    assert_eq!(open_sessions(stripe), 1);
    assert_eq!(stripe.events_of("customer.created").len(), 1);
}
