//! Events, and their delivery.

use std::time::{Duration, UNIX_EPOCH};

use serde_json::{Value, json};

use super::client::{Client, control, has, id, ok};
use super::endpoint::Endpoint;
use super::start;
use crate::wire::Request;
use crate::{Payload, StripeStandIn, stripe_signature};

const SECRET: &str = "whsec_standin";
const NOW: u64 = 1_793_750_400;

/// A stand-in that delivers to an endpoint, and does not wait between its attempts.
async fn delivering(endpoint: &Endpoint) -> StripeStandIn {
    let builder = StripeStandIn::builder()
        .controls()
        .clock(|| UNIX_EPOCH + Duration::from_secs(NOW));
    let stripe = start(builder).await;
    stripe
        .set_webhook(&endpoint.url, SECRET)
        .expect("a webhook");
    stripe
}

fn change(stripe: &StripeStandIn, value: &str) {
    let body = format!("metadata[k]={value}");
    ok(stripe.call("POST", "/v1/customers/cus_1", &body));
}

fn body(request: &Request) -> Value {
    serde_json::from_slice(&request.body).expect("JSON")
}

#[tokio::test]
async fn a_change_is_delivered_signed_as_stripe_does() {
    let endpoint = Endpoint::start([]).await;
    let stripe = delivering(&endpoint).await;
    change(&stripe, "1");
    stripe.settled().await;
    let [request] = &endpoint.take()[..] else {
        panic!("one delivery");
    };
    assert_eq!(request.method, "POST");
    assert_eq!(request.target, "/webhook?a=b");
    let signature = stripe_signature(SECRET, NOW, &request.body);
    assert_eq!(request.header("stripe-signature"), Some(signature.as_str()));

    let event = body(request);
    let expected = json!({
        "object": "event", "type": "customer.updated", "created": NOW, "livemode": false,
        "data": { "object": { "metadata": { "k": "1" } } },
    });
    has(&event, &expected);
    assert_eq!(stripe.events(), std::slice::from_ref(&event));
    let [delivery] = &stripe.deliveries()[..] else {
        panic!("one delivery");
    };
    assert_eq!(delivery.event, id(&event));
    assert_eq!((delivery.attempt, delivery.status), (1, Some(200)));
    assert_eq!(delivery.answer, "body");
}

#[tokio::test]
async fn a_failed_delivery_is_tried_again_until_it_succeeds() {
    let endpoint = Endpoint::start([302, 204]).await;
    let stripe = delivering(&endpoint).await;
    change(&stripe, "1");
    stripe.settled().await;
    let attempts = stripe.deliveries().into_iter();
    let attempts: Vec<_> = attempts.map(|made| (made.attempt, made.status)).collect();
    assert_eq!(attempts, [(1, Some(302)), (2, Some(204))]);
    let received = endpoint.take();
    assert_eq!(received[0].body, received[1].body);
}

#[tokio::test]
async fn held_events_are_delivered_on_demand_in_any_order_and_again() {
    let endpoint = Endpoint::start([]).await;
    let stripe = delivering(&endpoint).await;
    stripe.hold_events();
    for value in ["1", "2"] {
        change(&stripe, value);
    }
    stripe.settled().await;
    assert!(endpoint.take().is_empty());
    let events = stripe.events_of("customer.updated");
    let [first, second] = &events[..] else {
        panic!("two events");
    };
    for event in [second, first, second] {
        assert!(stripe.deliver(event).await.succeeded());
    }
    let values: Vec<_> = endpoint
        .take()
        .iter()
        .map(|request| body(request)["data"]["object"]["metadata"]["k"].clone())
        .collect();
    assert_eq!(values, ["2", "1", "2"]);
}

#[tokio::test]
async fn a_thin_event_names_the_object_and_says_nothing_of_it() {
    let endpoint = Endpoint::start([]).await;
    let stripe = delivering(&endpoint).await;
    stripe.hold_events();
    change(&stripe, "1");
    let event = stripe.events_of("customer.updated").remove(0);
    let delivery = stripe.deliver_as(&event, Payload::Thin).await;
    assert_eq!(delivery.event_type, "v1.customer.updated");
    let thin = body(&endpoint.take()[0]);
    let related = json!({ "id": "cus_1", "type": "customer", "url": "/v1/customers/cus_1" });
    let expected = json!({
        "object": "v2.core.event", "created": "2026-11-04T00:00:00.000Z", "related_object": related,
    });
    has(&thin, &expected);
    assert_eq!(thin.get("data"), None);
}

#[tokio::test]
async fn an_answer_tells_what_was_true_when_its_call_arrived() {
    let stripe = super::stand_in().await;
    let gate = stripe.hold_call("GET", "/v1/customers/cus_1");
    let mut early = Client::connect(&stripe).await;
    early.request("GET", "/v1/customers/cus_1", &[], "").await;
    gate.arrived().await;
    change(&stripe, "1");
    let now = ok(stripe.call("GET", "/v1/customers/cus_1", ""));
    assert_eq!(now["metadata"], json!({"k": "1"}));
    gate.open();
    let then = early.receive().await.expect("an answer").parsed();
    assert_eq!(then["metadata"], json!({}));
}

#[tokio::test]
async fn a_destination_is_one_of_plain_http_with_a_secret_of_stripes_form() {
    let stripe = super::stand_in().await;
    for (url, secret) in [
        ("https://127.0.0.1/", SECRET),
        ("/webhook", SECRET),
        ("", SECRET),
        ("http://127.0.0.1/", "secret"),
        ("http://127.0.0.1/", "whsec_"),
    ] {
        assert!(stripe.set_webhook(url, secret).is_err(), "{url} {secret}");
    }
}

#[tokio::test]
async fn deliveries_are_steered_over_http() {
    let endpoint = Endpoint::start([503]).await;
    let stripe = delivering(&endpoint).await;
    let (status, text) = control(&stripe, "PUT", "deliveries/held").await;
    assert_eq!(status, 200, "{text}");
    change(&stripe, "1");
    let (_, list) = control(&stripe, "GET", "events").await;
    let event = list.split(' ').next().unwrap_or_default().to_owned();
    assert!(
        list.contains(" customer.updated ") && list.ends_with(" cus_1\n"),
        "{list}"
    );
    let (status, told) = control(&stripe, "POST", &format!("events/{event}/deliver")).await;
    assert!(
        status == 200 && told.ends_with("attempt 1: 503 body\n"),
        "{told}"
    );
    let (_, told) = control(&stripe, "POST", &format!("events/{event}/deliver")).await;
    assert!(told.ends_with(": 200 body\n"), "{told}");
    let (_, log) = control(&stripe, "GET", "deliveries").await;
    assert_eq!(log.lines().count(), 2, "{log}");
    control(&stripe, "DELETE", "deliveries/held").await;
    change(&stripe, "2");
    stripe.settled().await;
    assert_eq!(stripe.deliveries().len(), 3);
}
