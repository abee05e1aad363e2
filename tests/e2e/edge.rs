//! The build for Akamai Functions: it counts on a Redis server, or else in the instance.

use portico_e2e::wasm;
use serde_json::json;

use crate::harness::{Portico, Setup, USER};
use crate::limits::fields;
use crate::redis::Server;

fn on_the_edge() -> Setup {
    Portico::setup().build(wasm("portico-edge"))
}

#[tokio::test]
async fn without_redis_the_instance_holds_its_limit_and_the_store_is_read_alone() {
    let portico = on_the_edge()
        .variable("rate_limits", "paid=2/3600")
        .start()
        .await;
    portico.begin_window(3_600);
    let before = portico.host.key_value().counts();
    let mut fewest_reads = u64::MAX;
    // One after the other, so that one instance serves them all.
    for remaining in ["1", "0"] {
        let read = portico.host.key_value().counts().gets;
        let answer = portico.portal_as_user().send().await;
        answer.is_session();
        fewest_reads = fewest_reads.min(portico.host.key_value().counts().gets - read);
        assert!(
            fields(&answer)
                .1
                .starts_with(&format!("\"paid\";r={remaining};"))
        );
        // This is how it is meant to be, so there is nothing to tell.
        let entry = portico.log_entry(answer.request_id()).await;
        assert_eq!(
            (&entry["level"], &entry["reason"]),
            (&json!("info"), &json!(null))
        );
    }
    portico.portal_as_user().fails(429, "rate_limited").await;
    let counts = portico.host.key_value().counts() - before;
    assert_eq!((counts.sets, counts.deletes, counts.increments), (0, 0, 0));
    // A request that the machine has held up looks at the customer once more.
    assert_eq!(fewest_reads, 2);
}

#[tokio::test]
async fn without_redis_no_call_costs_anything_and_the_log_names_the_variable() {
    let portico = on_the_edge().variable("request_cost", "1").start().await;
    let answer = portico.portal_as_user().send().await;
    answer.is_error(500, "misconfigured");
    let entry = portico.log_entry(answer.request_id()).await;
    let reason = entry["reason"].as_str().unwrap();
    assert!(
        reason.starts_with("request_cost above 0 needs counters"),
        "{reason}"
    );
    assert!(portico.stripe.requests().is_empty());
}

#[tokio::test]
async fn with_redis_calls_cost_what_they_cost_elsewhere() {
    let Some(redis) = Server::start().await else {
        return;
    };
    let portico = on_the_edge()
        .variable("request_cost", "10")
        .variable("counter_redis", redis.url())
        .start()
        .await;
    portico
        .set_balance(USER, &json!({"current_balance": 15}))
        .await;
    portico.portal_as_user().opens_session().await;
    portico
        .portal_as_user()
        .fails(402, "insufficient_balance")
        .await;
    let account = portico.account(USER).send().await.json();
    assert_eq!(account["current_balance"], 5);
}
