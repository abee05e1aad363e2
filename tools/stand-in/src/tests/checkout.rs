//! Checkout sessions and payment links.

use serde_json::{Value, json};

use super::client::{call, id, ok};
use super::stand_in;
use crate::StripeStandIn;

const SESSION: &str = "mode=subscription&success_url=https://app.example.com/done&line_items[0][price]=price_pro\
                       &line_items[0][quantity]=1";

async fn shop() -> StripeStandIn {
    let stripe = stand_in().await;
    stripe.add_plan("prod_pro", "Pro", "price_pro", "pro_monthly", 1000);
    stripe
}

async fn session(stripe: &StripeStandIn, more: &str) -> Value {
    let body = format!("{SESSION}{more}");
    ok(call(stripe, "POST", "/v1/checkout/sessions", &body).await)
}

#[tokio::test]
async fn a_session_is_open_until_it_is_paid_and_then_has_a_customer_and_a_subscription() {
    let stripe = shop().await;
    let more =
        "&client_reference_id=u_1&metadata[user_id]=u_1&subscription_data[metadata][user_id]=u_2";
    let open = session(&stripe, more).await;
    assert_eq!(open["status"], "open");
    assert_eq!(open["payment_status"], "unpaid");
    assert_eq!(open["client_reference_id"], "u_1");
    assert_eq!(open["amount_total"], 1000);
    let url = open["url"].as_str().unwrap_or_default();
    assert!(
        url.starts_with("https://checkout.stripe.com/c/pay/cs_test_"),
        "{url}"
    );

    let paid = stripe.complete_checkout(id(&open));
    let path = format!("/v1/checkout/sessions/{}", id(&open));
    assert_eq!(ok(call(&stripe, "GET", &path, "").await), paid);
    assert_eq!(paid["status"], "complete");
    assert_eq!(paid["payment_status"], "paid");
    assert_eq!(paid["url"], Value::Null);
    let path = format!("{path}?expand[]=subscription&expand[]=customer&expand[]=line_items");
    let whole = ok(call(&stripe, "GET", &path, "").await);
    assert_eq!(whole["subscription"]["status"], "active");
    assert_eq!(whole["subscription"]["metadata"], json!({"user_id": "u_2"}));
    assert_eq!(whole["subscription"]["customer"], whole["customer"]["id"]);
    assert_eq!(whole["customer"]["metadata"], json!({}));
    assert_eq!(whole["line_items"]["data"][0]["price"]["id"], "price_pro");
    let types: Vec<Value> = stripe
        .events()
        .into_iter()
        .map(|event| event["type"].clone())
        .collect();
    assert_eq!(
        types,
        [
            "customer.created",
            "payment_method.attached",
            "customer.subscription.created",
            "checkout.session.completed"
        ]
    );
}

#[tokio::test]
async fn a_session_of_a_customer_makes_no_other_one() {
    let stripe = shop().await;
    let open = session(&stripe, "&customer=cus_1").await;
    assert_eq!(stripe.complete_checkout(id(&open))["customer"], "cus_1");
    assert!(stripe.events_of("customer.created").is_empty());
}

#[tokio::test]
async fn a_declined_card_leaves_the_session_open_and_a_paid_one_is_paid_no_more() {
    let stripe = shop().await;
    let path = format!(
        "/v1/payment_pages/{}/confirm",
        id(&session(&stripe, "").await)
    );
    let declined = "payment_method=pm_card_chargeCustomerFail";
    let (status, error) = call(&stripe, "POST", &path, declined).await;
    assert_eq!(
        (status, &error["error"]["code"]),
        (402, &json!("card_declined"))
    );
    assert!(stripe.events().is_empty());
    let pays = "payment_method=pm_card_visa";
    assert_eq!(
        call(
            &stripe,
            "POST",
            &path,
            &format!("{pays}&expected_amount=999")
        )
        .await
        .0,
        400
    );
    let page = ok(call(
        &stripe,
        "POST",
        &path,
        &format!("{pays}&expected_amount=1000"),
    )
    .await);
    assert_eq!(page["status"], "complete");
    assert_eq!(call(&stripe, "POST", &path, pays).await.0, 400);
}

