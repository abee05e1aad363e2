//! Each scripted reply does what it says, down to how the connection ends.

use std::io::ErrorKind;
use std::time::{Duration, Instant};

use super::client::{Answer, Client, post};
use super::{BODY, stand_in};
use crate::{Reply, StripeStandIn};

const KEY: [(&str, &str); 1] = [("Idempotency-Key", "4f1c")];

async fn scripted(reply: Reply) -> (StripeStandIn, Client) {
    let stripe = stand_in().await;
    stripe.script("cus_1", [reply]);
    let mut client = Client::connect(&stripe).await;
    client.send(&KEY, BODY).await;
    (stripe, client)
}

async fn answer_to(reply: Reply) -> Answer {
    let (_stripe, mut client) = scripted(reply).await;
    client.receive().await.expect("an answer")
}

async fn nothing_arrives_for_a_while(client: &mut Client) {
    let waited = tokio::time::timeout(Duration::from_millis(150), client.receive()).await;
    assert!(waited.is_err(), "{waited:?}");
}

#[tokio::test]
async fn a_script_is_followed_one_reply_an_attempt_and_then_all_is_normal() {
    let stripe = stand_in().await;
    stripe.script("cus_1", [Reply::server_error(500), Reply::Conflict409]);
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(post(&stripe, &KEY, BODY).await.status);
    }
    assert_eq!(statuses, [500, 409, 200, 200]);
    assert_eq!(stripe.sessions_created(), 1);
}

#[tokio::test]
async fn a_standing_reply_lasts_until_it_is_cleared_and_concerns_one_customer() {
    let stripe = stand_in().await;
    stripe.add_customer("cus_2", false);
    stripe.script_always("cus_1", Reply::server_error(503));
    assert_eq!(post(&stripe, &[], BODY).await.status, 503);
    assert_eq!(post(&stripe, &[], BODY).await.status, 503);
    assert_eq!(post(&stripe, &[], "customer=cus_2").await.status, 200);
    stripe.clear();
    assert_eq!(post(&stripe, &[], BODY).await.status, 200);
}

#[tokio::test]
async fn a_reset_before_the_headers_arrives_as_a_reset_and_its_session_exists() {
    let (stripe, mut client) = scripted(Reply::ResetBeforeHeaders).await;
    let error = client.receive().await.expect_err("a reset");
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    assert!(client.received.is_empty());

    let retry = post(&stripe, &KEY, BODY).await;
    assert_eq!(retry.header("idempotent-replayed"), Some("true"));
    assert_eq!(stripe.sessions_created(), 1);
}

#[tokio::test]
async fn a_reset_during_the_body_comes_after_the_head_and_half_of_the_body() {
    let (_stripe, mut client) = scripted(Reply::ResetDuringBody).await;
    let error = client.receive().await.expect_err("a reset");
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    assert!(
        client.received.starts_with(b"{"),
        "the head is taken and half a body is left"
    );
}

#[tokio::test]
async fn a_truncated_body_ends_in_an_orderly_close() {
    let (_stripe, mut client) = scripted(Reply::TruncatedBody).await;
    let error = client.receive().await.expect_err("an early end");
    assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
    assert!(
        client.received.starts_with(b"{"),
        "the head is taken and half a body is left"
    );
}

#[tokio::test]
async fn a_stall_before_the_headers_sends_no_byte() {
    let (_stripe, mut client) = scripted(Reply::StallBeforeHeaders).await;
    nothing_arrives_for_a_while(&mut client).await;
    assert!(client.received.is_empty());
}

#[tokio::test]
async fn a_stall_after_the_headers_sends_the_head_alone() {
    let (_stripe, mut client) = scripted(Reply::StallAfterHeaders).await;
    nothing_arrives_for_a_while(&mut client).await;
    assert!(
        client.received.is_empty(),
        "the head is taken and nothing is left"
    );
}

