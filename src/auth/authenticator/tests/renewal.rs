//! Keys that age, and keys that are new.

use super::*;

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
            .all(|answer| *answer == Err(Refusal::NoKey.into()))
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
