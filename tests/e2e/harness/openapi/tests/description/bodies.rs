//! That a request's body is described if the component takes it, and only then.

use http::HeaderMap;
use http::header::HeaderValue;
use portico::return_path::ReturnPath;
use portico::routes::{parse_checkout_request, parse_portal_request};
use portico::stripe::checkout_session::creation::{self, CheckoutSettings};
use portico::stripe::link::LinkHosts;
use portico::stripe::portal_session;
use portico::stripe_id::PriceId;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::*;

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
    let settings = CheckoutSettings {
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
    for locale in portal_session::LOCALES {
        assert!(both_take(&json!({ "locale": locale })), "{locale}");
    }
    for locale in creation::LOCALES {
        let body = json!({ "price": "pro", "locale": locale });
        assert!(both_sell(&body), "{locale}");
    }
    // A locale that only one of Stripe's two pages has is taken by one of the two alone.
    for locale in portal_session::LOCALES.iter().chain(&creation::LOCALES) {
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
