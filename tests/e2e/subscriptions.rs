//! The caller's subscriptions, as Stripe has them now.

use std::time::Duration;

use portico_stand_in::Reply;
use serde_json::{Value, json};

use crate::harness::{CUSTOMER, Portico, SUBSCRIPTIONS, USER};

/// A list of subscriptions as Stripe answers it.
fn list(subscriptions: &[Value]) -> Reply {
    let list = json!({"object": "list", "url": "/v1/subscriptions", "has_more": false, "data": subscriptions});
    Reply::Error {
        status: 200,
        headers: Vec::new(),
        body: list.to_string().into_bytes(),
    }
}

fn subscription(id: &str, created: i64, changes: &Value) -> Value {
    let mut subscription = json!({
        "id": id, "object": "subscription", "customer": CUSTOMER, "status": "active", "created": created,
        "cancel_at": null, "cancel_at_period_end": true, "trial_end": null, "pause_collection": null, "metadata": {},
        "items": {"object": "list", "has_more": false, "data": [{
            "id": "si_1", "object": "subscription_item", "quantity": 2, "current_period_end": 1_796_083_200,
            "price": {
                "id": "price_1", "object": "price", "product": "prod_1", "lookup_key": null, "metadata": {},
                "unit_amount": 1200, "currency": "eur", "recurring": {"interval": "year", "interval_count": 1},
            },
        }]},
    });
    for (name, value) in changes.as_object().unwrap() {
        subscription[name] = value.clone();
    }
    subscription
}

#[tokio::test]
async fn the_callers_subscriptions_are_shown_as_stripe_has_them_now() {
    let limits = "free=5/60,paid=30/60";
    let portico = Portico::setup()
        .variable("rate_limits", limits)
        .start()
        .await;
    let reply = list(&[
        subscription("sub_1", 1_793_491_200, &json!({})),
        subscription("sub_2", 1_793_491_300, &json!({"status": "past_due"})),
    ]);
    portico
        .stripe
        .script_call("GET", "/v1/subscriptions", [reply]);
    let answer = portico.get_as(SUBSCRIPTIONS, USER).send().await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert!(answer.headers.contains_key("ratelimit"));
    let json = answer.json();
    assert_eq!(json["data"][0]["id"], "sub_2", "the newest comes first");
    assert_eq!(
        json["data"][1],
        json!({
            "id": "sub_1", "status": "active", "plan": "paid", "current_period_end": 1_796_083_200,
            "cancel_at": 1_796_083_200, "trial_end": null, "paused": false, "resumes_at": null,
            "created": 1_793_491_200,
            "items": [{
                "id": "si_1", "price": "price_1", "quantity": 2, "unit_amount": 1200, "currency": "eur",
                "interval": "year", "interval_count": 1,
            }],
        })
    );
    let [request] = &portico.stripe.requests()[..] else {
        panic!("one call")
    };
    assert_eq!(
        request.path,
        format!("/v1/subscriptions?customer={CUSTOMER}&limit=100")
    );
}

#[tokio::test]
async fn a_list_tells_that_stripe_has_more_than_a_page() {
    let portico = Portico::start().await;
    for more in [true, false] {
        let list = json!({"object": "list", "has_more": more, "data": [subscription("sub_1", 1, &json!({}))]});
        let reply = Reply::Error {
            status: 200,
            headers: Vec::new(),
            body: list.to_string().into_bytes(),
        };
        portico
            .stripe
            .script_call("GET", "/v1/subscriptions", [reply]);
        let answer = portico.get_as(SUBSCRIPTIONS, USER).send().await.json();
        assert_eq!(answer["has_more"], more);
        assert_eq!(answer["data"].as_array().unwrap().len(), 1);
    }
}

#[tokio::test]
async fn subscriptions_of_others_and_those_that_are_over_are_left_out() {
    let portico = Portico::start().await;
    let reply = list(&[
        subscription("sub_1", 5, &json!({"status": "canceled"})),
        subscription("sub_2", 4, &json!({"status": "incomplete_expired"})),
        subscription("sub_3", 3, &json!({"customer": "cus_Other"})),
        subscription(
            "sub_4",
            2,
            &json!({"customer": null, "customer_account": "acct_1"}),
        ),
        subscription("sub_5", 1, &json!({"status": "unpaid"})),
    ]);
    portico
        .stripe
        .script_call("GET", "/v1/subscriptions", [reply]);
    let answer = portico.get_as(SUBSCRIPTIONS, USER).send().await;
    let json = answer.json();
    assert_eq!(json["data"].as_array().unwrap().len(), 1, "{json}");
    assert_eq!(json["data"][0]["id"], "sub_5");
    assert_eq!(json["data"][0]["plan"], Value::Null);
}

