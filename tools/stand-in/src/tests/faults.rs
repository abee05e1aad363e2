//! Each scripted reply does what it says, down to how the connection ends.

use std::io::ErrorKind;
use std::time::{Duration, Instant};

use super::client::{Client, post};
use super::{BODY, stand_in};
use crate::wire::Answer;
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

#[tokio::test]
async fn an_answer_that_is_lost_has_made_its_session_and_ends_as_it_was_scripted() {
    let (reset, silence) = (Some(ErrorKind::ConnectionReset), Some(ErrorKind::TimedOut));
    for (reply, arrives, end) in [
        (Reply::ResetBeforeHeaders, "", reset),
        (Reply::ResetDuringBody, "half", reset),
        (Reply::TruncatedBody, "half", None),
        (Reply::StallBeforeHeaders, "", silence),
        (Reply::StallAfterHeaders, "head", silence),
    ] {
        let name = format!("{reply:?}");
        let (stripe, mut client) = scripted(reply).await;
        let (received, ended) = client.receive_all().await;
        assert_eq!(ended, end, "{name}: {received}");
        let body = received.split_once("\r\n\r\n").map(|(_, body)| body);
        match arrives {
            "half" => assert!(
                body.is_some_and(|body| body.starts_with('{')),
                "{name}: {received}"
            ),
            "head" => assert_eq!(body, Some(""), "{name}"),
            _ => assert_eq!(received, "", "{name}"),
        }
        let retry = post(&stripe, &KEY, BODY).await;
        assert_eq!(retry.header("idempotent-replayed"), Some("true"), "{name}");
        assert_eq!(stripe.sessions_created(), 1, "{name}");
    }
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
    assert_eq!(answer.parsed()["customer"], "cus_1");
}

#[tokio::test]
async fn a_huge_body_has_its_length_and_does_not_announce_it() {
    let answer = answer_to(Reply::HugeBody { bytes: 200_000 }).await;
    assert_eq!(answer.header("content-length"), None);
    assert_eq!(answer.body.len(), 200_000);
    assert_eq!(answer.parsed()["customer"], "cus_1");
}

#[tokio::test]
async fn an_answer_in_stripes_place_is_the_one_that_was_scripted() {
    let error = |status, should_retry| Reply::ServerError {
        status,
        should_retry,
    };
    let location = "https://example.com/elsewhere".to_owned();
    let teapot = Reply::Error {
        status: 418,
        headers: vec![("Content-Type".to_owned(), "text/plain".to_owned())],
        body: b"teapot".to_vec(),
    };
    let refusal = Reply::stripe_error(403, "invalid_request_error", None, None, "no permission");
    for (reply, status, headers, body) in [
        (Reply::InvalidJson, 200, "application/json", ", ]"),
        (
            Reply::Redirect302 { location },
            302,
            "https://example.com/elsewhere",
            "",
        ),
        (
            Reply::SessionUrl("x:y".to_owned()),
            200,
            "",
            "\"url\": \"x:y\"",
        ),
        (Reply::RateLimited429, 429, "", "\"rate_limit\""),
        (Reply::LockTimeout429, 429, "", "\"lock_timeout\""),
        (Reply::Conflict409, 409, "", "\"idempotency_key_in_use\""),
        (error(502, None), 502, "", "\"api_error\""),
        (error(500, Some(true)), 500, "true", "\"api_error\""),
        (error(500, Some(false)), 500, "false", "\"api_error\""),
        (teapot, 418, "text/plain", "teapot"),
        (refusal, 403, "", "\"no permission\""),
    ] {
        let name = format!("{reply:?}");
        let answer = answer_to(reply).await;
        assert_eq!(answer.status, status, "{name}");
        let all = ["content-type", "location", "stripe-should-retry"];
        let all = all.map(|header| answer.header(header).unwrap_or_default());
        assert!(
            headers.is_empty() || all.contains(&headers),
            "{name}: {all:?}"
        );
        let text = String::from_utf8_lossy(&answer.body);
        assert!(text.contains(body), "{name}: {text}");
    }
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
