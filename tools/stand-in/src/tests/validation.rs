//! What is refused, with which status, code and parameter.

use std::time::{Duration, UNIX_EPOCH};

use super::client::post;
use super::{BODY, stand_in};
use crate::StripeStandIn;

const CONFIRM: &str = "customer=cus_1&flow_data[type]=subscription_update_confirm\
                       &flow_data[subscription_update_confirm][subscription]=sub_1";

/// Expects a 400 of type `invalid_request_error`, and returns its message.
#[track_caller]
fn refused(answer: &super::client::Answer, code: Option<&str>, param: Option<&str>) -> String {
    let json = answer.json();
    let error = &json["error"];
    assert_eq!(answer.status, 400, "{json}");
    assert_eq!(error["type"], "invalid_request_error");
    assert_eq!(error["code"].as_str(), code, "{json}");
    assert_eq!(error["param"].as_str(), param, "{json}");
    let log = error["request_log_url"].as_str().unwrap_or_default();
    assert!(
        log.ends_with(answer.header("request-id").unwrap_or("no id")),
        "{json}"
    );
    assert_eq!(error["doc_url"].is_string(), code.is_some());
    error["message"].as_str().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn a_missing_api_key_is_unauthorized() {
    let stripe = stand_in().await;
    for authorization in ["", "Bearer", "Basic c2tfdGVzdF8xOg=="] {
        let answer = post(&stripe, &[("Authorization", authorization)], BODY).await;
        assert_eq!(answer.status, 401);
        let json = answer.json();
        assert_eq!(json["error"]["type"], "invalid_request_error");
        let message = json["error"]["message"].as_str().unwrap_or_default();
        assert!(
            message.starts_with("You did not provide an API key."),
            "{message}"
        );
    }
}

#[tokio::test]
async fn an_invalid_api_key_is_unauthorized_and_shown_in_part() {
    let stripe = stand_in().await;
    for (key, shown) in [
        ("pk_test_abcdef1234", "pk_test_******1234"),
        ("sk_test_abc.def1234", "sk_test_*******1234"),
        ("nonsense", "****ense"),
    ] {
        let answer = post(
            &stripe,
            &[("Authorization", &format!("Bearer {key}"))],
            BODY,
        )
        .await;
        assert_eq!(answer.status, 401);
        assert_eq!(
            answer.json()["error"]["message"],
            format!("Invalid API Key provided: {shown}")
        );
    }
}

#[tokio::test]
async fn a_stand_in_with_a_key_of_its_own_takes_no_other() {
    let stripe = StripeStandIn::builder()
        .api_key("sk_test_own")
        .any_customer();
    let stripe = stripe.start("127.0.0.1:0").await.expect("a free port");
    for (key, status) in [("sk_test_own", 200), ("sk_test_other", 401)] {
        let authorization = format!("Bearer {key}");
        let answer = post(&stripe, &[("Authorization", &authorization)], BODY).await;
        assert_eq!(answer.status, status, "{key}");
    }
}

#[tokio::test]
async fn times_are_those_of_the_clock_that_was_given() {
    let at = Duration::from_secs(1_893_456_000);
    let stripe = StripeStandIn::builder()
        .clock(move || UNIX_EPOCH + at)
        .any_customer()
        .start("127.0.0.1:0");
    let stripe = stripe.await.expect("a free port");
    let session = post(&stripe, &[], BODY).await.json();
    assert_eq!(session["created"], 1_893_456_000);
}

#[tokio::test]
async fn restricted_and_live_keys_are_keys() {
    let stripe = stand_in().await;
    let with_key = async |key: &str, body: &str| {
        let answer = post(
            &stripe,
            &[("Authorization", &format!("Bearer {key}"))],
            body,
        )
        .await;
        answer.json()["livemode"].as_bool()
    };
    assert_eq!(with_key("rk_test_1", BODY).await, Some(false));
    assert_eq!(with_key("sk_live_1", "customer=cus_live").await, Some(true));
    assert_eq!(with_key("rk_live_1", "customer=cus_live").await, Some(true));
}

#[tokio::test]
async fn another_content_type_is_refused() {
    let stripe = stand_in().await;
    let answer = post(&stripe, &[("Content-Type", "application/json")], "{}").await;
    assert!(refused(&answer, None, None).contains("application/x-www-form-urlencoded"));
}

#[tokio::test]
async fn a_version_that_is_none_is_refused() {
    let stripe = stand_in().await;
    for version in ["endive", "2026-10-28.", "2026-1-28", "2026-10-28.Endive"] {
        let answer = post(&stripe, &[("Stripe-Version", version)], BODY).await;
        assert!(refused(&answer, None, None).starts_with("Invalid Stripe API version"));
    }
    assert_eq!(
        post(&stripe, &[("Stripe-Version", "2024-06-20")], BODY)
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn a_customer_is_required_and_must_exist_in_the_keys_mode() {
    let stripe = stand_in().await;
    let answer = post(&stripe, &[], "locale=de").await;
    refused(&answer, Some("parameter_missing"), Some("customer"));

    let answer = post(&stripe, &[], "customer=cus_x").await;
    let message = refused(&answer, Some("resource_missing"), Some("customer"));
    assert_eq!(message, "No such customer: 'cus_x'");

    let answer = post(&stripe, &[], "customer=cus_live").await;
    let message = refused(&answer, Some("resource_missing"), Some("customer"));
    let expected = "No such customer: 'cus_live'; a similar object exists in live mode, but a test mode key was used \
                    to make this request.";
    assert_eq!(message, expected);

    let live = [("Authorization", "Bearer sk_live_1")];
    let message = refused(
        &post(&stripe, &live, BODY).await,
        Some("resource_missing"),
        Some("customer"),
    );
    assert!(
        message
            .ends_with("exists in test mode, but a live mode key was used to make this request.")
    );
}

#[tokio::test]
async fn with_any_customer_only_what_is_no_customer_is_missing() {
    let builder = super::StripeStandIn::builder().any_customer();
    let stripe = builder.start("127.0.0.1:0").await.expect("a free port");
    assert_eq!(post(&stripe, &[], "customer=cus_whoever").await.status, 200);
    for customer in ["cus_missing1", "acct_1", "cus_"] {
        let answer = post(&stripe, &[], &format!("customer={customer}")).await;
        refused(&answer, Some("resource_missing"), Some("customer"));
    }
}

#[tokio::test]
async fn a_mode_without_a_portal_configuration_says_where_to_make_one() {
    let stripe = stand_in().await;
    stripe.set_default_configuration(false, false);
    let message = refused(&post(&stripe, &[], BODY).await, None, None);
    assert!(message.starts_with(
        "No configuration provided and your test mode default configuration has not been created."
    ));
    assert!(message.ends_with("https://dashboard.stripe.com/test/settings/billing/portal."));

    let live = [("Authorization", "Bearer sk_live_1")];
    assert_eq!(post(&stripe, &live, "customer=cus_live").await.status, 200);
}

#[tokio::test]
async fn a_named_configuration_must_exist() {
    let stripe = stand_in().await;
    let body = "customer=cus_1&configuration=bpc_1";
    refused(
        &post(&stripe, &[], body).await,
        Some("resource_missing"),
        Some("configuration"),
    );
    stripe.add_configuration("bpc_1", false);
    assert_eq!(
        post(&stripe, &[], body).await.json()["configuration"],
        "bpc_1"
    );
}

#[tokio::test]
async fn simple_parameters_are_checked_each_by_its_own_rule() {
    let stripe = stand_in().await;
    for (rest, code, param) in [
        ("locale=xx", None, "locale"),
        ("locale=", Some("parameter_invalid_empty"), "locale"),
        ("return_url=%2Faccount", Some("url_invalid"), "return_url"),
        (
            "return_url=app.example.com",
            Some("url_invalid"),
            "return_url",
        ),
        (
            "return_url=https%3A%2F%2F",
            Some("url_invalid"),
            "return_url",
        ),
        (
            "on_behalf_of=cus_1",
            Some("resource_missing"),
            "on_behalf_of",
        ),
        ("email=a%40b.c", Some("parameter_unknown"), "email"),
        (
            "flow_data[kind]=x",
            Some("parameter_unknown"),
            "flow_data[kind]",
        ),
        ("flow_data=x", Some("parameter_unknown"), "flow_data"),
    ] {
        let answer = post(&stripe, &[], &format!("customer=cus_1&{rest}")).await;
        refused(&answer, code, Some(param));
    }
    let answer = post(
        &stripe,
        &[],
        "customer=cus_1&locale=pt-BR&on_behalf_of=acct_1&expand[]=configuration",
    )
    .await;
    assert_eq!(answer.json()["locale"], "pt-BR");
    assert_eq!(answer.json()["on_behalf_of"], "acct_1");
}

#[tokio::test]
async fn a_flow_is_checked_down_to_its_members() {
    let stripe = stand_in().await;
    let cancel = "flow_data[subscription_cancel][subscription]";
    let update = "flow_data[subscription_update][subscription]";
    let completion = "flow_data[after_completion]";
    let unknown_type = "flow_data[type]=pause";
    let no_type = format!("{cancel}=sub_1");
    let no_member = "flow_data[type]=subscription_cancel".to_owned();
    let missing = format!("{no_member}&{cancel}=sub_missing");
    let of_another = format!("{no_member}&{cancel}=sub_1&{update}=sub_1");
    let portal = "flow_data[type]=payment_method_update";
    for (rest, code, param) in [
        (unknown_type, None, "flow_data[type]"),
        (&no_type, Some("parameter_missing"), "flow_data[type]"),
        (&no_member, Some("parameter_missing"), cancel),
        (&missing, Some("resource_missing"), cancel),
        (&of_another, None, "flow_data[subscription_update]"),
        (
            &format!("{portal}&{completion}[type]=away"),
            None,
            "flow_data[after_completion][type]",
        ),
        (
            &format!("{portal}&{completion}[type]=redirect"),
            Some("parameter_missing"),
            "flow_data[after_completion][redirect][return_url]",
        ),
        (
            &format!("{portal}&{completion}[redirect][return_url]=https://a.b"),
            Some("parameter_missing"),
            "flow_data[after_completion][type]",
        ),
    ] {
        let answer = post(&stripe, &[], &format!("customer=cus_1&{rest}")).await;
        refused(&answer, code, Some(param));
    }
}

#[tokio::test]
async fn the_items_of_an_update_are_checked() {
    let stripe = stand_in().await;
    let list = "flow_data[subscription_update_confirm][items]";
    let discounts = "flow_data[subscription_update_confirm][discounts]";
    let item = format!("{list}[0][id]=si_1");
    for (rest, code, param) in [
        (
            "locale=de".to_owned(),
            Some("parameter_missing"),
            list.to_owned(),
        ),
        (
            format!("{list}[0][price]=price_1"),
            Some("parameter_missing"),
            format!("{list}[0][id]"),
        ),
        (
            format!("{list}[0][id]=prod_1"),
            Some("resource_missing"),
            format!("{list}[0][id]"),
        ),
        (
            format!("{item}&{list}[0][price]=x"),
            Some("resource_missing"),
            format!("{list}[0][price]"),
        ),
        (
            format!("{item}&{list}[0][quantity]=two"),
            Some("parameter_invalid_integer"),
            format!("{list}[0][quantity]"),
        ),
        (format!("{item}&{list}[1][id]=si_2"), None, list.to_owned()),
        (format!("{list}[1][id]=si_2"), None, list.to_owned()),
        (
            format!("{item}&{discounts}[0][promotion_code]=x"),
            Some("resource_missing"),
            format!("{discounts}[0][promotion_code]"),
        ),
    ] {
        let answer = post(&stripe, &[], &format!("{CONFIRM}&{rest}")).await;
        refused(&answer, code, Some(&param));
    }
}

#[tokio::test]
async fn a_flow_comes_back_in_the_session() {
    let stripe = stand_in().await;
    let body = format!(
        "{CONFIRM}&flow_data[subscription_update_confirm][items][0][id]=si_1\
         &flow_data[subscription_update_confirm][items][0][price]=price_1\
         &flow_data[subscription_update_confirm][items][0][quantity]=2\
         &flow_data[subscription_update_confirm][discounts][0][coupon]=SUMMER\
         &flow_data[after_completion][type]=redirect\
         &flow_data[after_completion][redirect][return_url]=https%3A%2F%2Fapp.example.com%2Fdone"
    );
    let answer = post(&stripe, &[], &body).await;
    let expected = serde_json::json!({
        "after_completion": {
            "hosted_confirmation": null,
            "redirect": { "return_url": "https://app.example.com/done" },
            "type": "redirect",
        },
        "subscription_cancel": null,
        "subscription_update": null,
        "subscription_update_confirm": {
            "discounts": [{ "coupon": "SUMMER", "promotion_code": null }],
            "items": [{ "id": "si_1", "price": "price_1", "quantity": 2 }],
            "subscription": "sub_1",
        },
        "type": "subscription_update_confirm",
    });
    assert_eq!(answer.json()["flow"], expected);
}
