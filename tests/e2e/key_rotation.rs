//! Keys of an identity provider: fetched, shared, rotated, and missed.

use std::time::{Duration, Instant};

use futures::future::join_all;
use http::Method;

use crate::harness::{Portico, USER};
use crate::identity_provider::{IdentityProvider, Mood, jwks, pair, sign, sign_at};

#[tokio::test]
async fn tokens_of_a_provider_are_accepted_with_no_more_than_its_address() {
    let a = pair("a");
    let provider = IdentityProvider::start(&[&a]).await;
    let portico = provider.connect(Portico::setup()).start().await;
    for _ in 0..3 {
        portico
            .portal()
            .bearer(&sign(&a, USER))
            .opens_session()
            .await;
    }
    assert_eq!(provider.asked(), 1);
}

#[tokio::test]
async fn many_users_at_once_on_cold_instances_are_all_served() {
    let a = pair("a");
    let provider = IdentityProvider::start(&[&a]).await;
    provider.be(Mood::Hesitates(Duration::from_millis(200), jwks(&[&a])));
    let portico = provider.connect(Portico::setup()).start().await;
    let calls = (0..64).map(|_| portico.portal().bearer(&sign(&a, USER)).send());
    for answer in join_all(calls).await {
        answer.is_session();
    }
    assert_eq!(provider.asked(), 1);
}

#[tokio::test]
async fn a_new_instance_does_not_ask_the_provider_again() {
    let a = pair("a");
    let provider = IdentityProvider::start(&[&a]).await;
    let portico = provider.connect(Portico::setup()).start().await;
    portico
        .portal()
        .bearer(&sign(&a, USER))
        .opens_session()
        .await;
    let calls = (0..200).map(|_| portico.portal().bearer(&sign(&a, USER)).send());
    for answer in join_all(calls).await {
        answer.is_session();
    }
    assert_eq!(provider.asked(), 1);
}

#[tokio::test]
async fn a_new_key_is_accepted_at_once_also_by_many_at_a_time() {
    let (a, b) = (pair("a"), pair("b"));
    let provider = IdentityProvider::start(&[&a]).await;
    let portico = provider.connect(Portico::setup()).start().await;
    portico
        .portal()
        .bearer(&sign(&a, USER))
        .opens_session()
        .await;
    provider.be(Mood::Hesitates(Duration::from_millis(100), jwks(&[&a, &b])));
    let calls = (0..32).map(|_| portico.portal().bearer(&sign(&b, USER)).send());
    for answer in join_all(calls).await {
        answer.is_session();
    }
    assert_eq!(provider.asked(), 2);
}

#[tokio::test]
async fn after_ten_minutes_the_keys_are_fetched_anew_and_one_that_was_removed_counts_no_longer() {
    let (a, b) = (pair("a"), pair("b"));
    let provider = IdentityProvider::start(&[&a]).await;
    let portico = provider.connect(Portico::setup()).start().await;
    portico.host.clock().stop();
    let of = |pair| sign_at(portico.now(), 3_600, pair, USER);
    let by_a = of(&a);
    portico.portal().bearer(&by_a).opens_session().await;
    provider.publish(&[&b]);
    portico.advance(Duration::from_secs(599));
    portico.portal().bearer(&by_a).opens_session().await;
    portico.portal().bearer(&of(&a)).opens_session().await;
    assert_eq!(provider.asked(), 1);

    portico.advance(Duration::from_secs(2));
    portico.portal().bearer(&of(&b)).opens_session().await;
    assert_eq!(provider.asked(), 2);
    // The token is still valid, and the instance has verified it before.
    let refused = portico.portal().bearer(&by_a).send().await;
    refused.is_error(401, "unauthorized");
}

#[tokio::test]
async fn keys_serve_for_a_day_while_the_provider_is_away_and_no_longer() {
    let a = pair("a");
    let provider = IdentityProvider::start(&[&a]).await;
    let portico = provider.connect(Portico::setup()).start().await;
    portico.host.clock().stop();
    let ask = || {
        let token = sign_at(portico.now(), 600, &a, USER);
        portico.portal().bearer(&token)
    };
    ask().opens_session().await;
    provider.be(Mood::HangsUp);
    for hours in [1, 22] {
        portico.advance(Duration::from_hours(hours));
        let asked = provider.asked();
        for _ in 0..3 {
            ask().opens_session().await;
        }
        assert_eq!(provider.asked() - asked, 1);
    }
    portico.advance(Duration::from_hours(2));
    ask().fails(500, "keys_unavailable").await;
    provider.publish(&[&a]);
    portico.advance(Duration::from_secs(30));
    ask().opens_session().await;
}

#[tokio::test]
async fn unknown_keys_make_one_fetch_however_many_tokens_name_one() {
    let a = pair("a");
    let provider = IdentityProvider::start(&[&a]).await;
    let portico = provider.connect(Portico::setup()).start().await;
    portico
        .portal()
        .bearer(&sign(&a, USER))
        .opens_session()
        .await;
    let stranger = |n: usize| sign(&pair(&format!("stranger-{n}")), USER);
    let calls = (0..100).map(|n| portico.portal().bearer(&stranger(n)).send());
    for answer in join_all(calls).await {
        answer.is_error(401, "unauthorized");
    }
    for n in 100..110 {
        portico
            .portal()
            .bearer(&stranger(n))
            .fails(401, "unauthorized")
            .await;
    }
    assert_eq!(provider.asked(), 2);
    portico
        .portal()
        .bearer(&sign(&a, USER))
        .opens_session()
        .await;
}

