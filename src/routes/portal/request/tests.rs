use http::HeaderValue;
use http::header::CONTENT_TYPE;
use serde_json::json;

use super::*;

fn coupons() -> Vec<String> {
    ["Été 20%", "SUMMER"].map(str::to_owned).to_vec()
}

fn parse_text(content_type: Option<&str>, body: &str) -> Result<Choices, Invalid> {
    let headers = content_type
        .map(|value| (CONTENT_TYPE, HeaderValue::from_str(value).unwrap()))
        .into_iter()
        .collect();
    super::parse(&headers, body.as_bytes(), &coupons())
}

fn parse(body: &Value) -> Result<Choices, Invalid> {
    parse_text(Some("application/json"), &body.to_string())
}

fn flow(flow: &Value) -> Result<Flow, Invalid> {
    parse(&json!({ "flow": flow })).map(|request| request.flow.unwrap())
}

#[test]
fn no_body_means_that_nothing_was_chosen() {
    for content_type in [
        None,
        Some("application/json"),
        Some("application/x-www-form-urlencoded"),
    ] {
        assert_eq!(parse_text(content_type, ""), Ok(Choices::default()));
    }
    assert_eq!(parse(&json!({})), Ok(Choices::default()));
    assert_eq!(Choices::default().return_path.as_str(), "/account");
}

#[test]
fn a_body_must_say_once_that_it_is_json() {
    for content_type in [
        "application/json",
        "Application/JSON",
        "application/json; charset=utf-8",
        "application/json ;x=y",
    ] {
        assert!(
            parse_text(Some(content_type), "{}").is_ok(),
            "{content_type}"
        );
    }
    for content_type in [
        None,
        Some("text/plain"),
        Some("application/jsonp"),
        Some("application/x-www-form-urlencoded"),
        Some(""),
    ] {
        assert!(parse_text(content_type, "{}").is_err(), "{content_type:?}");
    }
    let twice = ["application/json", "text/plain"]
        .map(|value| (CONTENT_TYPE, HeaderValue::from_static(value)))
        .into_iter()
        .collect();
    assert!(super::parse(&twice, b"{}", &[]).is_err());
}

#[test]
fn every_flow_of_the_portal_can_be_chosen() {
    let subscription = || SubscriptionId::parse("sub_1").unwrap();
    let item = |id| Item {
        id: SubscriptionItemId::parse(id).unwrap(),
        price: None,
        quantity: None,
    };
    for (body, kind) in [
        (
            json!({"type": "payment_method_update"}),
            FlowKind::PaymentMethodUpdate,
        ),
        (json!({"type": "customer_update"}), FlowKind::CustomerUpdate),
        (
            json!({"type": "subscription_cancel", "subscription": "sub_1"}),
            FlowKind::SubscriptionCancel {
                subscription: subscription(),
            },
        ),
        (
            json!({"type": "subscription_pause", "subscription": "sub_1"}),
            FlowKind::SubscriptionPause {
                subscription: subscription(),
            },
        ),
        (
            json!({"type": "subscription_update", "subscription": "sub_1"}),
            FlowKind::SubscriptionUpdate {
                subscription: subscription(),
            },
        ),
        (
            json!({
                "type": "subscription_update_confirm",
                "subscription": "sub_1",
                "items": [{"id": "si_1", "price": "price_1", "quantity": 2}],
                "discounts": [{"coupon": "Été 20%"}],
            }),
            FlowKind::SubscriptionUpdateConfirm {
                subscription: subscription(),
                item: Item {
                    id: SubscriptionItemId::parse("si_1").unwrap(),
                    price: PriceId::parse("price_1"),
                    quantity: Some(2),
                },
                discount: Some(Discount::Coupon("Été 20%".to_owned())),
            },
        ),
        (
            json!({
                "type": "subscription_update_confirm",
                "subscription": "sub_1",
                "items": [{"id": "si_2"}],
                "discounts": [{"promotion_code": "promo_1"}],
            }),
            FlowKind::SubscriptionUpdateConfirm {
                subscription: subscription(),
                item: item("si_2"),
                discount: Some(Discount::PromotionCode(
                    PromotionCodeId::parse("promo_1").unwrap(),
                )),
            },
        ),
        (
            json!({
                "type": "subscription_update_confirm",
                "subscription": "sub_1",
                "items": [{"id": "si_2"}],
                "discounts": [],
            }),
            FlowKind::SubscriptionUpdateConfirm {
                subscription: subscription(),
                item: item("si_2"),
                discount: None,
            },
        ),
    ] {
        assert_eq!(
            flow(&body),
            Ok(Flow {
                kind,
                after_completion: None
            }),
            "{body}"
        );
    }
}

#[test]
fn what_happens_after_a_flow_can_be_chosen() {
    for (name, after_completion) in [
        ("portal_homepage", AfterCompletion::PortalHomepage),
        ("hosted_confirmation", AfterCompletion::HostedConfirmation),
        ("redirect", AfterCompletion::Redirect),
    ] {
        let body = json!({"type": "payment_method_update", "after_completion": name});
        assert_eq!(
            flow(&body).unwrap().after_completion,
            Some(after_completion)
        );
    }
}

