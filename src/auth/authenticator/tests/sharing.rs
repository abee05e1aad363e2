//! The first fetch, and instances that share what it brought.

use super::*;

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
    let changes: [fn(&mut AuthSettings); 3] = [
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