#[tokio::test]
async fn a_debit_completes_the_session_unpaid_and_is_paid_later() {
    let stripe = shop().await;
    let debit = "type=sepa_debit&sepa_debit[iban]=AT611904300234573201";
    let method = ok(call(&stripe, "POST", "/v1/payment_methods", debit).await);
    let open = session(&stripe, "&payment_method_types[0]=sepa_debit").await;
    let path = format!("/v1/payment_pages/{}/confirm", id(&open));
    ok(call(
        &stripe,
        "POST",
        &path,
        &format!("payment_method={}", id(&method)),
    )
    .await);
    let told: Vec<_> = stripe
        .events()
        .into_iter()
        .filter(|event| event["data"]["object"]["id"] == open["id"])
        .map(|event| {
            (
                event["type"].clone(),
                event["data"]["object"]["payment_status"].clone(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            (json!("checkout.session.completed"), json!("unpaid")),
            (
                json!("checkout.session.async_payment_succeeded"),
                json!("paid")
            ),
        ]
    );
}

#[tokio::test]
async fn a_trial_needs_no_payment_yet_and_a_guest_is_no_customer() {
    let stripe = shop().await;
    let open = session(&stripe, "&subscription_data[trial_period_days]=7").await;
    assert_eq!(
        stripe.complete_checkout(id(&open))["payment_status"],
        "no_payment_required"
    );
    let once = "product=prod_pro&currency=usd&unit_amount=5";
    let once = ok(call(&stripe, "POST", "/v1/prices", once).await);
    let body = format!(
        "mode=payment&success_url=https://app.example.com/&line_items[0][price]={}&line_items[0][quantity]=2",
        id(&once)
    );
    let open = ok(call(&stripe, "POST", "/v1/checkout/sessions", &body).await);
    assert_eq!(open["amount_total"], 10);
    let paid = stripe.complete_checkout(id(&open));
    assert_eq!(
        (&paid["customer"], &paid["subscription"]),
        (&Value::Null, &Value::Null)
    );
    let body = format!("{body}&customer_creation=always");
    let open = ok(call(&stripe, "POST", "/v1/checkout/sessions", &body).await);
    assert!(stripe.complete_checkout(id(&open))["customer"].is_string());
}

#[tokio::test]
async fn an_expired_session_cannot_be_paid() {
    let stripe = shop().await;
    let open = session(&stripe, "").await;
    let path = format!("/v1/checkout/sessions/{}/expire", id(&open));
    assert_eq!(
        ok(call(&stripe, "POST", &path, "").await)["status"],
        "expired"
    );
    assert_eq!(call(&stripe, "POST", &path, "").await.0, 400);
    let path = format!("/v1/payment_pages/{}/confirm", id(&open));
    assert_eq!(
        call(&stripe, "POST", &path, "payment_method=pm_card_visa")
            .await
            .0,
        400
    );
    assert_eq!(stripe.events_of("checkout.session.expired").len(), 1);
}

#[tokio::test]
async fn what_does_not_fit_together_is_refused() {
    let stripe = shop().await;
    for (body, says) in [
        (
            SESSION.replace("mode=subscription", "mode=payment"),
            "recurring price",
        ),
        (
            SESSION.replace("mode=subscription", "mode=setup&x=1"),
            "unknown parameter: x",
        ),
        (
            format!("{SESSION}&customer=cus_1&customer_email=a@example.com"),
            "only specify one",
        ),
        (format!("{SESSION}&customer=cus_none"), "No such customer"),
        (
            SESSION.replace("success_url=https://app.example.com/done", "locale=de"),
            "success_url",
        ),
        (
            SESSION.replace("&line_items[0][quantity]=1", ""),
            "Quantity is required",
        ),
        (
            format!("{SESSION}&client_reference_id={}", "u".repeat(201)),
            "at most 200",
        ),
    ] {
        let (status, error) = call(&stripe, "POST", "/v1/checkout/sessions", &body).await;
        let message = error["error"]["message"].as_str().unwrap_or_default();
        assert!(status == 400 && message.contains(says), "{body}: {message}");
    }
}
