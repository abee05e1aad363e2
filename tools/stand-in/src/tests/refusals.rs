//! Refusals: with which status, code, parameter and words.

use serde_json::{Value, json};

use super::client::{has, post};
use super::{BODY, stand_in, start};
use crate::StripeStandIn;

#[tokio::test]
async fn only_a_key_of_stripes_form_is_one_and_a_wrong_one_is_shown_in_part() {
    let stripe = stand_in().await;
    for (authorization, message) in [
        ("", "You did not provide an API key."),
        ("Basic c2tf", "You did not provide an API key."),
        (
            "Bearer pk_test_abcdef1234",
            "provided: pk_test_******1234\"",
        ),
    ] {
        let answer = post(&stripe, &[("Authorization", authorization)], BODY).await;
        assert_eq!(answer.status, 401);
        assert!(answer.text().contains(message), "{}", answer.text());
    }
    let own = start(StripeStandIn::builder().api_key("sk_test_own")).await;
    for (key, status) in [("sk_test_other", 401), ("sk_test_own", 200)] {
        let key = format!("Bearer {key}");
        let answer = post(&own, &[("Authorization", &key)], BODY).await;
        assert_eq!(answer.status, status);
    }
}

#[tokio::test]
async fn an_object_must_exist_in_the_keys_mode() {
    let stripe = stand_in().await;
    stripe.set_default_configuration(false, false);
    for (key, body, says) in [
        (
            "sk_test_1",
            "customer=cus_live",
            "exists in live mode, but a test",
        ),
        (
            "sk_live_1",
            "customer=cus_1",
            "exists in test mode, but a live",
        ),
        (
            "rk_test_1",
            BODY,
            "your test mode default configuration has not",
        ),
        ("rk_live_1", "customer=cus_live", "\"livemode\": true"),
    ] {
        let key = format!("Bearer {key}");
        let answer = post(&stripe, &[("Authorization", &key)], body).await;
        assert!(answer.text().contains(says), "{}", answer.text());
    }
    stripe.add_configuration("bpc_1", false);
    let chosen = post(&stripe, &[], "customer=cus_1&configuration=bpc_1").await;
    assert_eq!(chosen.parsed()["configuration"], "bpc_1");
    let json = [("Content-Type", "application/json")];
    assert_eq!(post(&stripe, &json, "{}").await.status, 400);
}

