use futures::executor::block_on;
use futures::future::join_all;
use http::header::AUTHORIZATION;
use http::{HeaderValue, Response};
use jwt_simple::prelude::{Claims, ECDSAP256KeyPairLike, ES256KeyPair, UnixTimeStamp};
use portico_stand_in::tokens::hs256;
use serde_json::{Value, json};

use super::*;
use crate::auth::jwks::{FRESH_FOR, MAX_DOCUMENT_BYTES, USABLE_FOR};
use crate::auth::keys::Key;
use crate::origin::Origin;
use crate::platform::FetchError;
use crate::platform::memory::{MemoryPlatform, Scripted};

const START: Duration = Duration::from_secs(1_800_000_000);

fn config() -> Settings {
    Settings {
        issuers: vec!["https://id.example.com/".to_owned()],
        audiences: vec!["portico".to_owned()],
        user_claim: "sub".to_owned(),
        leeway: Duration::from_secs(30),
        max_token_bytes: 8_192,
        keys: Vec::new(),
        jwks: Some(JwksSource {
            origin: Origin::parse("https://id.example.com").unwrap(),
            path: "/keys".to_owned(),
        }),
    }
}

/// A key pair of the provider.
fn pair(id: &str) -> ES256KeyPair {
    ES256KeyPair::generate().with_key_id(id)
}

/// A token that is valid for two days from the start.
fn token(pair: &ES256KeyPair) -> String {
    let mut claims = Claims::create(jwt_simple::prelude::Duration::from_days(1))
        .with_issuer("https://id.example.com/")
        .with_audience("portico")
        .with_subject("user_1");
    let at = |seconds| Some(UnixTimeStamp::from_secs(seconds));
    claims.issued_at = at(START.as_secs());
    claims.invalid_before = None;
    claims.expires_at = at(START.as_secs() + 2 * 86_400);
    pair.sign(claims).unwrap()
}

fn document(pairs: &[&ES256KeyPair]) -> Vec<u8> {
    let keys: Vec<Value> = pairs
        .iter()
        .map(|pair| serde_json::from_str(&pair.public_key().to_jwk()).unwrap())
        .collect();
    json!({ "keys": keys }).to_string().into_bytes()
}

fn serves(pairs: &[&ES256KeyPair]) -> Scripted {
    Scripted::Answer(Response::new(document(pairs)))
}

fn fails() -> Scripted {
    Scripted::Failure(FetchError::Timeout)
}

/// An instance and what it runs on.
struct Instance<'a> {
    host: &'a MemoryPlatform,
    config: Settings,
    authenticator: Authenticator,
}

impl<'a> Instance<'a> {
    fn on(host: &'a MemoryPlatform) -> Self {
        Self {
            host,
            config: config(),
            authenticator: Authenticator::default(),
        }
    }

    async fn ask(&self, token: &str) -> Result<Authentic, AuthFailure> {
        let value = HeaderValue::from_str(&format!("Bearer {token}")).unwrap();
        let headers = [(AUTHORIZATION, value)].into_iter().collect();
        self.authenticator
            .authenticate(self.host, &self.config, &headers)
            .await
    }

    #[track_caller]
    fn accepts(&self, token: &str) {
        let authentic = block_on(self.ask(token)).unwrap();
        assert_eq!(authentic.user.as_str(), "user_1");
    }

    /// Accepts the token, and returns why the keys could not be renewed.
    #[track_caller]
    fn accepts_with_stale_keys(&self, token: &str) -> Option<String> {
        block_on(self.ask(token)).unwrap().stale_keys
    }

    #[track_caller]
    fn refuses(&self, token: &str, refusal: Refusal) {
        assert_eq!(
            block_on(self.ask(token)),
            Err(AuthFailure::Refused(refusal))
        );
    }

    #[track_caller]
    fn has_no_keys_for(&self, token: &str) {
        let failure = block_on(self.ask(token)).unwrap_err();
        assert!(
            matches!(failure, AuthFailure::KeysUnavailable(_)),
            "{failure:?}"
        );
    }
}

