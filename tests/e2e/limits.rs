//! How many requests a plan has, shared by all instances and hosts.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::Method;
use portico_host::key_value::Operation;
use serde_json::json;

use crate::harness::{Answer, CUSTOMER, PORTAL, Portico, Setup, USER, claims_of, token};

/// Makes sure that a window of so many seconds does not end in the middle of a test.
pub(crate) async fn beginning_of_window(seconds: u64) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let into = Duration::new(now.as_secs() % seconds, now.subsec_nanos());
    let rest = Duration::from_secs(seconds).saturating_sub(into);
    if rest < Duration::from_secs(15) {
        tokio::time::sleep(rest).await;
    }
}

pub(crate) fn limited(limits: &str) -> Setup {
    Portico::setup().variable("rate_limits", limits)
}

fn as_user<'a>(portico: &'a Portico, user: &str) -> crate::harness::Call<'a> {
    portico.portal().bearer(&token(&claims_of(user)))
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
    beginning_of_window(60).await;
    let answer = portico.portal_as_user().send().await;
    answer.is_session();
    assert_eq!(fields(&answer).0, "\"paid\";q=30;w=60");
    let (remaining, reset) = remaining_and_reset(&answer, "paid");
    assert_eq!(remaining, 29);
    assert!((1..=60).contains(&reset));
    let invalid = portico.portal_as_user().json(&json!({"x": 1})).send().await;
    invalid.is_error(400, "invalid_request");
    assert_eq!(remaining_and_reset(&invalid, "paid").0, 28);
    let free = as_user(&portico, "free").send().await;
    free.is_error(400, "no_stripe_customer");
    assert_eq!(fields(&free).0, "\"free\";q=5;w=60");
    assert_eq!(remaining_and_reset(&free, "free").0, 4);
    portico.set_record("corrupt", "{").await;
    let corrupt = as_user(&portico, "corrupt").send().await;
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
    beginning_of_window(60).await;
    let statuses = async |user: &str| {
        let mut statuses = Vec::new();
        for _ in 0..4 {
            statuses.push(as_user(&portico, user).send().await.status.as_u16());
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
    beginning_of_window(60).await;
    portico.set_record(USER, CUSTOMER).await;
    portico.portal_as_user().send().await.is_session();
    portico
        .portal_as_user()
        .send()
        .await
        .is_error(429, "rate_limited");
    portico
        .set_record(
            USER,
            json!({"stripe_customer_id": CUSTOMER, "plan": "paid"}).to_string(),
        )
        .await;
    portico.portal_as_user().send().await.is_session();
}

#[tokio::test]
async fn a_user_cannot_be_named_after_anothers_counter() {
    let portico = limited("free=100/3600").start().await;
    as_user(&portico, "victim")
        .send()
        .await
        .is_error(400, "no_stripe_customer");
    let keys = portico.host.key_value().keys().await.unwrap();
    let own = keys.iter().filter_map(|key| key.strip_prefix("rate:"));
    for key in own.filter(|key| *key != "victim") {
        as_user(&portico, key)
            .send()
            .await
            .is_error(400, "no_stripe_customer");
    }
    let answer = as_user(&portico, "victim").send().await;
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
async fn a_request_reads_twice_and_counts_once() {
    let portico = limited("paid=100/3600").start().await;
    portico.portal_as_user().send().await.is_session();
    let before = portico.host.key_value().counts();
    portico.portal_as_user().send().await.is_session();
    let after = portico.host.key_value().counts();
    assert_eq!(
        (
            after.gets - before.gets,
            after.increments - before.increments
        ),
        (2, 1)
    );
}
