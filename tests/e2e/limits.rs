//! The requests that a plan has, shared by all instances and hosts.

use std::time::Duration;

use http::Method;
use portico_host::key_value::Operation;
use serde_json::json;

use crate::harness::{
    Answer, BALANCE, CUSTOMER, HISTORY, INVOICES, PORTAL, Portico, SYNC, Setup, USER,
};
use crate::identity_provider::{IdentityProvider, pair, sign};

pub(crate) fn limited(limits: &str) -> Setup {
    Portico::setup().variable("rate_limits", limits)
}

pub(crate) fn fields(answer: &Answer) -> (String, String) {
    let field = |name: &str| {
        answer
            .header(name)
            .unwrap_or_else(|| panic!("no {name}: {answer:?}"))
            .to_owned()
    };
    (field("ratelimit-policy"), field("ratelimit"))
}

/// The parameters `r` and `t` of a `RateLimit` field of this plan.
pub(crate) fn remaining_and_reset(answer: &Answer, plan: &str) -> (u64, u64) {
    let (_, limit) = fields(answer);
    let parameters = limit
        .strip_prefix(&format!("\"{plan}\";r="))
        .unwrap_or_else(|| panic!("{limit}"));
    let (remaining, reset) = parameters.split_once(";t=").unwrap();
    (remaining.parse().unwrap(), reset.parse().unwrap())
}

#[tokio::test]
async fn every_authenticated_answer_tells_the_policy_and_what_is_left() {
    let portico = Portico::setup().without("rate_limits").start().await;
    portico.begin_window(60);
    let answer = portico.portal_as_user().send().await;
    answer.is_session();
    assert_eq!(fields(&answer).0, "\"paid\";q=30;w=60");
    let (remaining, reset) = remaining_and_reset(&answer, "paid");
    assert_eq!(remaining, 29);
    assert!((1..=60).contains(&reset));
    let invalid = portico.portal_as_user().json(&json!({"x": 1})).send().await;
    invalid.is_error(400, "invalid_request");
    assert_eq!(remaining_and_reset(&invalid, "paid").0, 28);
    let free = portico.portal_as("free").send().await;
    free.is_error(400, "no_stripe_customer");
    assert_eq!(fields(&free).0, "\"free\";q=5;w=60");
    assert_eq!(remaining_and_reset(&free, "free").0, 4);
    portico.set_record("corrupt", "{").await;
    let corrupt = portico.portal_as("corrupt").send().await;
    corrupt.is_error(500, "store_unavailable");
    assert_eq!(remaining_and_reset(&corrupt, "free").0, 4);
}

#[tokio::test]
async fn other_answers_tell_nothing_of_limits() {
    let portico = Portico::setup().without("rate_limits").start().await;
    let calls = [
        portico.portal(),
        portico.portal().bearer("a.b.c"),
        portico.request(Method::OPTIONS, PORTAL),
        portico.request(Method::PUT, PORTAL),
        portico.request(Method::GET, "/healthz"),
        portico.account(USER),
    ];
    for call in calls {
        let answer = call.send().await;
        assert_eq!(
            (
                answer.header("ratelimit"),
                answer.header("ratelimit-policy")
            ),
            (None, None),
            "{answer:?}"
        );
    }
    let off = limited("off").start().await;
    let answer = off.portal_as_user().send().await;
    answer.is_session();
    assert_eq!(
        (
            answer.header("ratelimit"),
            answer.header("ratelimit-policy")
        ),
        (None, None)
    );
    assert_eq!(off.host.key_value().counts().increments, 0);
}

#[tokio::test]
async fn users_do_not_share_a_limit_and_plans_have_their_own() {
    let portico = limited("free=1/60, team=3/60").start().await;
    portico
        .set_record(
            "a",
            json!({"stripe_customer_id": CUSTOMER, "plan": "team"}).to_string(),
        )
        .await;
    portico
        .set_record(
            "b",
            json!({"stripe_customer_id": CUSTOMER, "plan": "unlisted"}).to_string(),
        )
        .await;
    portico.begin_window(60);
    let statuses = async |user: &str| {
        let mut statuses = Vec::new();
        for _ in 0..4 {
            statuses.push(portico.portal_as(user).send().await.status.as_u16());
        }
        statuses
    };
    assert_eq!(statuses("a").await, [200, 200, 200, 429]);
    assert_eq!(statuses("b").await, [200, 429, 429, 429]);
    assert_eq!(statuses("c").await, [400, 429, 429, 429]);
}

#[tokio::test]
async fn a_change_of_plan_takes_effect_at_once() {
    let portico = limited("free=1/60,paid=30/60").start().await;
    portico.begin_window(60);
    portico.set_record(USER, CUSTOMER).await;
    portico.portal_as_user().opens_session().await;
    portico.portal_as_user().fails(429, "rate_limited").await;
    portico
        .set_record(
            USER,
            json!({"stripe_customer_id": CUSTOMER, "plan": "paid"}).to_string(),
        )
        .await;
    portico.portal_as_user().opens_session().await;
}