fn fetches(host: &MemoryPlatform) -> usize {
    host.fetched().len()
}

#[test]
fn keys_are_fetched_once_and_from_the_configured_address() {
    let (host, a) = (MemoryPlatform::at(START), pair("a"));
    let instance = Instance::on(&host);
    host.script(serves(&[&a]));
    for _ in 0..3 {
        instance.accepts(&token(&a));
    }
    let [request] = &host.fetched()[..] else {
        panic!()
    };
    assert_eq!(request.uri(), "https://id.example.com/keys");
    assert_eq!(request.method(), "GET");
    assert!(request.headers().get(AUTHORIZATION).is_none());
}

#[test]
fn another_instance_takes_the_keys_from_the_store() {
    let (host, a) = (MemoryPlatform::at(START), pair("a"));
    host.script(serves(&[&a]));
    Instance::on(&host).accepts(&token(&a));
    for _ in 0..3 {
        Instance::on(&host).accepts(&token(&a));
    }
    assert_eq!(fetches(&host), 1);
}

#[test]
fn an_instance_of_another_configuration_does_not_take_them() {
    let (host, a) = (MemoryPlatform::at(START), pair("a"));
    host.script(serves(&[&a]));
    Instance::on(&host).accepts(&token(&a));
    let changes: [fn(&mut Settings); 3] = [
        |config| config.issuers.push("https://other.example.com/".to_owned()),
        |config| config.jwks.as_mut().unwrap().path.push('x'),
        |config| {
            config.jwks.as_mut().unwrap().origin =
                Origin::parse("https://other.example.com").unwrap();
        },
    ];
    for change in changes {
        let mut other = Instance::on(&host);
        change(&mut other.config);
        host.script(fails());
        other.has_no_keys_for(&token(&a));
    }
}

#[test]
fn without_any_keys_it_is_not_the_tokens_fault() {
    let (host, a) = (MemoryPlatform::at(START), pair("a"));
    let instance = Instance::on(&host);
    let status = |status: u16| {
        let mut answer = Response::new(document(&[&a]));
        *answer.status_mut() = status.try_into().unwrap();
        Scripted::Answer(answer)
    };
    let body = |body: &[u8]| Scripted::Answer(Response::new(body.to_vec()));
    for failure in [
        fails(),
        Scripted::Silence,
        status(500),
        status(404),
        status(302),
        status(204),
        body(b""),
        body(b"<html>"),
        body(b"[]"),
        body(b"{\"keys\":{}}"),
        body(b"{\"keys\":[],\"keys\":[]}"),
        body(b"{\"keys\":[{]}"),
        body(b"{\"keys\":[]}"),
        body(b"{\"keys\":[{\"kty\":\"oct\",\"k\":\"AAAA\"}]}"),
        body(json!({"keys": vec![json!({}); 101]}).to_string().as_bytes()),
        body(&vec![b' '; MAX_DOCUMENT_BYTES + 1]),
    ] {
        host.script(failure);
        instance.has_no_keys_for(&token(&a));
        // For two seconds, the provider is left alone.
        let asked = fetches(&host);
        instance.has_no_keys_for(&token(&a));
        assert_eq!(fetches(&host), asked);
        host.advance(Duration::from_secs(2));
    }
    // And as soon as the provider is back, so are its users.
    host.script(serves(&[&a]));
    instance.accepts(&token(&a));
}

#[test]
fn a_provider_that_says_nothing_is_waited_for_five_seconds() {
    let (host, a) = (MemoryPlatform::at(START), pair("a"));
    host.script(Scripted::Silence);
    Instance::on(&host).has_no_keys_for(&token(&a));
    assert_eq!(host.now() - START, Duration::from_secs(5));
}

#[test]
fn a_key_set_may_be_as_large_as_the_limits() {
    let (host, a) = (MemoryPlatform::at(START), pair("a"));
    let mut keys: Value = serde_json::from_slice(&document(&[&a])).unwrap();
    let entries = keys["keys"].as_array_mut().unwrap();
    entries.extend(vec![json!({"kty": "unknown"}); 99]);
    let mut text = keys.to_string().into_bytes();
    text.resize(MAX_DOCUMENT_BYTES, b' ');
    host.script(Scripted::Answer(Response::new(text)));
    Instance::on(&host).accepts(&token(&a));
}

