//! Each scripted reply does what it says, down to how the connection ends.

use std::io::ErrorKind;
use std::time::{Duration, Instant};

use super::client::{Client, post};
use super::{BODY, stand_in};
use crate::faults::FAULTS;
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
    let took = started.elapsed();
    assert!(took >= expected, "{took:?} for {expected:?}");
    assert_eq!(answer.parsed()["customer"], "cus_1");
}

#[tokio::test]
async fn a_huge_body_has_its_length_and_does_not_announce_it() {
    let answer = answer_to(Reply::HugeBody { bytes: 200_000 }).await;
    assert_eq!(answer.header("content-length"), None);
    assert_eq!(answer.body.len(), 200_000);
    assert_eq!(answer.parsed()["customer"], "cus_1");
}

/// Faults by name, with the status and a part of what they answer.
const NAMED: &str = "\
rate-limited 429 \"code\": \"rate_limit\"
lock-timeout 429 \"code\": \"lock_timeout\"
conflict 409 \"code\": \"idempotency_key_in_use\"
server-error 500 \"type\": \"api_error\"
server-error-retry 500 (\"Stripe-Should-Retry\", \"true\")
server-error-no-retry 500 (\"Stripe-Should-Retry\", \"false\")
server-error-kept 500 \"type\": \"api_error\"
unavailable 503 \"type\": \"api_error\"
unauthorized-key 401 Invalid API Key provided: sk_test_
permission 403 does not have the required permissions
no-such-customer 400 \"param\": \"customer\"
no-portal-configuration 400 No configuration provided
no-such-configuration 400 \"param\": \"configuration\"
flow-refused 400 \"param\": \"flow_data[subscription_cancel][subscription]\"
locale-refused 400 \"param\": \"locale\"
redirect 302 (\"Location\", \"https://elsewhere.example/
invalid-json 200 \"billing_portal.session\", ]
session-url-elsewhere 200 \"url\": \"https://elsewhere.example/
session-url-http 200 \"url\": \"http://billing.stripe.com/
session-url-javascript 200 \"url\": \"javascript:";

#[tokio::test]
async fn a_fault_answers_as_its_name_says() {
    for line in NAMED.lines() {
        let [name, status, part] = line.splitn(3, ' ').collect::<Vec<_>>()[..] else {
            panic!("{line}")
        };
        let fault = FAULTS.iter().find(|fault| fault.name == name);
        let answer = answer_to((fault.expect(name).reply)()).await;
        assert_eq!(answer.status.to_string(), status, "{line}");
        let told = format!("{:?}{}", answer.headers, answer.text());
        assert!(told.contains(part), "{line}: {told}");
    }
}

#[tokio::test]
async fn a_connection_lives_on_after_an_answer_that_was_sent_whole() {
    let (stripe, mut client) = scripted(Reply::server_error(500)).await;
    assert_eq!(client.receive().await.expect("an answer").status, 500);
    client.send(&KEY, BODY).await;
    assert_eq!(client.receive().await.expect("an answer").status, 200);
    let requests = stripe.requests();
    assert!(requests.iter().all(|request| request.connection == 1));
}