#[tokio::test]
async fn a_user_cannot_be_named_after_anothers_counter() {
    let portico = limited("free=100/3600").start().await;
    portico
        .portal_as("victim")
        .fails(400, "no_stripe_customer")
        .await;
    let keys = portico.host.key_value().keys().await.unwrap();
    let own = keys.iter().filter_map(|key| key.strip_prefix("rate:"));
    for key in own.filter(|key| *key != "victim") {
        portico
            .portal_as(key)
            .fails(400, "no_stripe_customer")
            .await;
    }
    let answer = portico.portal_as("victim").send().await;
    assert_eq!(remaining_and_reset(&answer, "free").0, 98);
}

#[tokio::test]
async fn when_counting_fails_the_instance_counts_and_the_operator_is_told() {
    let portico = limited("paid=2/3600").start().await;
    portico
        .host
        .key_value()
        .set_failing_for(Operation::Increment, true);
    for remaining in ["1", "0"] {
        let answer = portico.portal_as_user().send().await;
        answer.is_session();
        assert_eq!(fields(&answer).0, "\"paid\";q=2;w=3600");
        assert!(
            fields(&answer)
                .1
                .starts_with(&format!("\"paid\";r={remaining};"))
        );
        let entry = portico.log_entry(answer.request_id()).await;
        assert_eq!(entry["level"], "warn");
        assert!(
            entry["reason"]
                .as_str()
                .unwrap()
                .contains("rate limit counted in the instance"),
            "{entry}"
        );
    }
    let refused = portico.portal_as_user().send().await;
    refused.is_error(429, "rate_limited");
}

#[tokio::test]
async fn a_request_takes_one_step_of_the_store_to_be_counted() {
    let off = limited("off").start().await.counts_once_warm().await;
    let limited = limited("paid=100/3600").start().await;
    let counts = limited.counts_once_warm().await - off;
    assert_eq!((counts.increments, counts.gets), (1, 0));
    assert_eq!((counts.sets, counts.deletes), (0, 0));
}

#[tokio::test]
async fn a_new_window_begins_when_the_old_one_ends_and_not_before() {
    let portico = limited("paid=2/3600").start().await;
    portico.host.clock().stop();
    portico.begin_window(3_600);
    let ask = async || {
        let answer = portico.portal_as_user().send().await;
        (answer.status.as_u16(), remaining_and_reset(&answer, "paid"))
    };
    assert_eq!(ask().await, (200, (1, 3_600)));
    portico.advance(Duration::from_secs(1_000));
    assert_eq!(ask().await, (200, (0, 2_600)));
    portico.advance(Duration::from_secs(2_599));
    assert_eq!(ask().await, (429, (0, 1)));
    portico.advance(Duration::from_secs(1));
    assert_eq!(ask().await, (200, (1, 3_600)));
}

#[tokio::test]
async fn no_key_has_a_character_that_a_store_could_refuse() {
    let pair = pair("a");
    let provider = IdentityProvider::start(&[&pair]).await;
    let setup = Portico::setup()
        .without("rate_limits")
        .with_webhook()
        .variable("request_cost", "1")
        .variable("customer_lookup", "metadata");
    let portico = provider.connect(setup).start().await;
    let user = "https://id.example.com/?u=\\#1";
    let key = "https:%2F%2Fid.example.com%2F%3Fu=%5C%231";
    let token = sign(&pair, user);
    let call = |method, path| portico.request(method, path).bearer(&token);
    // The search finds the customer, so that the user is synchronised; then the user comes to every route.
    portico.stripe.hold_events();
    portico
        .stripe
        .set_customer_metadata(CUSTOMER, "user_id", user);
    assert_eq!(call(Method::POST, SYNC).send().await.status, 200);
    portico
        .set_balance(key, &json!({"current_balance": 9}))
        .await;
    for (method, path) in [
        (Method::POST, PORTAL),
        (Method::GET, BALANCE),
        (Method::GET, INVOICES),
        (Method::GET, HISTORY),
    ] {
        assert_eq!(call(method, path).send().await.status, 200, "{path}");
    }
    let keys = portico.host.key_value().keys().await.unwrap();
    for kind in [
        "customer:",
        "balance:",
        "spent:",
        "rate:",
        "stripe:",
        "sync:u:",
        "sync:c:",
    ] {
        assert!(
            keys.iter().any(|key| key.starts_with(kind)),
            "{kind} {keys:?}"
        );
    }
    for key in keys {
        assert!(!key.contains(['/', '\\', '?', '#']), "{key}");
    }
}