#[test]
fn keys_are_renewed_when_they_are_ten_minutes_old() {
    let (host, a) = (MemoryPlatform::at(START), pair("a"));
    let instance = Instance::on(&host);
    host.script(serves(&[&a]));
    instance.accepts(&token(&a));
    host.advance(FRESH_FOR - Duration::from_secs(1));
    instance.accepts(&token(&a));
    assert_eq!(fetches(&host), 1);
    host.advance(Duration::from_secs(1));
    host.script(serves(&[&a]));
    instance.accepts(&token(&a));
    assert_eq!(fetches(&host), 2);
    instance.accepts(&token(&a));
    assert_eq!(fetches(&host), 2);
}

#[test]
fn a_removed_key_counts_until_the_next_renewal_and_no_longer() {
    let (host, a, b) = (MemoryPlatform::at(START), pair("a"), pair("b"));
    let instance = Instance::on(&host);
    host.script(serves(&[&a, &b]));
    instance.accepts(&token(&a));
    instance.accepts(&token(&b));
    host.advance(FRESH_FOR);
    host.script(serves(&[&b]));
    // The token was verified before; that must not help it. The keys are as new as can be, so nothing is searched for.
    instance.refuses(&token(&a), Refusal::NoKey);
    instance.accepts(&token(&b));
    assert_eq!(fetches(&host), 2);
}

#[test]
fn a_new_key_is_fetched_for_at_once() {
    let (host, a, b) = (MemoryPlatform::at(START), pair("a"), pair("b"));
    let instance = Instance::on(&host);
    host.script(serves(&[&a]));
    instance.accepts(&token(&a));
    host.advance(Duration::from_millis(1));
    host.script(serves(&[&a, &b]));
    instance.accepts(&token(&b));
    instance.accepts(&token(&a));
    assert_eq!(fetches(&host), 2);
}

#[test]
fn unknown_keys_are_fetched_for_once_in_thirty_seconds_by_all_instances_together() {
    let (host, a) = (MemoryPlatform::at(START), pair("a"));
    let instances: Vec<_> = (0..4).map(|_| Instance::on(&host)).collect();
    host.script(serves(&[&a]));
    instances[0].accepts(&token(&a));
    host.advance(Duration::from_millis(1));
    for round in 1..=3 {
        host.script(serves(&[&a]));
        for stranger in 0..20 {
            let stranger = token(&pair(&format!("stranger-{stranger}")));
            instances[stranger.len() % 4].refuses(&stranger, Refusal::NoKey);
        }
        assert_eq!(fetches(&host), 1 + round);
        // Refused or not, nobody else is kept out.
        instances[1].accepts(&token(&a));
        host.advance(Duration::from_secs(30));
    }
}

#[test]
fn many_strangers_at_once_make_one_fetch() {
    let (host, a) = (MemoryPlatform::at(START), pair("a"));
    let instance = Instance::on(&host);
    host.script(serves(&[&a]));
    instance.accepts(&token(&a));
    host.advance(Duration::from_millis(1));
    host.script(serves(&[&a]));
    let strangers: Vec<_> = (0..64).map(|n| token(&pair(&format!("s{n}")))).collect();
    let answers = block_on(join_all(strangers.iter().map(|token| instance.ask(token))));
    assert!(
        answers
            .iter()
            .all(|answer| *answer == Err(AuthFailure::Refused(Refusal::NoKey)))
    );
    assert_eq!(fetches(&host), 2);
}

#[test]
fn many_users_at_once_make_one_first_fetch() {
    let (host, a) = (MemoryPlatform::at(START), pair("a"));
    let instance = Instance::on(&host);
    host.script(serves(&[&a]));
    let tokens: Vec<_> = (0..64).map(|_| token(&a)).collect();
    let answers = block_on(join_all(tokens.iter().map(|token| instance.ask(token))));
    assert!(answers.iter().all(Result::is_ok));
    assert_eq!(fetches(&host), 1);
}

