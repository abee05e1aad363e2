//! Events, and their delivery. The endpoint that gets them is another stand-in, which records what comes.

use std::time::{Duration, UNIX_EPOCH};

use serde_json::{Value, json};

use super::client::{control, has, id, ok};
use super::{stand_in, start};
use crate::{RecordedRequest, Reply, StripeStandIn, stripe_signature};

const SECRET: &str = "whsec_standin";
const NOW: u64 = 1_793_750_400;

/// Starts a stand-in, and the endpoint to which it delivers, which answers with these statuses.
async fn delivering<const N: usize>(statuses: [u16; N]) -> (StripeStandIn, StripeStandIn) {
    let time = || UNIX_EPOCH + Duration::from_secs(NOW);
    let stripe = start(StripeStandIn::builder().controls().clock(time)).await;
    let endpoint = stand_in().await;
    let answers = statuses.map(|status| Reply::Error {
        status,
        headers: Vec::new(),
        body: b"body".to_vec(),
    });
    endpoint.script_call("POST", "/v1/customers", answers);
    let url = format!("{}/v1/customers?a=b", endpoint.origin());
    stripe.set_webhook(&url, SECRET).expect("a webhook");
    (stripe, endpoint)
}

fn change(stripe: &StripeStandIn, value: &str) {
    let body = format!("metadata[k]={value}");
    ok(stripe.call("POST", "/v1/customers/cus_1", &body));
}

fn body(request: &RecordedRequest) -> Value {
    serde_json::from_slice(&request.body).expect("JSON")
}

#[tokio::test]
async fn a_change_is_delivered_signed_as_stripe_does_until_the_delivery_succeeds() {
    let (stripe, endpoint) = delivering([302, 204]).await;
    change(&stripe, "1");
    stripe.settled().await;
    let [first, second] = &endpoint.requests()[..] else {
        panic!("two attempts");
    };
    assert_eq!(
        (first.method.as_str(), first.path.as_str()),
        ("POST", "/v1/customers?a=b")
    );
    let signature = stripe_signature(SECRET, NOW, &first.body);
    assert_eq!(first.header("stripe-signature"), Some(signature.as_str()));
    assert_eq!(first.body, second.body);
    let event = body(first);
    let expected = json!({
        "object": "event", "type": "customer.updated", "created": NOW, "livemode": false,
        "data": { "object": { "metadata": { "k": "1" } } },
    });
    has(&event, &expected);
    assert_eq!(stripe.events(), std::slice::from_ref(&event));
    let attempts = stripe.deliveries();
    for (at, status) in [302, 204].into_iter().enumerate() {
        assert_eq!(attempts[at].event, id(&event));
        assert_eq!(
            (attempts[at].attempt, attempts[at].status),
            (at + 1, Some(status))
        );
        assert_eq!(attempts[at].answer, "body");
    }
}

#[tokio::test]
async fn held_events_are_delivered_on_demand_in_any_order_and_again() {
    let (stripe, endpoint) = delivering([200; 3]).await;
    stripe.hold_events();
    for value in ["1", "2"] {
        change(&stripe, value);
    }
    stripe.settled().await;
    assert!(endpoint.requests().is_empty());
    let events = stripe.events_of("customer.updated");
    for event in [1, 0, 1] {
        assert!(stripe.deliver(&events[event]).await.succeeded());
    }
    let requests = endpoint.requests();
    let told = requests
        .iter()
        .map(|request| body(request)["data"]["object"]["metadata"]["k"].clone());
    assert_eq!(told.collect::<Vec<_>>(), ["2", "1", "2"]);
}

#[tokio::test]
async fn deliveries_are_steered_over_http() {
    let (stripe, _endpoint) = delivering([503, 200, 200]).await;
    assert_eq!(control(&stripe, "PUT", "deliveries/held").await.0, 200);
    change(&stripe, "1");
    let (_, list) = control(&stripe, "GET", "events").await;
    let event = list.split(' ').next().unwrap_or_default().to_owned();
    assert!(
        list.contains(" customer.updated ") && list.ends_with(" cus_1\n"),
        "{list}"
    );
    for end in ["attempt 1: 503 body\n", "attempt 1: 200 body\n"] {
        let (_, told) = control(&stripe, "POST", &format!("events/{event}/deliver")).await;
        assert!(told.ends_with(end), "{told}");
    }
    assert_eq!(
        control(&stripe, "GET", "deliveries")
            .await
            .1
            .lines()
            .count(),
        2
    );
    control(&stripe, "DELETE", "deliveries/held").await;
    change(&stripe, "2");
    stripe.settled().await;
    assert_eq!(stripe.deliveries().len(), 3);
}
