//! Sessions of the checkout.

use portico_stand_in::RecordedRequest;
use serde_json::{Value, json};

use super::{are_the_same, of_the_package};
use crate::harness::{CUSTOMER, FRONTEND, Portico, Setup, USER};

/// A session as Portico's caller asks for it, and what its parameters are beside those that all have.
struct Case {
    body: Value,
    more: Value,
}

fn case(body: Value, more: Value) -> Case {
    Case { body, more }
}

async fn start(setup: Setup) -> Portico {
    let portico = setup
        .variable("checkout_prices", "pro=price_pro,team=price_team")
        .variable("checkout_max_quantity", "999999")
        .start()
        .await;
    let stripe = &portico.stripe;
    stripe.add_plan("prod_pro", "Pro", "price_pro", "pro_monthly", 2_000);
    stripe.add_plan("prod_team", "Team", "price_team", "team_monthly", 9_000);
    portico
}

/// Asks Portico for a session, and returns its request to Stripe.
async fn ask(portico: &Portico, body: &Value) -> RecordedRequest {
    let answer = portico.checkout_as(USER).json(body).send().await;
    answer.is_session();
    let last = portico.stripe.requests().pop().unwrap();
    assert_eq!(
        (last.method.as_str(), last.path.as_str()),
        ("POST", "/v1/checkout/sessions"),
        "{body}"
    );
    last
}

/// The mark that Portico put on a session.
fn mark(request: &RecordedRequest) -> String {
    let form = request.form();
    let is_mark = |(name, _): &&(String, String)| name == "metadata[portico_checkout]";
    form.iter().find(is_mark).unwrap().1.clone()
}

/// Records the requests of both, and compares them.
async fn both_send_the_same(portico: &Portico, cases: Vec<Case>) {
    let mut ours = Vec::new();
    let mut calls = Vec::new();
    for case in &cases {
        let request = ask(portico, &case.body).await;
        let mut parameters = json!({
            "mode": "subscription",
            "customer": CUSTOMER,
            "line_items": [{"price": "price_pro", "quantity": 1}],
            "success_url": format!("{FRONTEND}/account?checkout=done"),
            "cancel_url": format!("{FRONTEND}/account"),
            "client_reference_id": USER,
            "subscription_data": {"metadata": {"user_id": USER}},
            "metadata": {"user_id": USER, "portico_checkout": mark(&request)},
        });
        for (name, value) in case.more.as_object().unwrap() {
            parameters[name] = value.clone();
        }
        ours.push(request);
        calls.push(parameters);
    }
    let Some(theirs) = of_the_package(portico, "checkout", calls.iter().collect()).await else {
        return;
    };
    for ((case, ours), theirs) in cases.iter().zip(&ours).zip(&theirs) {
        are_the_same(&case.body, ours, theirs);
    }
}

#[tokio::test]
async fn every_choice_is_asked_for_in_the_same_bytes() {
    let portico = start(Portico::setup()).await;
    let item = |price: &str, quantity: u32| json!({"line_items": [{"price": price, "quantity": quantity}]});
    let mut cases = vec![
        case(json!({"price": "pro"}), json!({})),
        case(json!({"price": "team"}), item("price_team", 1)),
        case(
            json!({"price": "pro", "quantity": 999_999}),
            item("price_pro", 999_999),
        ),
    ];
    for locale in ["auto", "de", "en-GB", "es-419", "hi-IN", "zh-HK"] {
        cases.push(case(
            json!({"price": "pro", "locale": locale}),
            json!({ "locale": locale }),
        ));
    }
    both_send_the_same(&portico, cases).await;
}

#[tokio::test]
async fn every_path_is_asked_for_in_the_same_bytes() {
    let portico = start(Portico::setup()).await;
    let paths = [
        "/",
        "/a?x=%20%26%3D%2B%25%23&y[]=1&y[0][z]=2",
        "/a?x=a+b&note=!*'()~-_.,;:@/?$",
        "/%C3%BCber/%F0%9F%8E%81?q=%22quoted%22",
        "/spa#/route?x=[1]&y=%2F",
    ];
    let cases = paths
        .into_iter()
        .flat_map(|path| {
            let url = format!("{FRONTEND}{path}");
            [
                case(
                    json!({"price": "pro", "success_path": path}),
                    json!({"success_url": url}),
                ),
                case(
                    json!({"price": "pro", "cancel_path": path}),
                    json!({"cancel_url": url}),
                ),
            ]
        })
        .collect();
    both_send_the_same(&portico, cases).await;
}

#[tokio::test]
async fn what_the_operator_sets_is_asked_for_in_the_same_bytes() {
    let trial = json!({"trial_period_days": 14, "metadata": {"user_id": USER}});
    let tax = || {
        json!({
            "automatic_tax": {"enabled": true},
            "customer_update": {"address": "auto", "name": "auto"},
        })
    };
    let codes = json!({"allow_promotion_codes": true});
    let mut all = tax();
    all["allow_promotion_codes"] = true.into();
    all["subscription_data"] = trial.clone();
    all["locale"] = "pt-BR".into();
    all["line_items"] = json!([{"price": "price_team", "quantity": 3}]);
    let everything = json!({"price": "team", "quantity": 3, "locale": "pt-BR"});
    let simple = || json!({"price": "pro"});
    for (variables, body, more) in [
        (
            &["checkout_trial_days"][..],
            simple(),
            json!({"subscription_data": trial}),
        ),
        (&["checkout_promotion_codes"], simple(), codes),
        (&["checkout_automatic_tax"], simple(), tax()),
        (
            &[
                "checkout_trial_days",
                "checkout_promotion_codes",
                "checkout_automatic_tax",
            ],
            everything,
            all,
        ),
    ] {
        let setup = variables.iter().fold(Portico::setup(), |setup, name| {
            let days = *name == "checkout_trial_days";
            setup.variable(name, if days { "14" } else { "true" })
        });
        let portico = start(setup).await;
        both_send_the_same(&portico, vec![case(body, more)]).await;
    }
}
