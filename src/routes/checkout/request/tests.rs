use http::HeaderValue;
use http::header::CONTENT_TYPE;
use serde_json::json;

use super::*;
use crate::stripe::link::LinkHosts;
use crate::stripe_id::PriceId;

fn settings() -> CheckoutSettings {
    let price = |name: &str, id| (name.to_owned(), PriceId::parse(id).unwrap());
    CheckoutSettings {
        prices: vec![
            price("pro_monthly", "price_1"),
            price("pro_yearly", "price_2"),
        ],
        frontend_url: "https://app.example.com".to_owned(),
        hosts: LinkHosts::parse(&[]).unwrap(),
        max_quantity: 5,
        trial_days: 0,
        promotion_codes: false,
        automatic_tax: false,
        success_path: ReturnPath::parse("/account?checkout=done").unwrap(),
        cancel_path: ReturnPath::default(),
    }
}

fn parse_text(content_type: &str, body: &str) -> Result<Choice, Invalid> {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_str(content_type).unwrap());
    super::parse(&headers, body.as_bytes(), &settings())
}

fn parse(body: &Value) -> Result<Choice, Invalid> {
    parse_text("application/json", &body.to_string())
}

#[test]
fn a_price_is_enough_and_all_else_has_a_default() {
    let choice = parse(&json!({"price": "pro_yearly"})).unwrap();
    assert_eq!(
        (choice.price.as_str(), choice.quantity, choice.locale),
        ("price_2", 1, None)
    );
    assert_eq!(choice.success_path.as_str(), "/account?checkout=done");
    assert_eq!(choice.cancel_path.as_str(), "/account");
}

#[test]
fn all_that_may_be_chosen_is_taken() {
    let body = json!({
        "price": "pro_monthly", "quantity": 5, "locale": "pt-BR", "success_path": "/thanks?x=1", "cancel_path": "/plans",
    });
    let choice = parse(&body).unwrap();
    assert_eq!(
        (choice.price.as_str(), choice.quantity, choice.locale),
        ("price_1", 5, Some("pt-BR"))
    );
    assert_eq!(
        (choice.success_path.as_str(), choice.cancel_path.as_str()),
        ("/thanks?x=1", "/plans")
    );
}

#[test]
fn a_body_that_breaks_a_rule_is_refused() {
    for body in [
        json!({}),
        json!([]),
        json!("pro_monthly"),
        json!({"price": null}),
        json!({"price": 1}),
        json!({"price": "price_1"}),
        json!({"price": "PRO_MONTHLY"}),
        json!({"price": ""}),
        json!({"quantity": 1}),
    ] {
        assert!(parse(&body).is_err(), "{body}");
    }
    for (name, values) in [
        (
            "quantity",
            vec![
                json!(0),
                json!(6),
                json!(-1),
                json!(1.0),
                json!("1"),
                json!(null),
                json!(1e30),
            ],
        ),
        (
            "locale",
            vec![json!("xx"), json!("DE"), json!(""), json!(null), json!(1)],
        ),
        (
            "success_path",
            vec![
                json!("//x"),
                json!("https://x"),
                json!("/../x"),
                json!(""),
                json!(null),
                json!(1),
            ],
        ),
        (
            "cancel_path",
            vec![json!("/\\x"), json!("/.//x/../.."), json!("x"), json!({})],
        ),
        ("customer", vec![json!("cus_1")]),
        ("customer_email", vec![json!("x@example.com")]),
        ("currency", vec![json!("eur")]),
        ("return_path", vec![json!("/account")]),
        ("trial_days", vec![json!(14)]),
    ] {
        for value in values {
            let body = json!({"price": "pro_monthly", (name): value});
            assert!(parse(&body).is_err(), "{body}");
        }
    }
    assert!(parse_text("text/plain", r#"{"price":"pro_monthly"}"#).is_err());
    assert!(parse_text("application/json", "").is_err());
    assert!(
        parse_text(
            "application/json",
            r#"{"price":"pro_monthly","price":"pro_yearly"}"#
        )
        .is_err()
    );
    assert!(
        super::parse(
            &HeaderMap::new(),
            br#"{"price":"pro_monthly"}"#,
            &settings()
        )
        .is_err()
    );
}

#[test]
fn the_most_of_a_price_is_the_operators() {
    let settings = CheckoutSettings {
        max_quantity: 1,
        ..settings()
    };
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let parse = |quantity: u64| {
        let body = json!({"price": "pro_monthly", "quantity": quantity}).to_string();
        super::parse(&headers, body.as_bytes(), &settings).is_ok()
    };
    assert!(parse(1) && !parse(2));
}
