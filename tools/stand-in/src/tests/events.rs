//! Events, and their delivery.

use std::time::{Duration, UNIX_EPOCH};

use serde_json::{Value, json};

use super::client::{Client, KEY, call, control, id, ok};
use super::endpoint::Endpoint;
use crate::wire::Request;
use crate::{Payload, StripeStandIn, stripe_signature};

const SECRET: &str = "whsec_standin";
const NOW: u64 = 1_793_750_400;

/// A stand-in that delivers to an endpoint, and does not wait between its attempts.
async fn delivering(endpoint: &Endpoint) -> StripeStandIn {
    let stripe = StripeStandIn::builder()
        .controls()
        .clock(|| UNIX_EPOCH + Duration::from_secs(NOW))
        .webhook(&endpoint.url, SECRET)
        .webhook_retries([Duration::ZERO; 2])
        .start("127.0.0.1:0")
        .await
        .expect("a free port");
    stripe.add_customer("cus_1", false);
    stripe
}

async fn change(stripe: &StripeStandIn, value: &str) {
    let body = format!("metadata[k]={value}");
    ok(call(stripe, "POST", "/v1/customers/cus_1", &body).await);
}

fn body(request: &Request) -> Value {
    serde_json::from_slice(&request.body).expect("JSON")
}

#[tokio::test]
async fn a_change_is_delivered_signed_as_stripe_does() {
    let endpoint = Endpoint::start([]).await;
    let stripe = delivering(&endpoint).await;
    change(&stripe, "1").await;
    stripe.settled().await;
    let [request] = &endpoint.take()[..] else {
        panic!("one delivery");
    };
    assert_eq!(
        (request.method.as_str(), request.target.as_str()),
        ("POST", "/webhook?a=b")
    );
    assert_eq!(
        request.header("content-type"),
        Some("application/json; charset=utf-8")
    );
    let agent = request.header("user-agent").unwrap_or_default();
    assert!(agent.starts_with("Stripe/1.0 "), "{agent}");
    let signature = stripe_signature(SECRET, NOW, &request.body);
    assert_eq!(request.header("stripe-signature"), Some(signature.as_str()));

    let event = body(request);
    assert_eq!(event["object"], "event");
    assert_eq!(event["type"], "customer.updated");
    assert_eq!(event["created"], NOW);
    assert_eq!(event["livemode"], false);
    assert_eq!(event["data"]["object"]["metadata"], json!({"k": "1"}));
    assert!(
        event["request"]["id"]
            .as_str()
            .is_some_and(|id| id.starts_with("req_"))
    );
    assert_eq!(stripe.events(), std::slice::from_ref(&event));
    let [delivery] = &stripe.deliveries()[..] else {
        panic!("one delivery");
    };
    assert_eq!(delivery.event, id(&event));
    assert_eq!((delivery.attempt, delivery.status), (1, Some(200)));
    assert_eq!(delivery.answer, "body");
}

#[tokio::test]
async fn a_failed_delivery_is_tried_again_until_it_succeeds_or_is_given_up() {
    let endpoint = Endpoint::start([500, 302, 204, 500, 500, 400]).await;
    let stripe = delivering(&endpoint).await;
    let log = async || {
        stripe.settled().await;
        let deliveries = stripe.deliveries().into_iter();
        let log =
            deliveries.map(|delivery| (delivery.attempt, delivery.status.unwrap_or_default()));
        log.collect::<Vec<_>>()
    };
    change(&stripe, "1").await;
    assert_eq!(log().await, [(1, 500), (2, 302), (3, 204)]);
    change(&stripe, "2").await;
    assert_eq!(log().await[3..], [(1, 500), (2, 500), (3, 400)]);
    let received = endpoint.take();
    assert_eq!(received[0].body, received[2].body);
    stripe
        .set_webhook("http://127.0.0.1:1/", SECRET)
        .expect("a webhook");
    change(&stripe, "3").await;
    stripe.settled().await;
    let last = stripe.deliveries().pop().expect("a delivery");
    assert_eq!(
        (last.attempt, last.status, last.succeeded()),
        (3, None, false)
    );
}

