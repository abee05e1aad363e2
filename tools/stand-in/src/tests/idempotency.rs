//! The same idempotency key again.

use std::sync::atomic::Ordering;

use super::client::{Client, post};
use super::{BODY, stand_in, stand_in_at};
use crate::Reply;

const KEY: [(&str, &str); 1] = [("Idempotency-Key", "4f1c")];

#[tokio::test]
async fn a_repeated_key_gets_the_first_answer_again_and_creates_nothing() {
    let stripe = stand_in().await;
    let first = post(&stripe, &KEY, BODY).await;
    // The order of the parameters does not matter, and neither does whether the objects are still there.
    stripe.remove_customer("cus_1");
    let swapped = "return_url=https%3A%2F%2Fapp.example.com%2Faccount&customer=cus_1";
    let second = post(&stripe, &KEY, swapped).await;
    assert_eq!(first.header("idempotency-key"), Some("4f1c"));
    assert_eq!(first.header("idempotent-replayed"), None);
    assert_eq!(second.header("idempotent-replayed"), Some("true"));
    assert_eq!(
        second.header("original-request"),
        first.header("request-id")
    );
    assert_ne!(second.header("request-id"), first.header("request-id"));
    assert_eq!(first.body, second.body);
    assert_eq!(stripe.sessions_created(), 1);
}

#[tokio::test]
async fn a_key_with_other_parameters_is_an_idempotency_error() {
    let stripe = stand_in().await;
    post(&stripe, &KEY, BODY).await;
    let answer = post(&stripe, &KEY, "customer=cus_1").await;
    assert_eq!(answer.status, 400);
    assert_eq!(answer.parsed()["error"]["type"], "idempotency_error");
    // A key of the other mode is another key.
    let live = [KEY[0], ("Authorization", "Bearer sk_live_1")];
    assert_eq!(post(&stripe, &live, "customer=cus_live").await.status, 200);
}

#[tokio::test]
async fn a_key_whose_first_request_is_under_way_is_in_use() {
    let stripe = stand_in().await;
    let gate = stripe.hold_call("POST", "/v1/billing_portal/sessions");
    let mut first = Client::connect(&stripe).await;
    first.send(&KEY, BODY).await;
    gate.arrived().await;
    let second = post(&stripe, &KEY, BODY).await;
    assert_eq!(second.status, 409);
    assert_eq!(second.parsed()["error"]["code"], "idempotency_key_in_use");
    gate.open();
    let first = first.receive().await.expect("an answer");
    assert_eq!(first.status, 200);
    let third = post(&stripe, &KEY, BODY).await;
    assert_eq!((third.status, &third.body), (200, &first.body));
    assert_eq!(third.header("idempotent-replayed"), Some("true"));
}

#[tokio::test]
async fn the_endpoints_own_failure_is_kept_and_neither_refused_parameters_nor_another_failure_is() {
    let stripe = stand_in().await;
    assert_eq!(post(&stripe, &KEY, "customer=cus_late").await.status, 400);
    stripe.add_customer("cus_late", false);
    stripe.script(
        "cus_late",
        [Reply::server_error(500), Reply::KeptServerError],
    );
    assert_eq!(post(&stripe, &KEY, "customer=cus_late").await.status, 500);
    for replayed in [None, Some("true"), Some("true")] {
        let answer = post(&stripe, &KEY, "customer=cus_late").await;
        assert_eq!(answer.status, 500);
        assert_eq!(answer.header("idempotent-replayed"), replayed);
        assert_eq!(answer.parsed()["error"]["type"], "api_error");
    }
    assert_eq!(stripe.sessions_created(), 0);
}

#[tokio::test]
async fn a_key_is_forgotten_after_a_day() {
    let (stripe, now) = stand_in_at(1_000_000).await;
    post(&stripe, &KEY, BODY).await;
    for (seconds, sessions) in [(86_399, 1), (1, 2)] {
        now.fetch_add(seconds, Ordering::Relaxed);
        post(&stripe, &KEY, BODY).await;
        assert_eq!(stripe.sessions_created(), sessions);
    }
}
