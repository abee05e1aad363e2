//! Requests to the webhook that are refused, or taken without an effect.

use http::Method;
use portico_stand_in::stripe_signature;
use serde_json::json;

use super::{BUYER, event_of, keys, last_outcome, new_customer, start};
use crate::harness::{Portico, WEBHOOK, WEBHOOK_SECRET};

#[tokio::test]
async fn an_event_that_does_not_concern_portico_is_taken_and_changes_nothing() {
    let portico = start().await;
    let before = keys(&portico).await;
    for (event, outcome) in [
        (
            event_of("customer.updated", &json!({"livemode": true})),
            "ignored_mode",
        ),
        (
            event_of("customer.updated", &json!({"account": "acct_1"})),
            "ignored_account",
        ),
        (
            event_of("customer.updated", &json!({"context": "acct_1"})),
            "ignored_account",
        ),
        (event_of("invoice.paid", &json!({})), "ignored_type"),
        (
            event_of("checkout.session.expired", &json!({})),
            "ignored_type",
        ),
        (
            event_of(
                "entitlements.active_entitlement_summary.updated",
                &json!({}),
            ),
            "ignored_type",
        ),
        (r#"{"object":"event"}"#.to_owned(), "ignored_type"),
        (
            event_of(
                "customer.subscription.updated",
                &json!({"data": {"object": {"id": "sub_1", "customer": null, "customer_account": "acct_1"}}}),
            ),
            "unlinked",
        ),
        (event_of("customer.updated", &json!({})), "unlinked"),
    ] {
        let answer = portico.event(event).send().await;
        assert_eq!(
            (answer.status.as_u16(), answer.json()),
            (200, json!({"received": true, "outcome": outcome}))
        );
        assert_eq!(last_outcome(&portico), outcome);
    }
    let entry = portico.log_entries().pop().unwrap();
    assert_eq!(entry["event"], "evt_1");
    assert_eq!(entry["event_type"], "customer.updated");
    assert_eq!(keys(&portico).await, before);
}

#[tokio::test]
async fn an_event_that_is_not_signed_now_by_stripe_is_refused_and_changes_nothing() {
    let portico = start().await;
    let customer = new_customer(&portico.stripe, BUYER);
    let event = event_of(
        "customer.updated",
        &json!({"data": {"object": {"id": customer}}}),
    );
    let before = keys(&portico).await;
    let now = portico.now();
    let good = stripe_signature(WEBHOOK_SECRET, now, event.as_bytes());
    for signature in [
        None,
        Some(String::new()),
        Some(stripe_signature("whsec_other", now, event.as_bytes())),
        Some(stripe_signature(
            WEBHOOK_SECRET,
            now - 301,
            event.as_bytes(),
        )),
        Some(stripe_signature(
            WEBHOOK_SECRET,
            now + 302,
            event.as_bytes(),
        )),
        Some(good.replace("v1=", "v0=")),
        Some(format!("t=1,{good}")),
    ] {
        let mut call = portico.request(Method::POST, WEBHOOK);
        if let Some(signature) = &signature {
            call = call.header("stripe-signature", signature);
        }
        call.body("application/json", event.clone())
            .fails(400, "invalid_signature")
            .await;
    }
    let twice = portico
        .request(Method::POST, WEBHOOK)
        .header("stripe-signature", &good)
        .header("stripe-signature", &good)
        .body("application/json", event.clone());
    twice.fails(400, "invalid_signature").await;
    let another = portico
        .request(Method::POST, WEBHOOK)
        .header("stripe-signature", &good);
    another
        .body("application/json", format!("{event}\n"))
        .fails(400, "invalid_signature")
        .await;
    assert_eq!(keys(&portico).await, before);
    assert!(
        portico.stripe.requests().is_empty(),
        "Stripe was asked nothing"
    );
    portico.event(event).send().await;
    assert_eq!(last_outcome(&portico), "synced");
}

#[tokio::test]
async fn a_signed_body_that_is_no_event_is_refused() {
    let portico = start().await;
    for body in [
        "",
        "[]",
        "{}",
        r#"{"object":"customer"}"#,
        "\u{feff}{\"object\":\"event\"}",
    ] {
        portico.event(body).fails(400, "invalid_request").await;
    }
}

#[tokio::test]
async fn an_event_that_names_nobody_is_nobodys() {
    let portico = start().await;
    for object in [json!({}), json!({"id": "../sub_1"}), json!(null)] {
        let event = event_of("customer.updated", &json!({"data": {"object": object}}));
        assert_eq!(portico.event(event).send().await.status, 200);
        assert_eq!(last_outcome(&portico), "unlinked");
    }
}

#[tokio::test]
async fn an_event_may_be_as_long_as_the_limit_and_no_longer() {
    let portico = Portico::setup()
        .with_webhook()
        .variable("max_webhook_bytes", "200")
        .start()
        .await;
    let event = |length: usize| {
        let event = r#"{"object":"event","padding":""}"#;
        event.replace(
            r#""}"#,
            &format!("{}\"}}", "x".repeat(length - event.len())),
        )
    };
    assert_eq!(portico.event(event(200)).send().await.status, 200);
    portico
        .event(event(201))
        .fails(400, "invalid_request")
        .await;
}

#[tokio::test]
async fn without_a_secret_there_is_no_webhook() {
    let portico = Portico::start().await;
    for method in [Method::POST, Method::GET, Method::OPTIONS] {
        portico
            .request(method, WEBHOOK)
            .fails(404, "not_found")
            .await;
    }
    portico
        .event(r#"{"object":"event"}"#)
        .fails(404, "not_found")
        .await;
}

#[tokio::test]
async fn the_webhook_takes_post_alone_and_answers_no_preflight() {
    let portico = start().await;
    for method in [Method::GET, Method::OPTIONS, Method::PUT] {
        let answer = portico
            .request(method, WEBHOOK)
            .header("origin", "https://app.example.com");
        let answer = answer.fails(405, "method_not_allowed").await;
        assert_eq!(answer.header("allow"), Some("POST"));
        assert_eq!(answer.header("access-control-allow-origin"), None);
        assert_eq!(answer.header("vary"), None);
    }
}
