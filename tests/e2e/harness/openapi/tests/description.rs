//! That the description is what it should be: it describes what the component does, and nothing else.

use http::HeaderMap;
use http::header::HeaderValue;
use portico::answer::ERROR_CODES;
use portico::return_path::ReturnPath;
use portico::routes::{ROUTES, parse_checkout_request, parse_portal_request};
use portico::stripe::checkout_session::creation::{self, Settings};
use portico::stripe::link::LinkHosts;
use portico::stripe_id::PriceId;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::*;

#[test]
fn the_routes_and_methods_that_are_described_are_those_of_the_component() {
    let described: BTreeSet<_> = OpenApi::of_the_repository().operations().collect();
    let preflights = ROUTES.iter().filter(|route| route.cors);
    let served = ROUTES
        .iter()
        .map(|route| (route.path, route.method.as_str()))
        .chain(preflights.map(|route| (route.path, "OPTIONS")))
        .chain(["/healthz", "/readyz"].map(|path| (path, "HEAD")));
    let expected: BTreeSet<_> = served.collect();
    assert_eq!(described, expected);
}

#[test]
fn the_error_codes_that_are_described_are_those_of_the_component() {
    let described = OpenApi::of_the_repository().error_codes();
    let answered = ERROR_CODES.iter().map(|row| row.code);
    let expected: BTreeSet<_> = answered.collect();
    assert_eq!(described, expected);
}

#[test]
fn an_error_code_is_described_with_its_status_alone() {
    let description = OpenApi::of_the_repository();
    let items = description.paths.values();
    let operations = items.flat_map(|item| {
        let operations = item.operations.values();
        let responses = operations.map(|operation| &operation.responses);
        responses.chain([&item.other_methods])
    });
    let mut seen = 0;
    for (status, response) in operations.chain([&description.elsewhere]).flatten() {
        for code in &response.error_codes {
            let row = ERROR_CODES.iter().find(|row| row.code == code).unwrap();
            assert_eq!(*status, row.status.as_u16(), "{code}");
            seen += 1;
        }
    }
    assert!(seen > 40, "{seen} were seen");
}

#[test]
fn every_example_is_what_its_schema_says() {
    let document = Document::parse(YAML).unwrap();
    let mut seen = 0;
    let mut check_media = |place: &str, media: &Value| {
        let schema = validator(&document.inlined(&media["schema"]).unwrap()).unwrap();
        let several = media.get("examples").and_then(Value::as_object);
        let several = several.into_iter().flat_map(Map::values);
        let examples: Vec<_> = several
            .map(|example| &example["value"])
            .chain(media.get("example"))
            .collect();
        assert!(!examples.is_empty(), "{place} has no example");
        for example in examples {
            assert_eq!(check(&schema, example), Ok(()), "{place}: {example}");
            seen += 1;
        }
    };
    let components = &document.root()["components"];
    for (name, response) in components["responses"].as_object().unwrap() {
        if let Some(content) = response.get("content") {
            check_media(name, &content["application/json"]);
        }
    }
    for (path, item) in members(document.root(), "paths").unwrap() {
        for operation in item.as_object().unwrap().values() {
            if let Some(body) = operation.get("requestBody") {
                check_media(path, &body["content"]["application/json"]);
            }
        }
    }
    for kind in ["headers", "parameters"] {
        for (name, part) in components[kind].as_object().unwrap() {
            if part.get("example").is_some() {
                check_media(name, part);
            }
        }
    }
    assert!(seen > 35, "{seen} examples were seen");
}

/// The headers of a request with a body.
fn json_headers() -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert("content-type", HeaderValue::from_static("application/json"));
    headers
}

/// Returns whether the description and the component both take a body of the portal, or both refuse it.
#[track_caller]
fn both_take(body: &Value) -> bool {
    let coupons = ["20 % \u{fc}ber".to_owned(), "x".to_owned()];
    let text = body.to_string();
    let taken = parse_portal_request(&json_headers(), text.as_bytes(), &coupons).map(drop);
    agree(PORTAL, body, taken)
}

/// Returns whether the description and the component both take a body of the checkout, or both refuse it. It sells two
/// prices, and the most of each that an operator can allow.
#[track_caller]
fn both_sell(body: &Value) -> bool {
    let price = |name: &str| (name.to_owned(), PriceId::parse("price_1").unwrap());
    let settings = Settings {
        prices: vec![price("pro"), price("Pro/2027:\"beta\"~")],
        frontend_url: "https://app.example.com".to_owned(),
        hosts: LinkHosts::parse(&[]).unwrap(),
        max_quantity: 999_999,
        trial_days: 0,
        promotion_codes: false,
        automatic_tax: false,
        success_path: ReturnPath::default(),
        cancel_path: ReturnPath::default(),
    };
    let text = body.to_string();
    let taken = parse_checkout_request(&json_headers(), text.as_bytes(), &settings).map(drop);
    agree(CHECKOUT, body, taken)
}

