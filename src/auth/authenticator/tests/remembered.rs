//! Keys beside the provider's, and tokens that are remembered.

use super::*;

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