#[test]
fn while_the_provider_is_down_stale_keys_serve_for_a_day_and_the_operator_is_told() {
    let (host, a) = (MemoryPlatform::at(START), pair("a"));
    let instance = Instance::on(&host);
    host.script(serves(&[&a]));
    instance.accepts(&token(&a));
    assert_eq!(instance.accepts_with_stale_keys(&token(&a)), None);
    host.advance(FRESH_FOR);
    for _ in 0..20 {
        host.script(fails());
    }
    for _ in 0..5 {
        instance.accepts(&token(&a));
    }
    assert_eq!(
        fetches(&host),
        2,
        "the provider is not asked for every request"
    );
    assert!(instance.accepts_with_stale_keys(&token(&a)).is_some());
    host.advance(Duration::from_secs(31));
    instance.accepts(&token(&a));
    assert_eq!(fetches(&host), 3);
    host.advance(USABLE_FOR - FRESH_FOR - Duration::from_secs(32));
    instance.accepts(&token(&a));
    host.advance(Duration::from_secs(1));
    instance.has_no_keys_for(&token(&a));
    // A new instance finds the same keys in the store, and does not take them either.
    Instance::on(&host).has_no_keys_for(&token(&a));
}

#[test]
fn once_there_are_fresh_keys_from_wherever_nobody_is_told_of_the_failure() {
    let (host, a) = (MemoryPlatform::at(START), pair("a"));
    let instance = Instance::on(&host);
    host.script(serves(&[&a]));
    instance.accepts(&token(&a));
    host.advance(FRESH_FOR);
    host.script(fails());
    assert!(instance.accepts_with_stale_keys(&token(&a)).is_some());
    host.advance(Duration::from_secs(30));
    host.script(serves(&[&a]));
    let other = Instance::on(&host);
    assert_eq!(other.accepts_with_stale_keys(&token(&a)), None);
    assert_eq!(instance.accepts_with_stale_keys(&token(&a)), None);
    assert_eq!(fetches(&host), 3);
}

#[test]
fn a_request_that_has_nothing_to_do_with_stale_keys_is_not_told_of_them() {
    let (host, a, b) = (MemoryPlatform::at(START), pair("a"), pair("b"));
    let mut instance = Instance::on(&host);
    instance.config.keys = keys_of(&[&b]);
    host.script(serves(&[&a]));
    instance.accepts(&token(&a));
    host.advance(FRESH_FOR);
    host.script(fails());
    assert!(instance.accepts_with_stale_keys(&token(&a)).is_some());
    for _ in 0..2 {
        assert_eq!(instance.accepts_with_stale_keys(&token(&b)), None);
    }
}

#[test]
fn a_search_that_fails_is_not_the_tokens_fault_and_the_next_one_comes_after_two_seconds() {
    let (host, a, b) = (MemoryPlatform::at(START), pair("a"), pair("b"));
    let instance = Instance::on(&host);
    host.script(serves(&[&a]));
    instance.accepts(&token(&a));
    host.advance(Duration::from_secs(60));
    host.script(fails());
    instance.has_no_keys_for(&token(&b));
    host.advance(Duration::from_millis(1_999));
    instance.has_no_keys_for(&token(&b));
    assert_eq!(fetches(&host), 2);
    // Whoever has a known key is none the worse.
    assert_eq!(instance.accepts_with_stale_keys(&token(&a)), None);
    host.advance(Duration::from_millis(1));
    host.script(serves(&[&a, &b]));
    instance.accepts(&token(&b));
    assert_eq!(fetches(&host), 3);
}

#[test]
fn a_new_instance_honours_the_failure_that_another_one_has_shared() {
    let (host, a) = (MemoryPlatform::at(START), pair("a"));
    host.script(fails());
    for _ in 0..24 {
        Instance::on(&host).has_no_keys_for(&token(&a));
    }
    assert_eq!(fetches(&host), 1);
    host.advance(Duration::from_secs(2));
    host.script(serves(&[&a]));
    Instance::on(&host).accepts(&token(&a));
}