/// Returns whether a body is taken, about which the description must say the same.
#[track_caller]
fn agree(path: &str, body: &Value, taken: Result<(), &'static str>) -> bool {
    let described = OpenApi::of_the_repository().takes(&Method::POST, path, body);
    assert_eq!(
        taken.is_ok(),
        described.is_ok(),
        "{body}: {taken:?}, {described:?}"
    );
    taken.is_ok()
}

#[test]
fn a_body_is_described_if_the_component_takes_it_and_only_then() {
    let subscription = "sub_1";
    let confirm = |changes: &Value| {
        let mut flow = json!({
            "type": "subscription_update_confirm", "subscription": "sub_1",
            "items": [{ "id": "si_1", "price": "price_1", "quantity": 2 }],
        });
        let changes = changes.as_object().unwrap().clone();
        flow.as_object_mut().unwrap().extend(changes);
        json!({ "flow": flow })
    };
    for body in [
        json!({}),
        json!({ "locale": "auto" }),
        json!({ "locale": "es-419", "return_path": "/" }),
        json!({ "flow": { "type": "payment_method_update" } }),
        json!({ "flow": { "type": "customer_update", "after_completion": "redirect" } }),
        json!({ "flow": { "type": "subscription_cancel", "subscription": subscription } }),
        json!({ "flow": { "type": "subscription_pause", "subscription": subscription } }),
        json!({ "flow": { "type": "subscription_update", "subscription": subscription } }),
        confirm(&json!({})),
        confirm(&json!({ "items": [{ "id": "si_2", "quantity": 0 }] })),
        confirm(&json!({ "items": [{ "id": "si_1", "quantity": u64::MAX }] })),
        confirm(&json!({ "discounts": [] })),
        confirm(&json!({ "discounts": [{ "promotion_code": "promo_1" }] })),
        confirm(&json!({ "discounts": [{ "coupon": "20 % \u{fc}ber" }] })),
    ] {
        assert!(both_take(&body), "{body}");
    }
    for body in [
        json!(null),
        json!([]),
        json!({ "customer": "cus_1" }),
        json!({ "locale": null }),
        json!({ "locale": "pt-br" }),
        json!({ "return_path": 1 }),
        json!({ "flow": null }),
        json!({ "flow": {} }),
        json!({ "flow": { "type": "subscription_pause" } }),
        json!({ "flow": { "type": "payment_method_update", "subscription": subscription } }),
        json!({ "flow": { "type": "customer_update", "after_completion": null } }),
        json!({ "flow": { "type": "customer_update", "after_completion": "close" } }),
        json!({ "flow": { "type": "subscription_cancel" } }),
        json!({ "flow": { "type": "subscription_cancel", "subscription": "sub_" } }),
        json!({ "flow": { "type": "subscription_cancel", "subscription": "sub_a-b" } }),
        json!({ "flow": { "type": "subscription_cancel", "subscription": format!("sub_{}", "x".repeat(252)) } }),
        json!({ "flow": { "type": "subscription_update", "subscription": subscription, "items": [] } }),
        confirm(&json!({ "items": null })),
        confirm(&json!({ "items": [] })),
        confirm(&json!({ "items": [{ "id": "si_1" }, { "id": "si_2" }] })),
        confirm(&json!({ "items": [{ "price": "price_1" }] })),
        confirm(&json!({ "items": [{ "id": "si_1", "price": null }] })),
        confirm(&json!({ "items": [{ "id": "si_1", "quantity": -1 }] })),
        confirm(&json!({ "items": [{ "id": "si_1", "quantity": 1.5 }] })),
        confirm(&json!({ "items": [{ "id": "si_1", "tax": 1 }] })),
        confirm(&json!({ "discounts": null })),
        confirm(&json!({ "discounts": [{}] })),
        confirm(&json!({ "discounts": [{ "coupon": "x" }, { "coupon": "x" }] })),
        confirm(&json!({ "discounts": [{ "coupon": "" }] })),
        confirm(&json!({ "discounts": [{ "coupon": "a\u{7f}b" }] })),
        confirm(&json!({ "discounts": [{ "coupon": "a\u{85}b" }] })),
        confirm(&json!({ "discounts": [{ "coupon": "a", "promotion_code": "promo_1" }] })),
        confirm(&json!({ "discounts": [{ "promotion_code": "a" }] })),
    ] {
        assert!(!both_take(&body), "{body}");
    }
}

