//! A real Redis as the store that hosts share, and what becomes of requests when it fails.
//!
//! The promises that hold on every store are in `any_store.rs`.

use std::time::{Duration, Instant};

use futures::future::join_all;
use http::Method;
use serde_json::json;

use crate::harness::{Answer, CUSTOMER, Portico, USER};
use crate::limits::{fields, limited};

mod server;

pub(crate) use server::Server;

/// No request of a test takes longer than this, even if each of its operations on the store takes all its time.
const NOT_LONG: Duration = Duration::from_secs(10);

fn paid() -> String {
    json!({"stripe_customer_id": CUSTOMER, "plan": "paid"}).to_string()
}

/// Asserts that the instance's own count has let a request pass, which then found no customer.
async fn passed_the_limiter_only(portico: &Portico, answer: &Answer) {
    answer.is_error(500, "store_unavailable");
    // The plan is unknown, so it is the first one's limit.
    assert_eq!(fields(answer).0, "\"paid\";q=100;w=3600");
    let entry = portico.log_entry(answer.request_id()).await;
    let reason = entry["reason"].as_str().unwrap();
    assert!(
        reason.starts_with("customer lookup failed: the store ")
            && reason.contains("; rate limit counted in the instance: the store "),
        "{entry}"
    );
}

/// Uses the limit up. Counts that an instance made alone are not among those that instances share.
async fn use_up_the_limit(portico: &Portico) {
    for _ in 0..300 {
        let answer = portico.portal_as_user().send().await;
        if answer.status == 429 {
            answer.is_error(429, "rate_limited");
            return;
        }
    }
    panic!("300 requests do not use up a limit of 100");
}

#[tokio::test]
async fn values_are_kept_as_they_are_and_counters_as_decimals() {
    let Some(redis) = Server::start().await else {
        return;
    };
    let [one, two] = [redis.store(), redis.store()];
    let bytes = [0, 255, b'\r', b'\n'];
    one.set("a b", bytes).await.unwrap();
    assert_eq!(two.get("a b").await, Ok(Some(bytes.to_vec())));
    assert_eq!(two.keys().await, Ok(vec!["a b".to_owned()]));
    one.delete("a b").await.unwrap();
    one.delete("a b").await.unwrap();
    assert_eq!(two.get("a b").await, Ok(None));

    assert_eq!(one.increment("n", 12).await, Ok(12));
    assert_eq!(two.increment("n", -5).await, Ok(7));
    assert_eq!(redis.command("GET n").await, "$1\r\n7\r\n+OK\r\n");
    one.increment("n", i64::MAX - 7).await.unwrap();
    assert!(one.increment("n", 1).await.is_err());
    assert_eq!(one.increment("n", 0).await, Ok(i64::MAX));
    one.set("text", "x").await.unwrap();
    assert!(one.increment("text", 1).await.is_err());
    assert_eq!(one.get("text").await, Ok(Some(b"x".to_vec())));
}

#[tokio::test]
async fn concurrent_increments_are_all_counted_and_each_sum_is_seen_once() {
    let Some(redis) = Server::start().await else {
        return;
    };
    let stores = [redis.patient_store(), redis.patient_store()];
    let increments = stores.iter().cycle().take(1_000);
    let increments = increments.map(|store| store.increment("n", 1));
    let mut sums: Vec<_> = join_all(increments)
        .await
        .into_iter()
        .map(Result::unwrap)
        .collect();
    sums.sort_unstable();
    assert_eq!(sums, (1..=1_000).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_redis_that_is_gone_refuses_no_request_for_its_limit_and_back_again_serves_the_next_one()
{
    let Some(mut redis) = Server::start().await else {
        return;
    };
    let portico = limited("paid=100/3600").on(&redis.store()).start().await;
    portico.portal_as_user().send().await.is_session();
    redis.kill();
    let started = Instant::now();
    for answer in join_all((0..8).map(|_| portico.portal_as_user().send())).await {
        passed_the_limiter_only(&portico, &answer).await;
    }
    assert!(started.elapsed() < NOT_LONG);
    let health = portico.request(Method::GET, "/healthz").send().await;
    assert_eq!(health.status, 200);
    redis.restart().await;
    // It has kept nothing.
    let absent = portico.portal_as_user().send().await;
    absent.is_error(400, "no_stripe_customer");
    use_up_the_limit(&portico).await;
}

#[tokio::test]
async fn users_are_served_again_once_redis_is_back() {
    let Some(mut redis) = Server::start().await else {
        return;
    };
    // Two hosts: one that notices the outage, and one that sleeps through it.
    let stores = [redis.store(), redis.store()];
    let hosts = [
        limited("paid=5/3600").on(&stores[0]).start().await,
        limited("paid=5/3600").on(&stores[1]).start().await,
    ];
    for host in &hosts {
        host.portal_as_user().opens_session().await;
    }
    redis.kill();
    let outage = hosts[0].portal_as_user().send().await;
    outage.is_error(500, "store_unavailable");
    redis.restart().await;
    let record = redis.store();
    record
        .set(format!("customer:{USER}"), paid())
        .await
        .unwrap();
    for host in &hosts {
        host.portal_as_user().opens_session().await;
    }
}

#[tokio::test]
async fn a_redis_that_says_nothing_holds_no_request_for_long() {
    let Some(redis) = Server::start().await else {
        return;
    };
    let portico = limited("paid=100/3600").on(&redis.store()).start().await;
    portico.portal_as_user().send().await.is_session();
    redis.stand_still(true);
    let started = Instant::now();
    for answer in join_all((0..32).map(|_| portico.portal_as_user().send())).await {
        passed_the_limiter_only(&portico, &answer).await;
    }
    assert!(started.elapsed() < NOT_LONG, "{:?}", started.elapsed());
    redis.stand_still(false);
    use_up_the_limit(&portico).await;
}

#[tokio::test]
async fn with_a_redis_that_is_full_the_instance_counts_and_the_operator_is_told() {
    let Some(redis) = Server::start().await else {
        return;
    };
    let portico = limited("paid=2/3600").on(&redis.store()).start().await;
    // It answers what it has, and refuses to take more.
    redis.command("CONFIG SET maxmemory 1").await;
    for _ in 0..2 {
        let answer = portico.portal_as_user().send().await;
        answer.is_session();
        let entry = portico.log_entry(answer.request_id()).await;
        let reason = entry["reason"].as_str().unwrap();
        assert!(
            reason.starts_with("rate limit counted in the instance"),
            "{entry}"
        );
        assert_eq!(entry["level"], "warn");
    }
    redis.command("CONFIG SET maxmemory 0").await;
    let limited = portico.portal_as_user().send().await;
    limited.is_error(429, "rate_limited");
}

#[tokio::test]
async fn with_a_redis_that_is_full_no_call_is_free_that_costs_something() {
    let Some(redis) = Server::start().await else {
        return;
    };
    let setup = Portico::setup().variable("request_cost", "10");
    let portico = setup.on(&redis.store()).start().await;
    portico
        .set_balance(USER, &json!({"current_balance": 10}))
        .await;
    redis.command("CONFIG SET maxmemory 1").await;
    let refused = portico.portal_as_user().send().await;
    refused.is_error(500, "store_unavailable");
    assert!(portico.stripe.requests().is_empty());
    redis.command("CONFIG SET maxmemory 0").await;
    portico.portal_as_user().opens_session().await;
}
