//! `counter_redis`: everything that is counted is counted on a Redis server of its own, beside the store.

use std::time::{Duration, Instant};

use futures::future::join_all;
use http::Method;
use serde_json::json;

use crate::harness::{CUSTOMER, Portico, Setup, USER};
use crate::limits::remaining_and_reset;
use crate::redis::Server;

/// Portico that counts on this server, and has its records elsewhere.
fn counting_on(redis: &Server) -> Setup {
    Portico::setup()
        .variable("rate_limits", "paid=5/3600")
        .variable("counter_redis", redis.url())
}

async fn keys(redis: &Server) -> Vec<String> {
    redis.patient_store().keys().await.unwrap()
}

#[tokio::test]
async fn the_limiter_counts_there_and_leaves_the_store_alone() {
    let Some(redis) = Server::start().await else {
        return;
    };
    let portico = counting_on(&redis).start().await;
    portico.begin_window(3_600);
    let before = portico.host.key_value().counts();
    let answers = join_all((0..32).map(|_| portico.portal_as_user().send())).await;
    let served = answers.iter().filter(|answer| answer.status == 200).count();
    assert_eq!(served, 5);
    let counts = portico.host.key_value().counts() - before;
    assert_eq!((counts.increments, counts.sets), (0, 0));
    let [key] = &keys(&redis).await[..] else {
        panic!("one counter, and no pointer to it");
    };
    assert!(key.starts_with("rate:user|paid@example.com%"), "{key}");
    // It goes away by itself, after twice its window.
    let left = redis.command(&format!("TTL \"{key}\"")).await;
    let left: u64 = left
        .trim_start_matches(':')
        .lines()
        .next()
        .unwrap()
        .parse()
        .unwrap();
    assert!((7_000..=7_200).contains(&left), "{left}");
}

#[tokio::test]
async fn two_hosts_with_stores_of_their_own_count_together() {
    let Some(redis) = Server::start().await else {
        return;
    };
    let clock = portico_host::Clock::default();
    let hosts = [
        counting_on(&redis).clock(&clock).start().await,
        counting_on(&redis).clock(&clock).start().await,
    ];
    hosts[0].begin_window(3_600);
    for remaining in (0..5).rev() {
        let answer = hosts[remaining % 2].portal_as_user().send().await;
        answer.is_session();
        assert_eq!(remaining_and_reset(&answer, "paid").0, remaining as u64);
    }
    for host in &hosts {
        host.portal_as_user().fails(429, "rate_limited").await;
    }
}

#[tokio::test]
async fn charges_count_there_and_what_a_failed_call_took_is_given_back() {
    let Some(redis) = Server::start().await else {
        return;
    };
    let portico = counting_on(&redis)
        .variable("rate_limits", "off")
        .variable("request_cost", "10")
        .variable("stripe_max_retries", "0")
        .start()
        .await;
    portico
        .set_balance(USER, &json!({"current_balance": 25}))
        .await;
    portico
        .stripe
        .script(CUSTOMER, [portico_stand_in::Reply::server_error(500)]);
    assert_eq!(portico.portal_as_user().send().await.status, 500);
    for _ in 0..2 {
        portico.portal_as_user().opens_session().await;
    }
    portico
        .portal_as_user()
        .fails(402, "insufficient_balance")
        .await;
    let account = portico.account(USER).send().await.json();
    assert_eq!(account["current_balance"], 5);
    assert_eq!(portico.host.key_value().counts().increments, 0);
    let spent = keys(&redis).await;
    assert!(
        spent.len() == 1 && spent[0].starts_with("spent:"),
        "{spent:?}"
    );
}

/// The store's own counters hold up the whole instance; these must not.
#[tokio::test]
async fn a_redis_that_says_nothing_holds_up_those_who_are_counted_and_nobody_else() {
    let Some(redis) = Server::start().await else {
        return;
    };
    let portico = counting_on(&redis).start().await;
    portico.portal_as_user().opens_session().await;
    redis.stand_still(true);
    let began = Instant::now();
    let counted = async {
        let answer = portico.portal_as_user().send().await;
        (answer, began.elapsed())
    };
    let others = async {
        // Not before the other request waits for Redis.
        tokio::time::sleep(Duration::from_millis(300)).await;
        for _ in 0..3 {
            let health = portico.request(Method::GET, "/healthz").send().await;
            assert_eq!(health.status, 200);
            portico.account(USER).send().await;
        }
        began.elapsed()
    };
    let ((answer, waited), others) = tokio::join!(counted, others);
    // It is counted in the instance then.
    answer.is_session();
    let entry = portico.log_entry(answer.request_id()).await;
    let reason = entry["reason"].as_str().unwrap();
    assert!(reason.contains("counter_redis did not answer"), "{reason}");
    assert!(others < waited, "{others:?} {waited:?}");
    redis.stand_still(false);
    portico.portal_as_user().opens_session().await;
}

#[tokio::test]
async fn once_redis_is_back_it_counts_again() {
    let Some(mut redis) = Server::start().await else {
        return;
    };
    let portico = counting_on(&redis).start().await;
    portico.portal_as_user().opens_session().await;
    redis.kill();
    let answer = portico.portal_as_user().send().await;
    answer.is_session();
    let entry = portico.log_entry(answer.request_id()).await;
    assert_eq!(entry["level"], "warn");
    redis.restart().await;
    let answer = portico.portal_as_user().send().await;
    let entry = portico.log_entry(answer.request_id()).await;
    assert_eq!(entry["reason"], json!(null));
    assert_eq!(keys(&redis).await.len(), 1);
}

#[tokio::test]
async fn the_credentials_are_used_and_never_told() {
    const PASSWORD: &str = "p@ss:w/rd#?%hunter2";
    let Some(redis) = Server::start().await else {
        return;
    };
    redis
        .command(&format!("CONFIG SET requirepass \"{PASSWORD}\""))
        .await;
    let setup = || counting_on(&redis).variable("rate_limits", "paid=5/3600");
    let good = setup()
        .variable("counter_redis_credentials", format!("default:{PASSWORD}"))
        .start()
        .await;
    good.keep_secret(PASSWORD);
    let answer = good.portal_as_user().send().await;
    answer.is_session();
    let entry = good.log_entry(answer.request_id()).await;
    assert_eq!(entry["reason"], json!(null));

    let bad = setup()
        .variable("counter_redis_credentials", "default:wrong-hunter2")
        .start()
        .await;
    bad.keep_secret("wrong-hunter2");
    let answer = bad.portal_as_user().send().await;
    answer.is_session();
    let entry = bad.log_entry(answer.request_id()).await;
    let reason = entry["reason"].as_str().unwrap();
    assert!(
        reason.contains("rate limit counted in the instance"),
        "{reason}"
    );
}