#[test]
fn a_checkout_is_described_if_the_component_takes_it_and_only_then() {
    for body in [
        json!({ "price": "pro" }),
        json!({ "price": "Pro/2027:\"beta\"~" }),
        json!({ "price": "pro", "quantity": 1 }),
        json!({ "price": "pro", "quantity": 999_999 }),
        json!({ "price": "pro", "locale": "auto" }),
        json!({ "price": "pro", "success_path": "/", "cancel_path": "/plans?x=1#top" }),
        json!({
            "price": "pro", "quantity": 2, "locale": "hi-IN", "success_path": "/welcome", "cancel_path": "/plans",
        }),
    ] {
        assert!(both_sell(&body), "{body}");
    }
    for body in [
        json!(null),
        json!([]),
        json!({}),
        json!("pro"),
        json!({ "quantity": 1 }),
        json!({ "price": null }),
        json!({ "price": 1 }),
        json!({ "price": "" }),
        json!({ "price": "a b" }),
        json!({ "price": "a,b" }),
        json!({ "price": "a=b" }),
        json!({ "price": "\u{fc}" }),
        json!({ "price": "x".repeat(65) }),
        json!({ "price": ["pro"] }),
        json!({ "price": "pro", "customer": "cus_1" }),
        json!({ "price": "pro", "currency": "eur" }),
        json!({ "price": "pro", "customer_email": "a@example.com" }),
        json!({ "price": "pro", "return_path": "/" }),
        json!({ "price": "pro", "quantity": 0 }),
        json!({ "price": "pro", "quantity": -1 }),
        json!({ "price": "pro", "quantity": 1.5 }),
        json!({ "price": "pro", "quantity": "1" }),
        json!({ "price": "pro", "quantity": null }),
        json!({ "price": "pro", "quantity": 1_000_000 }),
        json!({ "price": "pro", "locale": null }),
        json!({ "price": "pro", "locale": "DE" }),
        json!({ "price": "pro", "locale": "xx" }),
        json!({ "price": "pro", "success_path": null }),
        json!({ "price": "pro", "success_path": "" }),
        json!({ "price": "pro", "success_path": "//evil.example" }),
        json!({ "price": "pro", "success_path": "https://evil.example/" }),
        json!({ "price": "pro", "cancel_path": "/a/../b" }),
        json!({ "price": "pro", "cancel_path": 1 }),
        json!({ "price": "pro", "cancel_path": format!("/{}", "x".repeat(2_048)) }),
    ] {
        assert!(!both_sell(&body), "{body}");
    }
}

#[test]
fn the_locales_that_are_described_are_those_of_the_component() {
    for locale in portico::stripe::portal_session::LOCALES {
        assert!(both_take(&json!({ "locale": locale })), "{locale}");
    }
    for locale in creation::LOCALES {
        let body = json!({ "price": "pro", "locale": locale });
        assert!(both_sell(&body), "{locale}");
    }
    // A locale that only one of Stripe's two pages has is taken by one of the two alone.
    let portal = portico::stripe::portal_session::LOCALES;
    for locale in portal.iter().chain(&creation::LOCALES) {
        both_take(&json!({ "locale": locale }));
        both_sell(&json!({ "price": "pro", "locale": locale }));
    }
}

#[test]
fn dots_between_two_slashes_at_the_beginning_do_not_make_a_path() {
    for path in ["/.//a", "/././/a", "/%2e//a", "/.%2F/a", "/.//", "/.//?x"] {
        assert!(!both_take(&json!({ "return_path": path })), "{path}");
    }
    for path in ["/.", "/./", "/./a", "/a//b", "/?x=/.//a", "/./.", "/a/.//b"] {
        assert!(both_take(&json!({ "return_path": path })), "{path}");
    }
}

proptest! {
    #[test]
    fn a_return_path_is_described_if_the_component_takes_it_and_only_then(
        path in "/?([a-b./?#%\\\\:\u{e9} -]|%2[eEfF]|%5c|%0[aA]|%7f|%[c-e][0-9]|\\.\\.){0,9}",
    ) {
        both_take(&json!({ "return_path": path }));
        both_sell(&json!({ "price": "pro", "success_path": path, "cancel_path": "/" }));
        both_sell(&json!({ "price": "pro", "cancel_path": path }));
    }
}

#[test]
fn a_description_that_lacks_something_is_refused() {
    for (yaml, because) in [
        ("a: [", "while parsing"),
        ("a: 1\na: 2", "duplicated key"),
        ("a: 1\n---\na: 1", "there are 2 documents"),
        ("1: a", "a member's name is not text"),
        ("a: 1", "there is no paths"),
        (
            "paths: {/x: {get: {responses: {}}}}",
            "/x: there is no x-other-methods",
        ),
        (
            "paths: {}\nx-other-paths: {ok: {headers: {}}}",
            "no status: ok",
        ),
        (
            "paths: {}\nx-other-paths: {'404': {$ref: '#/nowhere'}}",
            "#/nowhere leads nowhere",
        ),
        (
            "paths: {}\nx-other-paths: {'404': {headers: {A: {}}}}",
            "the header A: there is no schema",
        ),
        (
            "paths: {}\nx-other-paths: {'404': {headers: {A: {schema: {type: 1}}}}}",
            "not a schema",
        ),
        (
            "paths: {}\na: {b: {$ref: '#/a'}}\nx-other-paths: {'404': {headers: {A: {schema: {$ref: '#/a'}}}}}",
            "a schema leads back to itself",
        ),
    ] {
        let told = OpenApi::parse(yaml)
            .err()
            .unwrap_or_else(|| panic!("{yaml} is read"));
        assert!(told.contains(because), "{yaml}: {told}");
    }
}
