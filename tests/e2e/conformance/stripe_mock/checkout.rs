//! The calls of a checkout. `stripe-mock` keeps nothing, so they are made to the stand-in, and then again to it.

use std::collections::BTreeSet;

use portico::stripe::checkout_session::creation::LOCALES;
use portico::stripe::checkout_session::listing;
use portico::stripe_id::CustomerId;
use portico_stand_in::RecordedRequest;
use serde_json::{Value, json};

use super::StripeMock;
use crate::conformance::ask;
use crate::harness::{CUSTOMER, Portico, USER};

const SESSIONS: &str = "/v1/checkout/sessions";

/// A user without a record.
const BUYER: &str = "user|buyer@example.com";

/// The calls of a user who subscribes, with everything that a session can have, and who changes their mind.
async fn calls() -> Vec<RecordedRequest> {
    let portico = Portico::setup()
        .variable("checkout_prices", "pro=price_pro,team=price_team")
        .variable("checkout_max_quantity", "9")
        .variable("checkout_trial_days", "14")
        .variable("checkout_promotion_codes", "true")
        .variable("checkout_automatic_tax", "true")
        .start()
        .await;
    let stripe = &portico.stripe;
    stripe.add_plan("prod_pro", "Pro", "price_pro", "pro_monthly", 2_000);
    stripe.add_plan("prod_team", "Team", "price_team", "team_monthly", 9_000);
    portico.keep_secret(BUYER);
    for body in [
        json!({"price": "pro"}),
        json!({
            "price": "team", "quantity": 9, "locale": "de", "success_path": "/welcome?a=b%20c&d[0]=1#top",
            "cancel_path": "/plans",
        }),
    ] {
        for user in [BUYER, USER] {
            let answer = portico.checkout_as(user).json(&body).send().await;
            answer.is_session();
        }
    }
    portico.stripe.requests()
}

/// Makes a call to `stripe-mock`, and returns its answer.
async fn call(stripe: &StripeMock, method: &str, path: &str, body: String) -> Value {
    let request = http::Request::builder()
        .method(method)
        .uri(path)
        .header("content-type", "application/x-www-form-urlencoded");
    ask(&stripe.address, request, body).await
}

/// Makes a call to `stripe-mock`, which must accept it.
async fn is_accepted(stripe: &StripeMock, method: &str, path: &str, body: String) -> Value {
    let answer = call(stripe, method, path, body).await;
    let log = stripe.log();
    assert!(
        answer["object"].is_string(),
        "{method} {path}: {answer}: {log}"
    );
    answer
}

#[tokio::test]
async fn every_call_of_a_checkout_is_one_that_stripes_specification_knows() {
    let Some(stripe) = StripeMock::start() else {
        return;
    };
    let mut kinds = BTreeSet::new();
    let mut fields = BTreeSet::new();
    for recorded in calls().await {
        let body = String::from_utf8(recorded.body.clone()).unwrap();
        is_accepted(&stripe, &recorded.method, &recorded.path, body).await;
        let path = recorded.path.split('?').next().unwrap();
        let is_id = |part: &&str| part.starts_with("cus_") || part.starts_with("cs_");
        let id = path.split('/').find(is_id).unwrap_or("-");
        kinds.insert(format!("{} {}", recorded.method, path.replace(id, "*")));
        if (recorded.method.as_str(), path) == ("POST", SESSIONS) {
            fields.extend(recorded.form().into_iter().map(|(name, _)| name));
        }
    }
    let kinds: Vec<_> = kinds.iter().map(String::as_str).collect();
    assert_eq!(
        kinds,
        [
            "GET /v1/checkout/sessions",
            "GET /v1/customers/*",
            "GET /v1/customers/search",
            "GET /v1/subscriptions",
            "POST /v1/checkout/sessions",
            "POST /v1/checkout/sessions/*/expire",
            "POST /v1/customers",
        ]
    );
    let fields: Vec<_> = fields.iter().map(String::as_str).collect();
    assert_eq!(
        fields,
        [
            "allow_promotion_codes",
            "automatic_tax[enabled]",
            "cancel_url",
            "client_reference_id",
            "customer",
            "customer_update[address]",
            "customer_update[name]",
            "line_items[0][price]",
            "line_items[0][quantity]",
            "locale",
            "metadata[portico_checkout]",
            "metadata[user_id]",
            "mode",
            "subscription_data[metadata][user_id]",
            "subscription_data[trial_period_days]",
            "success_url",
        ]
    );
}

/// `hi-IN` is newer than the newest `stripe-mock`, and Stripe's package for Node.js knows it. This test fails once there
/// is a `stripe-mock` that knows it, too.
#[tokio::test]
async fn every_locale_of_the_checkout_but_the_newest_is_one_that_stripes_specification_knows() {
    let Some(stripe) = StripeMock::start() else {
        return;
    };
    let mut refused = Vec::new();
    for locale in LOCALES.into_iter().chain(["xx"]) {
        let body =
            format!("mode=subscription&success_url=https://app.example.com/&locale={locale}");
        let answer = call(&stripe, "POST", SESSIONS, body).await;
        if answer["object"] != "checkout.session" {
            refused.push(locale);
        }
    }
    assert_eq!(refused, ["hi-IN", "xx"], "{}", stripe.log());
    let unknown = "mode=subscription&success_url=https://app.example.com/&amount=1".to_owned();
    let answer = call(&stripe, "POST", SESSIONS, unknown).await;
    assert!(answer["error"].is_object(), "{answer}");
}

/// It is that of somebody at Stripe, until it is given the members by which Portico knows its own.
#[tokio::test]
async fn stripes_own_session_can_be_read() {
    let Some(stripe) = StripeMock::start() else {
        return;
    };
    let path = format!("{SESSIONS}?customer={CUSTOMER}&limit=100");
    let mut list = is_accepted(&stripe, "GET", &path, String::new()).await;
    let customer = CustomerId::parse(CUSTOMER).unwrap();
    let read = |list: &Value| listing::read(list.to_string().as_bytes(), &customer).unwrap();
    assert!(read(&list).own.is_empty(), "{list}");
    let session = &mut list["data"][0];
    session["customer"] = CUSTOMER.into();
    session["metadata"] = json!({"portico_checkout": "3 x"});
    let theirs = session.clone();
    let [ours] = &read(&list).own[..] else {
        panic!("it is Portico's: {list}")
    };
    assert_eq!(theirs["id"], ours.id.as_str());
    assert_eq!(theirs["created"], ours.created);
    assert_eq!(theirs["expires_at"], ours.expires_at);
    let status = format!("{:?}", ours.status).to_lowercase();
    assert_eq!(theirs["status"], status.as_str());
    assert_eq!(theirs["url"].as_str().unwrap_or_default(), ours.url);
}