#[test]
fn a_key_set_without_a_usable_key_does_not_replace_good_keys() {
    let (host, a) = (MemoryPlatform::at(START), pair("a"));
    let instance = Instance::on(&host);
    host.script(serves(&[&a]));
    instance.accepts(&token(&a));
    host.advance(FRESH_FOR);
    host.script(serves(&[]));
    let told = instance.accepts_with_stale_keys(&token(&a)).unwrap();
    assert!(told.contains("no usable key"), "{told}");
    Instance::on(&host).accepts(&token(&a));
    assert_eq!(fetches(&host), 2);
}

#[test]
fn new_instances_take_stale_keys_without_each_waiting_for_a_provider_that_is_down() {
    let (host, a) = (MemoryPlatform::at(START), pair("a"));
    host.script(serves(&[&a]));
    Instance::on(&host).accepts(&token(&a));
    host.advance(FRESH_FOR);
    host.script(Scripted::Silence);
    for _ in 0..10 {
        Instance::on(&host).accepts(&token(&a));
    }
    assert_eq!(fetches(&host), 2);
    assert!(host.now() - START < FRESH_FOR + Duration::from_secs(6));
    // And when it is back, the first new instance after the interval renews them.
    host.advance(Duration::from_secs(30));
    host.script(serves(&[&a]));
    Instance::on(&host).accepts(&token(&a));
    Instance::on(&host).accepts(&token(&a));
    assert_eq!(fetches(&host), 3);
}

#[test]
fn a_broken_store_does_not_keep_users_out() {
    let (host, a, b) = (MemoryPlatform::at(START), pair("a"), pair("b"));
    host.break_store();
    let instance = Instance::on(&host);
    host.script(serves(&[&a]));
    instance.accepts(&token(&a));
    host.advance(Duration::from_millis(1));
    host.script(serves(&[&a, &b]));
    instance.accepts(&token(&b));
    let stranger = token(&pair("stranger"));
    instance.refuses(&stranger, Refusal::NoKey);
    instance.refuses(&stranger, Refusal::NoKey);
    assert_eq!(fetches(&host), 2);
}

#[test]
fn a_record_that_is_not_ours_is_not_taken() {
    let (host, a) = (MemoryPlatform::at(START), pair("a"));
    let names = StoreKeys::new(&config()).unwrap();
    for record in [
        "",
        "x",
        "{}",
        r#"{"fetched_at_ms":"now","keys":[]}"#,
        r#"{"fetched_at_ms":1,"keys":[]}"#,
    ] {
        host.put(&names.record, record.as_bytes());
        host.script(serves(&[&a]));
        Instance::on(&host).accepts(&token(&a));
    }
    let future = json!({"fetched_at_ms": START.as_secs() * 2_000, "keys": []});
    host.put(&names.record, future.to_string().as_bytes());
    host.script(serves(&[&a]));
    Instance::on(&host).accepts(&token(&a));
}