#[tokio::test]
async fn without_a_key_the_answer_is_that_and_not_that_the_token_is_bad() {
    let a = pair("a");
    let provider = IdentityProvider::start(&[&a]).await;
    let portico = provider.connect(Portico::setup()).start().await;
    let huge = [jwks(&[&a]), vec![b' '; 256 * 1024]].concat();
    for mood in [
        Mood::HangsUp,
        Mood::Answers(500, jwks(&[&a])),
        Mood::Answers(302, jwks(&[&a])),
        Mood::Answers(404, Vec::new()),
        Mood::Answers(200, b"<html>".to_vec()),
        Mood::Answers(200, huge),
    ] {
        provider.be(mood);
        let answer = portico.portal().bearer(&sign(&a, USER)).send().await;
        answer.is_error(500, "keys_unavailable");
        assert!(answer.header("retry-after").is_some());
        let ready = portico.request(Method::GET, "/readyz").send().await;
        assert_eq!(ready.status, 503);
        let checks = ready.json()["checks"].clone();
        assert_eq!(
            (&checks["config"], &checks["store"]),
            (&"ok".into(), &"ok".into())
        );
        assert_ne!(checks["keys"], "ok");
        // An instance that could not have the keys leaves the provider alone for up to two seconds.
        portico.advance(Duration::from_secs(2));
    }
    // A caller who sends no token, or none that a key of the provider could have signed, is told so all the same.
    portico.portal().fails(401, "unauthorized").await;
    portico
        .portal()
        .bearer("a.b.c")
        .fails(401, "unauthorized")
        .await;
    provider.publish(&[&a]);
    portico
        .portal()
        .bearer(&sign(&a, USER))
        .opens_session()
        .await;
    assert_eq!(
        portico.request(Method::GET, "/readyz").send().await.status,
        200
    );
}

#[tokio::test]
async fn a_provider_that_stalls_is_waited_for_no_longer_than_its_deadline() {
    let a = pair("a");
    let provider = IdentityProvider::start(&[&a]).await;
    provider.be(Mood::Stalls);
    let portico = provider.connect(Portico::setup()).start().await;
    let started = Instant::now();
    let calls = (0..8).map(|_| portico.portal().bearer(&sign(&a, USER)).send());
    for answer in join_all(calls).await {
        answer.is_error(500, "keys_unavailable");
    }
    // Far more than the five seconds of one fetch, and far less than those of eight.
    assert!(started.elapsed() < Duration::from_secs(20));
}

#[tokio::test]
async fn where_a_token_says_its_key_is_does_not_matter() {
    // CVE-2018-0114 (embedded jwk) and its kin: a token that brings its key, or says where to fetch it.
    let (a, attacker) = (pair("a"), pair("a"));
    let provider = IdentityProvider::start(&[&a]).await;
    let attackers_provider = IdentityProvider::start(&[&attacker]).await;
    let portico = provider.connect(Portico::setup()).start().await;
    portico
        .portal()
        .bearer(&sign(&attacker, USER))
        .fails(401, "unauthorized")
        .await;
    assert_eq!(attackers_provider.asked(), 0);
    assert_eq!(portico.host.denied_outbound_calls(), 0);
}

#[tokio::test]
async fn an_operator_is_told_why_no_key_of_a_set_can_be_used() {
    let a = pair("a");
    let provider = IdentityProvider::start(&[&a]).await;
    let unusable = br#"{"keys":[{"kty":"RSA","use":"enc"},{"kty":"EC","crv":"P-521"}]}"#;
    provider.be(Mood::Answers(200, unusable.to_vec()));
    let portico = provider.connect(Portico::setup()).start().await;
    let expected =
        "the JWKS has no usable key (2 keys passed over, the first one: its `use` is not `sig`)";
    let ready = portico.request(Method::GET, "/readyz").send().await;
    assert_eq!(ready.status, 503);
    assert_eq!(ready.json()["checks"]["keys"], expected);
    portico.advance(Duration::from_secs(3));
    let call = portico
        .portal()
        .bearer(&sign_at(portico.now(), 600, &a, USER));
    call.header("x-request-id", "locked-out")
        .fails(500, "keys_unavailable")
        .await;
    assert_eq!(portico.log_entry("locked-out").await["reason"], expected);
    // As soon as the provider has one more key, it counts, and the others cost it nothing.
    let mut keys: serde_json::Value = serde_json::from_slice(unusable).unwrap();
    let good: serde_json::Value = serde_json::from_slice(&jwks(&[&a])).unwrap();
    keys["keys"]
        .as_array_mut()
        .unwrap()
        .push(good["keys"][0].clone());
    provider.be(Mood::Answers(200, keys.to_string().into_bytes()));
    portico.advance(Duration::from_secs(3));
    let token = sign_at(portico.now(), 600, &a, USER);
    portico.portal().bearer(&token).opens_session().await;
}