#[tokio::test]
async fn a_trickle_sends_the_body_at_its_rate() {
    let started = Instant::now();
    let answer = answer_to(Reply::Trickle {
        bytes_per_second: 2000,
    })
    .await;
    // The first byte comes at once.
    let pauses = u32::try_from(answer.body.len() - 1).expect("a small body");
    let expected = Duration::from_micros(500) * pauses;
    assert!(
        started.elapsed() >= expected,
        "{:?} for {expected:?}",
        started.elapsed()
    );
    assert_eq!(answer.json()["customer"], "cus_1");
}

#[tokio::test]
async fn a_delay_passes_before_the_normal_answer() {
    let started = Instant::now();
    let answer = answer_to(Reply::Delay(Duration::from_millis(120))).await;
    assert!(started.elapsed() >= Duration::from_millis(120));
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn a_huge_body_has_its_length_and_does_not_announce_it() {
    let answer = answer_to(Reply::HugeBody { bytes: 200_000 }).await;
    assert_eq!(answer.header("content-length"), None);
    assert_eq!(answer.body.len(), 200_000);
    assert_eq!(answer.json()["customer"], "cus_1");
}

#[tokio::test]
async fn a_body_that_is_not_json_arrives_whole() {
    let answer = answer_to(Reply::InvalidJson).await;
    assert_eq!(answer.status, 200);
    assert!(serde_json::from_slice::<serde_json::Value>(&answer.body).is_err());
}

#[tokio::test]
async fn a_redirect_names_its_location() {
    let location = "https://example.com/elsewhere".to_owned();
    let answer = answer_to(Reply::Redirect302 { location }).await;
    assert_eq!(answer.status, 302);
    assert_eq!(
        answer.header("location"),
        Some("https://example.com/elsewhere")
    );
}

#[tokio::test]
async fn a_session_url_can_be_any_text() {
    let answer = answer_to(Reply::SessionUrl("javascript:alert(1)".to_owned())).await;
    assert_eq!(answer.json()["url"], "javascript:alert(1)");
}

#[tokio::test]
async fn the_two_429s_differ_in_their_code() {
    for (reply, code) in [
        (Reply::RateLimited429, "rate_limit"),
        (Reply::LockTimeout429, "lock_timeout"),
    ] {
        let answer = answer_to(reply).await;
        assert_eq!(answer.status, 429);
        assert_eq!(answer.json()["error"]["code"], code);
    }
}

#[tokio::test]
async fn a_server_error_says_whether_to_retry_only_when_told() {
    for (should_retry, header) in [
        (None, None),
        (Some(true), Some("true")),
        (Some(false), Some("false")),
    ] {
        let answer = answer_to(Reply::ServerError {
            status: 502,
            should_retry,
        })
        .await;
        assert_eq!(answer.status, 502);
        assert_eq!(answer.header("stripe-should-retry"), header);
        assert_eq!(answer.json()["error"]["type"], "api_error");
    }
}

#[tokio::test]
async fn any_answer_can_be_scripted() {
    let answer = answer_to(Reply::Error {
        status: 418,
        headers: vec![("Content-Type".to_owned(), "text/plain".to_owned())],
        body: b"teapot".to_vec(),
    })
    .await;
    assert_eq!(
        (answer.status, answer.body.as_slice()),
        (418, b"teapot".as_slice())
    );
    assert_eq!(answer.header("content-type"), Some("text/plain"));

    let message = "The provided key 'rk_test_*1234' does not have the required permissions.";
    let answer = answer_to(Reply::stripe_error(
        403,
        "invalid_request_error",
        None,
        None,
        message,
    ))
    .await;
    assert_eq!(answer.status, 403);
    assert_eq!(answer.json()["error"]["message"], message);
}

#[tokio::test]
async fn a_connection_lives_on_after_an_answer_that_was_sent_whole() {
    let (stripe, mut client) = scripted(Reply::server_error(500)).await;
    assert_eq!(client.receive().await.expect("an answer").status, 500);
    client.send(&KEY, BODY).await;
    assert_eq!(client.receive().await.expect("an answer").status, 200);
    assert!(
        stripe
            .requests()
            .iter()
            .all(|request| request.connection == 1)
    );
}
