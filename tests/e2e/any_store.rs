//! Promises that hold on every store that hosts share: in memory, in a file, and on a real Redis.

use std::time::Duration;

use futures::future::join_all;
use portico_host::{Clock, KeyValue};
use serde_json::json;

use crate::account::account;
use crate::harness::{Answer, Portico, Setup, USER};
use crate::identity_provider::{IdentityProvider, Mood, jwks, pair, sign};
use crate::limits::{limited, remaining_and_reset};

/// Makes a test for each kind of store of functions that take a store as two hosts have it.
macro_rules! on_any_store {
    ($($scenario:ident,)*) => {
        mod in_memory {
            $(#[tokio::test]
            async fn $scenario() {
                let store = portico_host::KeyValue::in_memory();
                super::$scenario([store.clone(), store]).await;
            })*
        }

        mod in_a_file {
            $(#[tokio::test]
            async fn $scenario() {
                let store = crate::harness::store_in_a_file(stringify!($scenario));
                super::$scenario([store.clone(), store]).await;
            })*
        }

        mod on_redis {
            $(#[tokio::test]
            async fn $scenario() {
                let Some(redis) = crate::redis::Server::start().await else {
                    return;
                };
                super::$scenario([redis.patient_store(), redis.patient_store()]).await;
            })*
        }
    };
}

on_any_store! {
    of_64_requests_at_once_against_a_limit_of_5_exactly_5_are_admitted,
    two_hosts_admit_no_more_than_one,
    waiting_as_told_is_enough,
    a_user_has_three_keys_however_long_they_stay,
    many_calls_at_once_do_not_spend_more_than_there_is,
    a_refill_counts_in_full,
    two_hosts_fetch_the_identity_providers_keys_once,
}

/// Two hosts on one store, with one clock.
async fn two_hosts(setup: impl Fn() -> Setup, [one, two]: &[KeyValue; 2]) -> [Portico; 2] {
    let clock = Clock::default();
    let start = async |store| setup().on(store).clock(&clock).start().await;
    [start(one).await, start(two).await]
}

/// Sends so many requests of the user at once, to all hosts in turn.
async fn at_once(requests: usize, hosts: &[Portico]) -> Vec<Answer> {
    let hosts = hosts.iter().cycle().take(requests);
    join_all(hosts.map(|host| host.portal_as_user().send())).await
}

fn served(answers: &[Answer]) -> usize {
    answers.iter().filter(|answer| answer.status == 200).count()
}

async fn of_64_requests_at_once_against_a_limit_of_5_exactly_5_are_admitted(
    [store, _]: [KeyValue; 2],
) {
    let hosts = [limited("paid=5/60").on(&store).start().await];
    hosts[0].begin_window(60);
    let answers = at_once(64, &hosts).await;
    assert_eq!(served(&answers), 5);
    assert_eq!(hosts[0].stripe.sessions_created(), 5);
    for answer in answers.iter().filter(|answer| answer.status != 200) {
        answer.is_error(429, "rate_limited");
        let wait: u64 = answer.header("retry-after").unwrap().parse().unwrap();
        assert!((1..=60).contains(&wait));
        assert_eq!(remaining_and_reset(answer, "paid"), (0, wait));
    }
}

async fn two_hosts_admit_no_more_than_one(stores: [KeyValue; 2]) {
    let hosts = two_hosts(|| limited("paid=7/60"), &stores).await;
    hosts[0].begin_window(60);
    // More at once, and an unoptimised host on a busy machine exceeds the deadline of its store.
    assert_eq!(served(&at_once(64, &hosts).await), 7);
}

async fn waiting_as_told_is_enough(stores: [KeyValue; 2]) {
    let [one, two] = two_hosts(|| limited("paid=2/60"), &stores).await;
    loop {
        let answer = one.portal_as_user().send().await;
        if answer.status == 429 {
            let wait = answer.header("retry-after").unwrap().parse().unwrap();
            one.advance(Duration::from_secs(wait));
            break;
        }
    }
    two.portal_as_user().opens_session().await;
}

