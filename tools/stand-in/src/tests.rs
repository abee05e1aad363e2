//! The stand-in as a client sees it, over plain TCP, and as a test that has its handle.

mod checkout;
mod client;
mod control;
mod events;
mod faults;
mod idempotency;
mod objects;
mod pages;
mod refusals;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, UNIX_EPOCH};

use serde_json::{Value, json};

use self::client::{Client, has, post};
use super::{Builder, Reply, StripeStandIn};

const BODY: &str = "customer=cus_1&return_url=https%3A%2F%2Fapp.example.com%2Faccount";

/// Starts a stand-in with a customer of each mode, and the plan `price_pro`.
async fn start(builder: Builder) -> StripeStandIn {
    let stripe = builder.start("127.0.0.1:0").await.expect("a free port");
    stripe.add_customer("cus_1", false);
    stripe.add_customer("cus_live", true);
    stripe.add_plan("prod_pro", "Pro <b>", "price_pro", "pro_monthly", 1000);
    stripe
}

async fn stand_in() -> StripeStandIn {
    start(StripeStandIn::builder()).await
}

/// Starts a stand-in whose clock a test sets, in seconds since the Unix epoch.
async fn stand_in_at(now: u64) -> (StripeStandIn, Arc<AtomicU64>) {
    let now = Arc::new(AtomicU64::new(now));
    let clock = Arc::clone(&now);
    let time = move || UNIX_EPOCH + Duration::from_secs(clock.load(Ordering::Relaxed));
    (start(StripeStandIn::builder().clock(time)).await, now)
}

fn types(stripe: &StripeStandIn) -> Vec<Value> {
    let events = stripe.events().into_iter();
    events.map(|event| event["type"].clone()).collect()
}

#[tokio::test]
async fn a_valid_request_creates_a_session_with_its_parameters_in_the_keys_mode() {
    let stripe = stand_in().await;
    let confirm = "flow_data[subscription_update_confirm]";
    let body = format!(
        "{BODY}&locale=pt-BR&on_behalf_of=acct_1&flow_data[type]=subscription_update_confirm\
         &{confirm}[subscription]=sub_1&{confirm}[items][0][id]=si_1&{confirm}[items][0][price]=price_1\
         &{confirm}[items][0][quantity]=2&{confirm}[discounts][0][coupon]=SUMMER\
         &flow_data[after_completion][type]=redirect\
         &flow_data[after_completion][redirect][return_url]=https%3A%2F%2Fapp.example.com%2Fdone\
         &after_expiration[type]=customer_login&after_expiration[customer_login][expires_at]=1893456000"
    );
    let answer = post(&stripe, &[("Stripe-Version", "2026-10-28.endive")], &body).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("stripe-version"), Some("2026-10-28.endive"));
    let session = answer.parsed();
    let expected = json!({
        "object": "billing_portal.session", "customer": "cus_1", "livemode": false, "locale": "pt-BR",
        "on_behalf_of": "acct_1", "return_url": "https://app.example.com/account",
        "after_expiration": { "customer_login": { "expires_at": 1_893_456_000 } },
        "flow": {
            "after_completion": { "redirect": { "return_url": "https://app.example.com/done" } },
            "subscription_cancel": null,
            "subscription_update_confirm": {
                "discounts": [{ "coupon": "SUMMER", "promotion_code": null }],
                "items": [{ "id": "si_1", "price": "price_1", "quantity": 2 }],
            },
            "type": "subscription_update_confirm",
        },
    });
    has(&session, &expected);
    let url = session["url"].as_str().unwrap_or_default();
    assert!(
        url.starts_with("https://billing.stripe.com/p/session/test_"),
        "{url}"
    );
    assert_eq!(stripe.sessions_created(), 1);
}

#[tokio::test]
async fn requests_are_recorded_in_order_with_their_headers_pairs_connections_and_reads() {
    let stripe = stand_in().await;
    let mut client = Client::connect(&stripe).await;
    let head = "POST /v1/billing_portal/sessions HTTP/1.1\r\nHost: stripe\r\nX-First: 1\r\nX-Second: 2\r\n";
    let whole = format!("{head}Content-Length: 15\r\n\r\ncustomer=cus_1&");
    let chunked = format!(
        "{head}Transfer-Encoding: chunked\r\n\r\n9\r\ncustomer=\r\n5;x=y\r\ncus_1\r\n0\r\n\r\n"
    );
    for request in [&whole, &chunked] {
        client.write(request.as_bytes()).await;
        client.receive().await.expect("an answer");
    }
    let mut other = Client::connect(&stripe).await;
    let (head, body) = whole.split_at(whole.len() - 15);
    other.write(head.as_bytes()).await;
    // The head is read before the body is sent.
    tokio::time::sleep(Duration::from_millis(50)).await;
    other.write(body.as_bytes()).await;
    other.receive().await.expect("an answer");

    let requests = stripe.requests();
    let came = requests.iter().map(|came| (came.connection, came.reads));
    assert_eq!(came.collect::<Vec<_>>(), [(1, 1), (1, 1), (2, 2)]);
    for request in &requests {
        assert_eq!(request.method, "POST");
        assert_eq!(request.path, "/v1/billing_portal/sessions");
        assert_eq!(request.parameter("customer").as_deref(), Some("cus_1"));
        let headers: Vec<_> = request.headers.iter().map(|(name, _)| name).collect();
        assert_eq!(headers[1..3], ["X-First", "X-Second"]);
    }
    assert_eq!(requests[1].body, b"customer=cus_1");
    assert!(requests[0].received_at <= requests[1].received_at);
    stripe.clear();
    assert!(stripe.requests().is_empty());
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