#[tokio::test]
async fn held_events_are_delivered_on_demand_in_any_order_and_again() {
    let endpoint = Endpoint::start([]).await;
    let stripe = delivering(&endpoint).await;
    stripe.hold_events();
    for value in ["1", "2"] {
        change(&stripe, value).await;
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
    change(&stripe, "1").await;
    let event = stripe.events_of("customer.updated").remove(0);
    let delivery = stripe.deliver_as(&event, Payload::Thin).await;
    assert_eq!(delivery.event_type, "v1.customer.updated");
    let thin = body(&endpoint.take()[0]);
    assert_eq!(thin["object"], "v2.core.event");
    assert_eq!(thin["created"], "2026-11-04T00:00:00.000Z");
    assert_eq!(
        thin["related_object"],
        json!({"id": "cus_1", "type": "customer", "url": "/v1/customers/cus_1"})
    );
    assert_eq!(thin.get("data"), None);
}

#[tokio::test]
async fn an_answer_tells_what_was_true_when_its_call_arrived() {
    let stripe = super::stand_in().await;
    let get = b"GET /v1/customers/cus_1 HTTP/1.1\r\nHost: stripe\r\n";
    let get = [
        get.as_slice(),
        format!("Authorization: Bearer {KEY}\r\n\r\n").as_bytes(),
    ]
    .concat();
    let gate = stripe.hold_call("GET", "/v1/customers/cus_1");
    let mut early = Client::connect(&stripe).await;
    early.write(&get).await;
    gate.arrived().await;
    change(&stripe, "1").await;
    let now = ok(call(&stripe, "GET", "/v1/customers/cus_1", "").await);
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
    let builder = StripeStandIn::builder().webhook("nowhere", SECRET);
    assert!(builder.start("127.0.0.1:0").await.is_err());
}

#[tokio::test]
async fn deliveries_are_steered_over_http() {
    let endpoint = Endpoint::start([503]).await;
    let stripe = delivering(&endpoint).await;
    let (status, text) = control(&stripe, "PUT", "deliveries/held").await;
    assert_eq!(status, 200, "{text}");
    change(&stripe, "1").await;
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
    let path = format!("events/{event}/deliver?payload=thin");
    let (_, told) = control(&stripe, "POST", &path).await;
    assert!(
        told.contains(" v1.customer.updated ") && told.ends_with(": 200 body\n"),
        "{told}"
    );
    let (_, log) = control(&stripe, "GET", "deliveries").await;
    assert_eq!(log.lines().count(), 2, "{log}");
    control(&stripe, "DELETE", "deliveries/held").await;
    change(&stripe, "2").await;
    stripe.settled().await;
    assert_eq!(stripe.deliveries().len(), 3);
    for (method, path, status) in [
        ("PUT", "deliveries/never", 404),
        ("POST", "deliveries/held", 405),
        ("POST", "events/evt_none/deliver", 404),
        ("POST", "events/evt_none/deliver?payload=fat", 400),
        ("PUT", "subscriptions/sub_none/status/past_due", 404),
        ("PUT", "subscriptions/sub_none/status/red", 404),
        ("GET", "nothing", 404),
    ] {
        assert_eq!(
            control(&stripe, method, path).await.0,
            status,
            "{method} {path}"
        );
    }
}

#[tokio::test]
async fn statuses_and_the_search_index_are_steered_over_http() {
    let endpoint = Endpoint::start([]).await;
    let stripe = delivering(&endpoint).await;
    stripe.add_plan("prod_pro", "Pro", "price_pro", "pro_monthly", 1000);
    stripe.add_subscription("sub_1", "cus_1", "price_pro");
    let path = "subscriptions/sub_1/status/unpaid";
    assert_eq!(control(&stripe, "PUT", path).await.0, 200);
    let shown = ok(stripe.call("GET", "/v1/subscriptions/sub_1", ""));
    assert_eq!(shown["status"], "unpaid");
    assert_eq!(control(&stripe, "PUT", "search-index").await.0, 200);
    change(&stripe, "1").await;
    let search = || {
        let path = "/v1/customers/search?query=metadata[%27k%27]:%271%27";
        ok(stripe.call("GET", path, ""))["data"]
            .as_array()
            .map(Vec::len)
    };
    assert_eq!(search(), Some(0));
    assert_eq!(control(&stripe, "DELETE", "search-index").await.0, 200);
    assert_eq!(search(), Some(1));
}