async fn a_user_has_three_keys_however_long_they_stay(stores: [KeyValue; 2]) {
    let hosts = two_hosts(|| limited("paid=100/60"), &stores).await;
    for _ in 0..4 {
        for host in &hosts {
            host.portal_as_user().opens_session().await;
        }
        let keys = stores[0].keys().await.unwrap();
        let own = keys
            .iter()
            .filter(|key| key.starts_with(&format!("rate:{USER}")))
            .count();
        assert!((2..=3).contains(&own), "{keys:?}");
        hosts[0].begin_window(60);
    }
}

async fn many_calls_at_once_do_not_spend_more_than_there_is(stores: [KeyValue; 2]) {
    let setup = || Portico::setup().variable("request_cost", "10");
    let hosts = two_hosts(setup, &stores).await;
    hosts[0]
        .set_balance(USER, &json!({"current_balance": 75}))
        .await;
    let served = served(&at_once(40, &hosts).await);
    assert!(served <= 7);
    let sessions: usize = hosts
        .iter()
        .map(|host| host.stripe.sessions_created())
        .sum();
    assert_eq!(sessions, served);
    let left = account(&hosts[1], USER).await["current_balance"].clone();
    assert_eq!(left, 75 - 10 * served);
    // Those that found the balance taken by others who were refused themselves may try again.
    while hosts[0].portal_as_user().send().await.status == 200 {}
    assert_eq!(account(&hosts[1], USER).await["current_balance"], 5);
}

async fn a_refill_counts_in_full(stores: [KeyValue; 2]) {
    let setup = || Portico::setup().variable("request_cost", "10");
    let [one, two] = two_hosts(setup, &stores).await;
    one.set_balance(USER, &json!({"current_balance": 10})).await;
    one.portal_as_user().opens_session().await;
    let refused = two.portal_as_user().send().await;
    refused.is_error(402, "insufficient_balance");
    let refilled = json!({"current_balance": 10, "next_refill_at": "2027-01-01T00:00:00Z"});
    one.set_balance(USER, &refilled).await;
    assert_eq!(account(&two, USER).await["current_balance"], 10);
    two.portal_as_user().opens_session().await;
}

async fn two_hosts_fetch_the_identity_providers_keys_once(stores: [KeyValue; 2]) {
    let a = pair("a");
    let provider = IdentityProvider::start(&[&a]).await;
    provider.be(Mood::Hesitates(Duration::from_millis(200), jwks(&[&a])));
    let hosts = two_hosts(|| provider.connect(Portico::setup()), &stores).await;
    // At the end of a claim's window two may take it.
    hosts[0].host.clock().stop();
    hosts[0].begin_window(2);
    let hosts = hosts.iter().cycle().take(64);
    let calls = hosts.map(|host| host.portal().bearer(&sign(&a, USER)).send());
    for answer in join_all(calls).await {
        answer.is_session();
    }
    assert_eq!(provider.asked(), 1);
}

/// One `SQLite` file is no store for several hosts: `SQLite` refuses an increment at once while another process writes,
/// here as on Spin. This states what holds there all the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_hosts_on_one_sqlite_file_count_together_unless_they_write_at_once() {
    let directory = std::env::temp_dir().join(format!("portico-one-file-{}", std::process::id()));
    let stores = [(); 2].map(|()| KeyValue::sqlite(directory.join("kv.db")).unwrap());
    let hosts = two_hosts(|| limited("paid=6/3600"), &stores).await;
    hosts[0].begin_window(3_600);
    for host in hosts.iter().cycle().take(6) {
        host.portal_as_user().opens_session().await;
    }
    for host in &hosts {
        host.portal_as_user().fails(429, "rate_limited").await;
    }

    // At once, no request is refused because of the store, and the limit is not below what the plan has. It can be
    // above, where an instance had to count for itself.
    hosts[0].begin_window(3_600);
    let answers = at_once(64, &hosts).await;
    for answer in answers.iter().filter(|answer| answer.status != 200) {
        answer.is_error(429, "rate_limited");
    }
    assert!(served(&answers) >= 6);
    std::fs::remove_dir_all(directory).unwrap();
}