#[test]
fn an_entry_that_is_not_strict_json_costs_no_other() {
    let (host, a) = (MemoryPlatform::at(START), pair("a"));
    let good = a.public_key().to_jwk();
    for bad in [
        r#"{"kid":"1","kid":"2"}"#,
        r#"{"a":1e999}"#,
        r#""\ud800""#,
        "[[[[]]]]",
        "7",
    ] {
        host.advance(USABLE_FOR);
        host.script(Scripted::Answer(Response::new(
            format!(r#"{{"keys":[{bad},{good}]}}"#).into_bytes(),
        )));
        let verified = block_on(Instance::on(&host).ask(&token(&a)));
        assert!(
            !matches!(verified, Err(AuthFailure::KeysUnavailable(_))),
            "{bad}: {verified:?}"
        );
    }
}

#[test]
fn a_new_key_is_fetched_for_also_beside_keys_without_a_name() {
    let (host, a, b) = (
        MemoryPlatform::at(START),
        ES256KeyPair::generate(),
        pair("b"),
    );
    let instance = Instance::on(&host);
    host.script(serves(&[&a]));
    instance.accepts(&token(&a));
    host.advance(Duration::from_millis(1));
    host.script(serves(&[&a, &b]));
    instance.accepts(&token(&b));
    // A token that names no key has been judged by all there are.
    instance.refuses(&token(&ES256KeyPair::generate()), Refusal::Signature);
    assert_eq!(fetches(&host), 2);
}

#[test]
fn configured_keys_and_the_providers_serve_side_by_side() {
    let (host, a, b) = (MemoryPlatform::at(START), pair("a"), pair("b"));
    let secret = b"0123456789abcdef0123456789abcdef";
    let mut instance = Instance::on(&host);
    instance.config.keys = keys_of(&[&b]);
    instance.config.keys.push(Key::hs256(secret));
    let mut claims: Value =
        json!({"iss": "https://id.example.com/", "aud": "portico", "sub": "user_1"});
    claims["exp"] = json!(START.as_secs() + 60);
    instance.accepts(&hs256(&claims, secret));
    instance.accepts(&token(&b));
    // A bad HMAC can be of no key of a provider, so nobody is asked.
    instance.refuses(&hs256(&claims, b"another"), Refusal::Signature);
    assert_eq!(fetches(&host), 0);
    host.script(serves(&[&a]));
    instance.accepts(&token(&a));
    assert_eq!(fetches(&host), 1);
}

fn keys_of(pairs: &[&ES256KeyPair]) -> Vec<Key> {
    let pems: Vec<String> = pairs
        .iter()
        .map(|pair| pair.public_key().to_pem().unwrap())
        .collect();
    crate::auth::keys::parse_public_keys(&pems.concat()).unwrap()
}

#[test]
fn a_token_that_was_verified_is_remembered_until_it_expires() {
    let host = MemoryPlatform::at(START);
    let a = pair("a");
    let mut instance = Instance::on(&host);
    instance.config.jwks = None;
    instance.config.keys = keys_of(&[&a]);
    let good = token(&a);
    instance.accepts(&good);
    // Only what was remembered can still count when the keys are gone; that it was is seen here.
    instance.config.keys = keys_of(&[&pair("b")]);
    instance.accepts(&good);
    let (head, _) = good.rsplit_once('.').unwrap();
    instance.refuses(&format!("{head}.{}", "A".repeat(86)), Refusal::Signature);
    host.advance(Duration::from_secs(2 * 86_400 + 29));
    instance.accepts(&good);
    host.advance(Duration::from_secs(1));
    instance.refuses(&good, Refusal::Signature);
}

#[test]
fn what_was_refused_is_not_remembered() {
    let (host, a) = (MemoryPlatform::at(START), pair("a"));
    let mut instance = Instance::on(&host);
    instance.config.jwks = None;
    instance.config.keys = keys_of(&[&pair("b")]);
    let token = token(&a);
    instance.refuses(&token, Refusal::Signature);
    instance.refuses(&token, Refusal::Signature);
    instance.config.keys = keys_of(&[&a]);
    instance.accepts(&token);
}

#[test]
fn few_tokens_are_remembered() {
    let host = MemoryPlatform::at(START);
    let secret = b"0123456789abcdef0123456789abcdef";
    let mut instance = Instance::on(&host);
    instance.config.jwks = None;
    instance.config.keys = vec![Key::hs256(secret)];
    let claims = |n: u64| json!({"iss": "https://id.example.com/", "aud": "portico", "sub": "user_1", "n": n, "exp": START.as_secs() + 60});
    for n in 0..300 {
        instance.accepts(&hs256(&claims(n), secret));
    }
    instance.config.keys = vec![Key::hs256(b"another-0123456789abcdef01234567")];
    instance.refuses(&hs256(&claims(0), secret), Refusal::Signature);
    instance.accepts(&hs256(&claims(299), secret));
    let remembered = (0..300)
        .filter(|n| block_on(instance.ask(&hs256(&claims(*n), secret))).is_ok())
        .count();
    assert_eq!(remembered, 256);
}
