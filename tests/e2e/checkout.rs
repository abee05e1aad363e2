//! Checkout: the page on which a user subscribes.

use std::time::Duration;

use futures::future::join_all;
use portico_host::{Clock, KeyValue};
use portico_stand_in::StripeStandIn;
use serde_json::{Value, json};

use crate::harness::{Answer, Portico, Setup, USER};
use crate::redis::Server;

mod races;
mod subscribed;

/// A user without a record.
const BUYER: &str = "user|buyer@example.com";

fn selling() -> Setup {
    Portico::setup()
        .variable("checkout_prices", "pro=price_pro, team=price_team")
        .variable("stripe_timeout_ms", "60000")
}

async fn start(setup: Setup) -> Portico {
    let portico = setup.start().await;
    put_on_sale(&portico.stripe);
    portico.keep_secret(BUYER);
    portico
}

fn put_on_sale(stripe: &StripeStandIn) {
    stripe.add_plan("prod_pro", "Pro", "price_pro", "pro_monthly", 2_000);
    stripe.add_plan("prod_team", "Team", "price_team", "team_monthly", 9_000);
    stripe.hold_events();
}

async fn ask(portico: &Portico, user: &str, body: &Value) -> Answer {
    portico.checkout_as(user).json(body).send().await
}

/// Sessions of all customers at Stripe that are open.
fn open_sessions(stripe: &StripeStandIn) -> usize {
    let (status, list) = stripe.call("GET", "/v1/checkout/sessions?limit=100&status=open", "");
    assert_eq!(status, 200, "{list}");
    list["data"].as_array().unwrap().len()
}

#[tokio::test]
async fn a_user_who_asks_again_gets_the_same_page_and_for_something_else_another_one() {
    let portico = start(selling()).await;
    let first = ask(&portico, USER, &json!({"price": "pro"}))
        .await
        .is_session();
    let again = ask(&portico, USER, &json!({"price": "pro"}))
        .await
        .is_session();
    assert_eq!(first, again);
    let other = ask(&portico, USER, &json!({"price": "team"}))
        .await
        .is_session();
    assert_ne!(first, other);
    assert_eq!(open_sessions(&portico.stripe), 1);
}

#[tokio::test]
async fn without_prices_there_is_no_checkout() {
    let portico = Portico::start().await;
    let answer = ask(&portico, USER, &json!({"price": "pro"})).await;
    answer.is_error(404, "not_found");
}

/// Fifty first calls of a user at once, on two hosts with these stores.
async fn first_calls_at_once(stores: [KeyValue; 2]) {
    let clock = Clock::default();
    let one = start(selling().on(&stores[0]).clock(&clock)).await;
    let two = selling()
        .variable("stripe_api_base", one.stripe.origin())
        .on(&stores[1])
        .clock(&clock)
        .start()
        .await;
    two.keep_secret(BUYER);
    let hosts = [&one, &two];
    let body = json!({"price": "pro"});
    let calls = (0..50).map(|call| ask(hosts[call % 2], BUYER, &body));
    let answers = tokio::time::timeout(Duration::from_secs(90), join_all(calls))
        .await
        .unwrap();
    let mut pages: Vec<_> = answers.iter().map(Answer::is_session).collect();
    pages.dedup();
    assert_eq!(pages.len(), 1);
    assert_eq!(open_sessions(&one.stripe), 1);
    let customers = one.stripe.events_of("customer.created").len();
    assert_eq!(customers, 1);
}

#[tokio::test]
async fn of_many_first_calls_at_once_on_two_hosts_all_get_one_page_of_one_customer() {
    let store = KeyValue::in_memory();
    first_calls_at_once([store.clone(), store]).await;
}

#[tokio::test]
async fn of_many_first_calls_at_once_with_one_redis_all_get_one_page_of_one_customer() {
    let Some(redis) = Server::start().await else {
        return;
    };
    first_calls_at_once([redis.patient_store(), redis.patient_store()]).await;
}