#[tokio::test]
async fn a_query_with_a_parameter_is_refused_before_stripe_is_asked() {
    let portico = Portico::start().await;
    for query in ["limit=10", "status=all", "customer=cus_Other"] {
        let path = format!("{SUBSCRIPTIONS}?{query}");
        let answer = portico.get_as(&path, USER).send().await;
        answer.is_error(400, "invalid_request");
    }
    assert!(portico.stripe.requests().is_empty());
}

#[tokio::test]
async fn a_user_without_a_customer_has_an_empty_list() {
    let portico = Portico::start().await;
    let answer = portico.get_as(SUBSCRIPTIONS, "nobody").send().await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.json(), json!({"data": [], "has_more": false}));
    assert!(portico.stripe.requests().is_empty());
    let missing = Reply::stripe_error(
        400,
        "invalid_request_error",
        Some("resource_missing"),
        Some("customer"),
        "No such customer",
    );
    portico
        .stripe
        .script_call("GET", "/v1/subscriptions", [missing]);
    let answer = portico.get_as(SUBSCRIPTIONS, USER).send().await;
    assert_eq!(answer.json(), json!({"data": [], "has_more": false}));
}

#[tokio::test]
async fn all_items_of_a_subscription_count() {
    let portico = Portico::setup()
        .variable("plans", "team=team_monthly")
        .start()
        .await;
    let stripe = &portico.stripe;
    let item = |number: i64, lookup_key: Option<&str>| {
        json!({
            "id": format!("si_{number}"), "object": "subscription_item", "quantity": 1,
            "current_period_end": 1_796_083_200 + number,
            "price": {"id": format!("price_{number}"), "object": "price", "product": "prod_1", "lookup_key": lookup_key,
                "metadata": {}, "unit_amount": 100, "currency": "eur", "recurring": null},
        })
    };
    let items = json!({"object": "list", "has_more": true, "data": [item(1, None)]});
    stripe.script_call(
        "GET",
        "/v1/subscriptions",
        [list(&[subscription("sub_1", 1, &json!({"items": items}))])],
    );
    stripe.script_call(
        "GET",
        "/v1/subscription_items",
        [list(&[item(1, None), item(2, Some("team_monthly"))])],
    );
    let answer = portico.get_as(SUBSCRIPTIONS, USER).send().await.json();
    let shown = &answer["data"][0];
    assert_eq!(shown["plan"], "team", "{answer}");
    assert_eq!(shown["current_period_end"], 1_796_083_202_i64);
    assert_eq!(shown["items"].as_array().unwrap().len(), 2);
    let request = &stripe.requests()[1];
    assert_eq!(
        request.path,
        "/v1/subscription_items?subscription=sub_1&limit=100"
    );
}

#[tokio::test]
async fn a_customer_that_becomes_anothers_while_more_items_are_read_is_not_shown() {
    let portico = Portico::start().await;
    let stripe = &portico.stripe;
    stripe.add_price("prod_pro", "price_pro", &json!({}));
    stripe.add_subscription("sub_1", CUSTOMER, "price_pro");
    let items = json!({"object": "list", "has_more": true, "data": []});
    stripe.script_call(
        "GET",
        "/v1/subscriptions",
        [list(&[subscription("sub_1", 1, &json!({"items": items}))])],
    );
    let gate = stripe.hold_call("GET", "/v1/subscription_items");
    let passes_on = async {
        gate.arrived().await;
        portico.set_owner("somebody else").await;
        // A look-up that was a moment ago is not made again.
        tokio::time::sleep(Duration::from_millis(500)).await;
        gate.open();
    };
    let (answer, ()) = tokio::join!(portico.get_as(SUBSCRIPTIONS, USER).send(), passes_on);
    assert_eq!(answer.json()["data"], json!([]), "{answer:?}");
}
