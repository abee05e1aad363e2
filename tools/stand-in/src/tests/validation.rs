//! Refusals: with which status, code and parameter.

use std::time::{Duration, UNIX_EPOCH};

use serde_json::json;

use super::client::post;
use super::{BODY, stand_in};
use crate::StripeStandIn;
use crate::wire::Answer;

/// Expects a 400 of type `invalid_request_error`, and returns its message.
#[track_caller]
fn refused(answer: &Answer, code: Option<&str>, param: Option<&str>) -> String {
    let json = answer.parsed();
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
    error["message"].as_str().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn only_a_key_of_stripes_form_is_one_and_a_wrong_one_is_shown_in_part() {
    let stripe = stand_in().await;
    let ask = async |authorization: &str, body: &str| {
        post(&stripe, &[("Authorization", authorization)], body).await
    };
    for (authorization, message) in [
        ("", "You did not provide an API key."),
        ("Bearer", "You did not provide an API key."),
        ("Basic c2tfdGVzdF8xOg==", "You did not provide an API key."),
        (
            "Bearer pk_test_abcdef1234",
            "Invalid API Key provided: pk_test_******1234",
        ),
        ("Bearer nonsense", "Invalid API Key provided: ****ense"),
    ] {
        let answer = ask(authorization, BODY).await;
        let json = answer.parsed();
        assert_eq!(
            (answer.status, &json["error"]["type"]),
            (401, &json!("invalid_request_error"))
        );
        let told = json["error"]["message"].as_str().unwrap_or_default();
        assert!(told.starts_with(message), "{told}");
    }
    for (key, body, live) in [
        ("Bearer rk_test_1", BODY, false),
        ("Bearer sk_live_1", "customer=cus_live", true),
        ("bearer rk_live_1", "customer=cus_live", true),
    ] {
        assert_eq!(ask(key, body).await.parsed()["livemode"], live, "{key}");
    }
}

#[tokio::test]
async fn a_stand_in_can_have_a_key_and_a_clock_of_its_own() {
    let at = Duration::from_secs(1_893_456_000);
    let stripe = StripeStandIn::builder()
        .api_key("sk_test_own")
        .clock(move || UNIX_EPOCH + at);
    let stripe = stripe.start("127.0.0.1:0").await.expect("a free port");
    stripe.add_customer("cus_1", false);
    let other = post(&stripe, &[("Authorization", "Bearer sk_test_other")], BODY).await;
    assert_eq!(other.status, 401);
    let own = post(&stripe, &[("Authorization", "Bearer sk_test_own")], BODY).await;
    assert_eq!(own.parsed()["created"], 1_893_456_000);
}

#[tokio::test]
async fn a_customer_is_required_and_must_exist_in_the_keys_mode() {
    let stripe = stand_in().await;
    let json = post(&stripe, &[("Content-Type", "application/json")], "{}").await;
    assert!(refused(&json, None, None).contains("application/x-www-form-urlencoded"));
    let answer = post(&stripe, &[], "locale=de").await;
    refused(&answer, Some("parameter_missing"), Some("customer"));
    for (key, customer, message) in [
        ("sk_test_1", "cus_x", "No such customer: 'cus_x'"),
        (
            "sk_test_1",
            "cus_live",
            "exists in live mode, but a test mode key was used to make this request.",
        ),
        (
            "sk_live_1",
            "cus_1",
            "exists in test mode, but a live mode key was used to make this request.",
        ),
    ] {
        let key = format!("Bearer {key}");
        let answer = post(
            &stripe,
            &[("Authorization", &key)],
            &format!("customer={customer}"),
        )
        .await;
        let told = refused(&answer, Some("resource_missing"), Some("customer"));
        assert!(told.ends_with(message), "{told}");
    }
}

#[tokio::test]
async fn a_configuration_must_exist() {
    let stripe = stand_in().await;
    let body = "customer=cus_1&configuration=bpc_1";
    let answer = post(&stripe, &[], body).await;
    refused(&answer, Some("resource_missing"), Some("configuration"));
    stripe.add_configuration("bpc_1", false);
    assert_eq!(
        post(&stripe, &[], body).await.parsed()["configuration"],
        "bpc_1"
    );
    stripe.set_default_configuration(false, false);
    let message = refused(&post(&stripe, &[], BODY).await, None, None);
    let expected =
        "No configuration provided and your test mode default configuration has not been created.";
    assert!(message.starts_with(expected), "{message}");
    let live = [("Authorization", "Bearer sk_live_1")];
    assert_eq!(post(&stripe, &live, "customer=cus_live").await.status, 200);
}

/// Parameters beside the customer; then, after two spaces each, the code and the parameter of the refusal. In all of
/// them, a dollar sign stands for `flow_data` and an at sign for `flow_data[subscription_update_confirm]`.
const REFUSED: &str = "\
locale=xx  -  locale
locale=  parameter_invalid_empty  locale
return_url=%2Faccount  url_invalid  return_url
return_url=https%3A%2F%2F  url_invalid  return_url
on_behalf_of=cus_1  resource_missing  on_behalf_of
email=a%40b.c  parameter_unknown  email
$=x  parameter_unknown  $
$[type]=pause  -  $[type]
$[subscription_cancel][subscription]=sub_1  parameter_missing  $[type]
$[type]=subscription_cancel  parameter_missing  $[subscription_cancel][subscription]
$[type]=subscription_cancel&$[subscription_cancel][subscription]=sub_missing  resource_missing  $[subscription_cancel][subscription]
$[type]=subscription_pause&$[subscription_cancel][subscription]=sub_1  -  $[subscription_cancel]
$[type]=customer_update&$[after_completion][type]=away  -  $[after_completion][type]
$[type]=customer_update&$[after_completion][type]=redirect  parameter_missing  $[after_completion][redirect][return_url]
$[type]=subscription_update_confirm&@[subscription]=sub_1  parameter_missing  @[items]
$[type]=subscription_update_confirm&@[subscription]=sub_1&@[items][0][price]=price_1  parameter_missing  @[items][0][id]
$[type]=subscription_update_confirm&@[subscription]=sub_1&@[items][0][id]=prod_1  resource_missing  @[items][0][id]
$[type]=subscription_update_confirm&@[subscription]=sub_1&@[items][0][id]=si_1&@[items][0][quantity]=two  parameter_invalid_integer  @[items][0][quantity]
$[type]=subscription_update_confirm&@[subscription]=sub_1&@[items][0][id]=si_1&@[items][1][id]=si_2  -  @[items]
$[type]=subscription_update_confirm&@[subscription]=sub_1&@[items][1][id]=si_2  -  @[items]
$[type]=subscription_update_confirm&@[subscription]=sub_1&@[items][0][id]=si_1&@[discounts][0][promotion_code]=x  resource_missing  @[discounts][0][promotion_code]
after_expiration[type]=never  -  after_expiration[type]
after_expiration[customer_login][expires_at]=1  parameter_missing  after_expiration[type]
";

#[tokio::test]
async fn parameters_are_checked_each_by_its_own_rule() {
    let stripe = stand_in().await;
    for line in REFUSED.lines() {
        let line = line
            .replace('$', "flow_data")
            .replace('@', "flow_data[subscription_update_confirm]");
        let [more, code, param] = line.split("  ").collect::<Vec<_>>()[..] else {
            panic!("{line}")
        };
        let answer = post(&stripe, &[], &format!("customer=cus_1&{more}")).await;
        refused(&answer, Some(code).filter(|code| *code != "-"), Some(param));
    }
}

#[tokio::test]
async fn parameters_come_back_in_the_session() {
    let stripe = stand_in().await;
    let confirm = "flow_data[subscription_update_confirm]";
    let body = format!(
        "customer=cus_1&locale=pt-BR&on_behalf_of=acct_1&flow_data[type]=subscription_update_confirm\
         &{confirm}[subscription]=sub_1&{confirm}[items][0][id]=si_1&{confirm}[items][0][price]=price_1\
         &{confirm}[items][0][quantity]=2&{confirm}[discounts][0][coupon]=SUMMER\
         &flow_data[after_completion][type]=redirect\
         &flow_data[after_completion][redirect][return_url]=https%3A%2F%2Fapp.example.com%2Fdone\
         &after_expiration[type]=customer_login&after_expiration[customer_login][expires_at]=1893456000"
    );
    let session = post(&stripe, &[], &body).await.parsed();
    assert_eq!(
        (&session["locale"], &session["on_behalf_of"]),
        (&json!("pt-BR"), &json!("acct_1"))
    );
    let login = json!({"customer_login": {"expires_at": 1_893_456_000}, "type": "customer_login"});
    assert_eq!(session["after_expiration"], login);
    let expected = json!({
        "after_completion": {
            "hosted_confirmation": null,
            "redirect": { "return_url": "https://app.example.com/done" },
            "type": "redirect",
        },
        "subscription_cancel": null,
        "subscription_pause": null,
        "subscription_update": null,
        "subscription_update_confirm": {
            "discounts": [{ "coupon": "SUMMER", "promotion_code": null }],
            "items": [{ "id": "si_1", "price": "price_1", "quantity": 2 }],
            "subscription": "sub_1",
        },
        "type": "subscription_update_confirm",
    });
    assert_eq!(session["flow"], expected);
}
