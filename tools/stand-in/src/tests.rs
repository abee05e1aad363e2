//! The stand-in as a client sees it, over plain TCP.

mod checkout;
mod client;
mod control;
mod customers;
mod endpoint;
mod events;
mod faults;
mod idempotency;
mod lists;
mod pages;
mod subscriptions;
mod validation;

use std::time::Duration;

use self::client::{Client, KEY, post};
use super::{Reply, StripeStandIn};

const BODY: &str = "customer=cus_1&return_url=https%3A%2F%2Fapp.example.com%2Faccount";

async fn stand_in() -> StripeStandIn {
    let stripe = StripeStandIn::start("127.0.0.1:0")
        .await
        .expect("a free port");
    stripe.add_customer("cus_1", false);
    stripe.add_customer("cus_live", true);
    stripe
}

#[tokio::test]
async fn a_valid_request_creates_a_session_of_the_keys_mode() {
    let stripe = stand_in().await;
    let answer = post(&stripe, &[("Stripe-Version", "2026-10-28.endive")], BODY).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("stripe-version"), Some("2026-10-28.endive"));
    assert!(
        answer
            .header("request-id")
            .is_some_and(|id| id.starts_with("req_"))
    );

    let session = answer.parsed();
    assert!(
        session["id"]
            .as_str()
            .is_some_and(|id| id.starts_with("bps_"))
    );
    assert_eq!(session["object"], "billing_portal.session");
    assert_eq!(session["customer"], "cus_1");
    assert_eq!(session["livemode"], false);
    assert_eq!(session["flow"], serde_json::Value::Null);
    assert_eq!(session["return_url"], "https://app.example.com/account");
    let url = session["url"].as_str().unwrap_or_default();
    assert!(
        url.starts_with("https://billing.stripe.com/p/session/test_"),
        "{url}"
    );
    assert_eq!(stripe.sessions_created(), 1);
}

#[tokio::test]
async fn requests_are_recorded_in_order_with_their_headers_pairs_and_connections() {
    let stripe = stand_in().await;
    let mut client = Client::connect(&stripe).await;
    for body in ["customer=cus_1&locale=de", "customer=cus_none"] {
        client
            .send(&[("X-First", "1"), ("X-Second", "2")], body)
            .await;
        client.receive().await.expect("an answer");
    }
    post(&stripe, &[], BODY).await;

    let requests = stripe.requests();
    let connections: Vec<_> = requests.iter().map(|request| request.connection).collect();
    assert_eq!(connections, [1, 1, 2]);
    // The client writes head and body at once, on a new connection and on a used one.
    assert!(requests.iter().all(|request| request.reads == 1));
    assert_eq!(requests[0].method, "POST");
    assert_eq!(requests[0].path, "/v1/billing_portal/sessions");
    assert_eq!(requests[0].body, b"customer=cus_1&locale=de");
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(
        requests[0].form(),
        [pair("customer", "cus_1"), pair("locale", "de")]
    );
    assert_eq!(
        requests[1].parameter("customer").as_deref(),
        Some("cus_none")
    );
    let names: Vec<_> = requests[0]
        .headers
        .iter()
        .map(|(name, _)| name.as_str())
        .collect();
    let at = |name| names.iter().position(|candidate| *candidate == name);
    assert!(at("X-First") < at("X-Second"), "{names:?}");
    assert!(requests[0].received_at <= requests[1].received_at);

    stripe.clear();
    assert!(stripe.requests().is_empty());
}

#[tokio::test]
async fn a_chunked_body_is_read_like_any_other() {
    let stripe = stand_in().await;
    let mut client = Client::connect(&stripe).await;
    let head = format!(
        "POST /v1/billing_portal/sessions HTTP/1.1\r\nHost: stripe\r\nAuthorization: Bearer {KEY}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n\r\n"
    );
    client
        .write(format!("{head}9\r\ncustomer=\r\n5;x=y\r\ncus_1\r\n0\r\n\r\n").as_bytes())
        .await;
    assert_eq!(client.receive().await.expect("an answer").status, 200);
    assert_eq!(stripe.requests()[0].body, b"customer=cus_1");
}

#[tokio::test]
async fn a_page_keeps_out_of_frames_and_caches_and_escapes_what_it_shows() {
    let stripe = StripeStandIn::builder().portal_here().start("127.0.0.1:0");
    let stripe = stripe.await.expect("a free port");
    stripe.add_customer("cus_<b>", false);
    let body = "customer=cus_%3Cb%3E&return_url=https://app.example.com/?a=1%26b=2";
    let session = post(&stripe, &[], body).await.parsed();
    let url = session["url"].as_str().unwrap_or_default();
    let path = url.strip_prefix(&stripe.origin()).unwrap_or_default();
    let mut client = Client::connect(&stripe).await;
    client
        .write(format!("GET {path} HTTP/1.1\r\nHost: stripe\r\n\r\n").as_bytes())
        .await;
    let page = client.receive().await.expect("a page");
    assert_eq!(page.header("x-frame-options"), Some("DENY"));
    assert_eq!(page.header("cache-control"), Some("no-store"));
    assert_eq!(
        page.header("content-type"),
        Some("text/html; charset=utf-8")
    );
    let html = String::from_utf8_lossy(&page.body);
    assert!(
        html.contains("cus_&lt;b&gt;") && !html.contains("<b>"),
        "{html}"
    );
    assert!(
        html.contains("href=\"https://app.example.com/?a=1&amp;b=2\""),
        "{html}"
    );
}

#[tokio::test]
async fn an_unknown_path_is_not_found_in_stripes_words() {
    let stripe = stand_in().await;
    let mut client = Client::connect(&stripe).await;
    client
        .write(b"GET /v1/quotes HTTP/1.1\r\nHost: stripe\r\n\r\n")
        .await;
    let answer = client.receive().await.expect("an answer");
    assert_eq!(answer.status, 404);
    let json = answer.parsed();
    let message = json["error"]["message"].as_str().unwrap_or_default();
    assert!(
        message.starts_with("Unrecognized request URL (GET: /v1/quotes)."),
        "{message}"
    );
}

#[tokio::test]
async fn shutdown_frees_the_port_and_cuts_connections() {
    let stripe = stand_in().await;
    let addr = stripe.addr();
    let mut idle = Client::connect(&stripe).await;
    stripe.script("cus_1", [Reply::StallBeforeHeaders]);
    let mut stalled = Client::connect(&stripe).await;
    stalled.send(&[], BODY).await;
    tokio::time::timeout(Duration::from_secs(5), stripe.shutdown())
        .await
        .expect("a shutdown without a wait");
    assert!(idle.receive().await.is_err());
    assert!(stalled.receive().await.is_err());
    assert!(tokio::net::TcpStream::connect(addr).await.is_err());
}

#[tokio::test]
async fn dropping_the_handle_closes_the_port() {
    let stripe = stand_in().await;
    let addr = stripe.addr();
    drop(stripe);
    for _ in 0..100 {
        if tokio::net::TcpStream::connect(addr).await.is_err() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the port is still open");
}
