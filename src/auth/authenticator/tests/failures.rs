//! A provider or a store that fails, and answers that are wrong.

use super::*;

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
    // Tokens by a known key still count.
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

fn serves_text(document: impl Into<Vec<u8>>) -> Scripted {
    Scripted::Answer(Response::new(document.into()))
}

#[test]
fn a_key_set_without_a_usable_key_says_how_many_were_passed_over_and_why() {
    let (host, a) = (MemoryPlatform::at(START), pair("a"));
    let instance = Instance::on(&host);
    host.script(serves_text(
        r#"{"keys":[{"kty":"RSA","use":"enc"},{"kty":"EC","crv":"P-521"}]}"#,
    ));
    let expected =
        "the JWKS has no usable key (2 keys passed over, the first one: its `use` is not `sig`)";
    let failure = block_on(instance.ask(&token(&a))).unwrap_err();
    assert_eq!(failure.reason(), expected);
    let ready = instance.authenticator.check_keys(&host, &instance.config);
    assert_eq!(block_on(ready), Err(expected.to_owned()));
}

#[test]
fn a_token_of_a_key_that_was_passed_over_is_refused_with_the_reason() {
    let (host, a, b) = (MemoryPlatform::at(START), pair("a"), pair("b"));
    let set = |other: &str| {
        let good = a.public_key().to_jwk();
        format!(r#"{{"keys":[{good},{other}]}}"#)
    };
    let passed_over = b.public_key().to_jwk().replace("P-256", "P-521");
    host.script(serves_text(set(&passed_over)));
    let mut instance = Instance::on(&host);
    instance.accepts(&token(&a));
    let expected = "no key for the token's algorithm and key identifier (1 key passed over: its curve is none that \
                    Portico verifies with)";
    host.script(serves_text(set(&passed_over)));
    let failure = block_on(instance.ask(&token(&b))).unwrap_err();
    assert_eq!(failure.reason(), expected);
    // The same of configured keys.
    let keys = crate::auth::parse_public_keys(&set(&passed_over)).unwrap();
    instance.config.jwks = None;
    instance.config.passed_over = keys.passed_over;
    instance.config.keys = keys.usable;
    let failure = block_on(instance.ask(&token(&b))).unwrap_err();
    assert_eq!(failure.reason(), expected);
}

#[test]
fn a_byte_order_mark_before_a_set_is_ignored() {
    let (host, a) = (MemoryPlatform::at(START), pair("a"));
    let with_mark = [b"\xef\xbb\xbf".as_slice(), &document(&[&a])].concat();
    host.script(serves_text(with_mark));
    Instance::on(&host).accepts(&token(&a));
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