#[test]
fn a_flow_that_breaks_a_rule_is_refused() {
    let confirm = |items: Value, discounts: Value| {
        json!({
            "type": "subscription_update_confirm",
            "subscription": "sub_1",
            "items": items,
            "discounts": discounts,
        })
    };
    let item = json!([{"id": "si_1"}]);
    for body in [
        json!(null),
        json!("payment_method_update"),
        json!([]),
        json!({}),
        json!({"type": null}),
        json!({"type": "subscription_pause"}),
        json!({"type": "Payment_Method_Update"}),
        json!({"type": "payment_method_update", "subscription": "sub_1"}),
        json!({"type": "payment_method_update", "customer": "cus_2"}),
        json!({"type": "payment_method_update", "after_completion": "close"}),
        json!({"type": "payment_method_update", "after_completion": null}),
        json!({"type": "payment_method_update", "after_completion": {"type": "redirect"}}),
        json!({"type": "subscription_cancel"}),
        json!({"type": "subscription_cancel", "subscription": null}),
        json!({"type": "subscription_cancel", "subscription": 7}),
        json!({"type": "subscription_cancel", "subscription": "sub_"}),
        json!({"type": "subscription_cancel", "subscription": "cus_1"}),
        json!({"type": "subscription_cancel", "subscription": "sub_1&customer=cus_2"}),
        json!({"type": "subscription_cancel", "subscription": "sub_1", "items": []}),
        json!({"type": "subscription_cancel", "subscription": format!("sub_{}", "x".repeat(252))}),
        json!({"type": "subscription_update_confirm", "subscription": "sub_1"}),
        confirm(json!([]), json!([])),
        confirm(json!({}), json!([])),
        confirm(json!([{"id": "si_1"}, {"id": "si_2"}]), json!([])),
        confirm(
            item.clone(),
            json!([{"promotion_code": "promo_1"}, {"promotion_code": "promo_2"}]),
        ),
        json!({"type": "subscription_pause", "subscription": "si_1"}),
        confirm(json!(["si_1"]), json!([])),
        confirm(json!([{"price": "price_1"}]), json!([])),
        confirm(json!([{"id": "price_1"}]), json!([])),
        confirm(json!([{"id": "si_1", "price": "si_1"}]), json!([])),
        confirm(json!([{"id": "si_1", "price": null}]), json!([])),
        confirm(json!([{"id": "si_1", "quantity": -1}]), json!([])),
        confirm(json!([{"id": "si_1", "quantity": 1.5}]), json!([])),
        confirm(json!([{"id": "si_1", "quantity": "2"}]), json!([])),
        confirm(json!([{"id": "si_1", "deleted": true}]), json!([])),
        confirm(item.clone(), json!(null)),
        confirm(item.clone(), json!({})),
        confirm(item.clone(), json!([{}])),
        confirm(item.clone(), json!(["coupon"])),
        confirm(item.clone(), json!([{"coupon": ""}])),
        confirm(item.clone(), json!([{"coupon": "a\u{0}b"}])),
        confirm(item.clone(), json!([{"coupon": 20}])),
        confirm(item.clone(), json!([{"promotion_code": "coupon"}])),
        confirm(
            item.clone(),
            json!([{"coupon": "a", "promotion_code": "promo_1"}]),
        ),
        confirm(item, json!([{"discount": "di_1"}])),
    ] {
        assert!(flow(&body).is_err(), "{body}");
    }
}

#[test]
fn a_locale_is_one_of_the_portals() {
    for locale in LOCALES {
        assert_eq!(
            parse(&json!({"locale": locale})).unwrap().locale,
            Some(locale)
        );
    }
    for locale in [
        json!(""),
        json!("xx"),
        json!("EN"),
        json!("en_US"),
        json!("en-US"),
        json!(null),
        json!(7),
        json!(["de"]),
    ] {
        assert!(parse(&json!({"locale": locale})).is_err(), "{locale}");
    }
}

#[test]
fn a_body_that_is_not_an_object_with_the_known_members_is_refused() {
    for body in [
        "null",
        "[]",
        "\"\"",
        "7",
        "{",
        "{}x",
        "{\"flow\"}",
        "\u{feff}{}",
        " ",
        "flow=x",
        r#"{"customer":"cus_2"}"#,
        r#"{"return_url":"https://evil.example"}"#,
        r#"{"configuration":"bpc_1"}"#,
        r#"{"Locale":"de"}"#,
        r#"{"locale":"de","locale":"de"}"#,
        r#"{"locale":"de","loc\u0061le":"fr"}"#,
        r#"{"flow":{"type":"customer_update","type":"customer_update"}}"#,
        r#"{"return_path":null}"#,
        r#"{"return_path":7}"#,
        r#"{"return_path":["/account"]}"#,
    ] {
        assert!(
            parse_text(Some("application/json"), body).is_err(),
            "{body}"
        );
    }
}

#[test]
fn a_coupon_can_be_chosen_only_if_the_operator_lists_it() {
    let body = |coupon: &str| {
        json!({"flow": {
            "type": "subscription_update_confirm",
            "subscription": "sub_1",
            "items": [{"id": "si_1"}],
            "discounts": [{"coupon": coupon}],
        }})
        .to_string()
    };
    let headers = [(CONTENT_TYPE, HeaderValue::from_static("application/json"))]
        .into_iter()
        .collect();
    for (coupon, allowed) in [
        ("SUMMER", true),
        ("Été 20%", true),
        ("summer", false),
        ("SUMMER ", false),
        ("VIP100", false),
        ("", false),
    ] {
        let parsed = super::parse(&headers, body(coupon).as_bytes(), &coupons());
        assert_eq!(parsed.is_ok(), allowed, "{coupon:?}");
    }
    assert!(super::parse(&headers, body("SUMMER").as_bytes(), &[]).is_err());
}