/// Calls, and after an arrow the status, the code and the parameter of the refusal. A dollar sign stands for
/// `flow_data`, an at sign for `flow_data[subscription_update_confirm]`, and two dots for the parameters of a valid call.
const REFUSED: &str = "\
GET /v1/quotes -> 404 - -
GET /v1/customers/cus_live -> 404 resource_missing id
GET /v1/customers/cus_1?expand[]=sources -> 400 - expand
GET /v1/customers?starting_after=cus_live -> 400 resource_missing starting_after
GET /v1/customers/search?query=name:%27Ada%27 -> 400 - query
GET /v1/customers/search?query=metadata[%27a%27]:%27b%27%20OR%20x -> 400 - query
POST /v1/customers/cus_1?email=ada -> 400 email_invalid email
GET /v1/invoices?customer=cus_1&starting_after=in_other -> 400 resource_missing starting_after
GET /v1/invoices?limit=0 -> 400 parameter_invalid_integer limit
GET /v1/invoices?limit=101 -> 400 parameter_invalid_integer limit
GET /v1/invoices?limit=ten -> 400 parameter_invalid_integer limit
GET /v1/invoices?offset=10 -> 400 parameter_unknown offset
GET /v1/charges?customer=cus_live -> 400 resource_missing customer
GET /v1/subscriptions/price_pro -> 404 resource_missing id
POST /v1/subscriptions?customer=cus_none&items[0][price]=price_pro -> 400 resource_missing customer
POST /v1/subscriptions?customer=cus_1&items[0][price]=price_none -> 400 resource_missing items[0][price]
POST /v1/subscriptions?customer=cus_1 -> 400 parameter_missing items
POST /v1/subscriptions?customer=cus_1&colour=red -> 400 parameter_unknown colour
POST /v1/billing_portal/sessions -> 400 parameter_missing customer
POST /v1/billing_portal/sessions?..&configuration=bpc_2 -> 400 resource_missing configuration
POST /v1/billing_portal/sessions?..&locale=xx -> 400 - locale
POST /v1/billing_portal/sessions?..&locale= -> 400 parameter_invalid_empty locale
POST /v1/billing_portal/sessions?..&return_url=/account -> 400 url_invalid return_url
POST /v1/billing_portal/sessions?..&on_behalf_of=cus_1 -> 400 resource_missing on_behalf_of
POST /v1/billing_portal/sessions?..&$=x -> 400 parameter_unknown $
POST /v1/billing_portal/sessions?..&$[type]=pause -> 400 - $[type]
POST /v1/billing_portal/sessions?..&$[subscription_cancel][subscription]=sub_1 -> 400 parameter_missing $[type]
POST /v1/billing_portal/sessions?..&$[type]=subscription_cancel -> 400 parameter_missing $[subscription_cancel][subscription]
POST /v1/billing_portal/sessions?..&$[type]=subscription_cancel&$[subscription_cancel][subscription]=sub_missing -> 400 resource_missing $[subscription_cancel][subscription]
POST /v1/billing_portal/sessions?..&$[type]=subscription_pause&$[subscription_cancel][subscription]=sub_1 -> 400 - $[subscription_cancel]
POST /v1/billing_portal/sessions?..&$[type]=customer_update&$[after_completion][type]=away -> 400 - $[after_completion][type]
POST /v1/billing_portal/sessions?..&$[type]=customer_update&$[after_completion][type]=redirect -> 400 parameter_missing $[after_completion][redirect][return_url]
POST /v1/billing_portal/sessions?..&$[type]=subscription_update_confirm&@[subscription]=sub_1 -> 400 parameter_missing @[items]
POST /v1/billing_portal/sessions?..&$[type]=subscription_update_confirm&@[subscription]=sub_1&@[items][0][price]=price_1 -> 400 parameter_missing @[items][0][id]
POST /v1/billing_portal/sessions?..&$[type]=subscription_update_confirm&@[subscription]=sub_1&@[items][0][id]=prod_1 -> 400 resource_missing @[items][0][id]
POST /v1/billing_portal/sessions?..&$[type]=subscription_update_confirm&@[subscription]=sub_1&@[items][0][id]=si_1&@[items][0][quantity]=two -> 400 parameter_invalid_integer @[items][0][quantity]
POST /v1/billing_portal/sessions?..&$[type]=subscription_update_confirm&@[subscription]=sub_1&@[items][0][id]=si_1&@[items][1][id]=si_2 -> 400 - @[items]
POST /v1/billing_portal/sessions?..&$[type]=subscription_update_confirm&@[subscription]=sub_1&@[items][1][id]=si_2 -> 400 - @[items]
POST /v1/billing_portal/sessions?..&$[type]=subscription_update_confirm&@[subscription]=sub_1&@[items][0][id]=si_1&@[discounts][0][promotion_code]=x -> 400 resource_missing @[discounts][0][promotion_code]
POST /v1/billing_portal/sessions?..&after_expiration[type]=never -> 400 - after_expiration[type]
POST /v1/billing_portal/sessions?..&after_expiration[customer_login][expires_at]=1 -> 400 parameter_missing after_expiration[type]
POST /v1/checkout/sessions/cs_test_none/expire -> 404 resource_missing id
POST /v1/checkout/sessions -> 400 parameter_missing mode
POST /v1/checkout/sessions?mode=subscription -> 400 parameter_missing success_url
POST /v1/checkout/sessions?mode=subscription&success_url=https://a.example/ -> 400 parameter_missing line_items
POST /v1/checkout/sessions?..&mode=gift -> 400 - mode
POST /v1/checkout/sessions?..&mode=payment -> 400 - mode
POST /v1/checkout/sessions?..&success_url=/done -> 400 url_invalid success_url
POST /v1/checkout/sessions?..&line_items[0][price]=price_none -> 400 resource_missing line_items[0][price]
POST /v1/checkout/sessions?..&line_items[0][quantity]=0 -> 400 parameter_invalid_integer line_items[0][quantity]
POST /v1/checkout/sessions?..&line_items[1][price]=price_pro -> 400 parameter_missing line_items[1][quantity]
POST /v1/checkout/sessions?..&customer=cus_gone -> 400 resource_missing customer
POST /v1/checkout/sessions?..&customer=cus_live -> 400 resource_missing customer
POST /v1/checkout/sessions?..&customer_update[name]=auto -> 400 - customer_update
POST /v1/checkout/sessions?..&customer=cus_1&automatic_tax[enabled]=true -> 400 customer_tax_location_invalid -
POST /v1/checkout/sessions?..&locale=xx -> 400 - locale
POST /v1/checkout/sessions?..&currency=eur -> 400 parameter_unknown currency
POST /v1/checkout/sessions?..&subscription_data[trial_period_days]=0 -> 400 parameter_invalid_integer subscription_data[trial_period_days]
POST /v1/checkout/sessions?..&subscription_data[trial_period_days]=731 -> 400 - subscription_data[trial_period_days]
POST /v1/checkout/sessions?..&expires_at=1 -> 400 - expires_at
";

#[tokio::test]
async fn what_does_not_fit_is_refused_each_by_its_own_rule() {
    let stripe = stand_in().await;
    stripe.add_invoice("cus_live", &json!({ "id": "in_other" }));
    stripe.add_customer("cus_gone", false);
    stripe.remove_customer("cus_gone");
    let events = stripe.events().len();
    for line in REFUSED.lines() {
        let valid = if line.contains("billing_portal") {
            BODY
        } else {
            super::checkout::SESSION
        };
        let line = line
            .replace("..", valid)
            .replace('$', "flow_data")
            .replace('@', "flow_data[subscription_update_confirm]");
        let [method, target, "->", status, code, param] = line.split(' ').collect::<Vec<_>>()[..]
        else {
            panic!("{line}")
        };
        let (target, form) = match method {
            "POST" => target.split_once('?').unwrap_or((target, "")),
            _ => (target, ""),
        };
        let (answered, json) = stripe.call(method, target, form);
        assert_eq!(answered.to_string(), status, "{line}: {json}");
        let expected = |text| {
            if text == "-" {
                Value::Null
            } else {
                json!(text)
            }
        };
        let error = &json["error"];
        assert_eq!(error["code"], expected(code), "{line}: {json}");
        assert_eq!(error["param"], expected(param), "{line}: {json}");
        has(error, &json!({ "type": "invalid_request_error" }));
    }
    assert_eq!(stripe.events().len(), events);
}
