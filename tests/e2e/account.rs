//! The plan gate, and what calls cost.

use http::Method;
use portico_host::KeyValue;
use portico_stand_in::Reply;
use serde_json::{Value, json};

use crate::harness::{BALANCE, CUSTOMER, FRONTEND, Portico, USER};

pub(crate) async fn account(portico: &Portico, user: &str) -> Value {
    let answer = portico.account(user).send().await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()
}

#[tokio::test]
async fn the_gate_tells_plan_balance_and_whether_the_portal_will_open() {
    let portico = Portico::start().await;
    portico
        .set_balance(
            USER,
            &json!({"current_balance": 1200, "next_refill_at": "2026-12-01T00:00:00Z"}),
        )
        .await;
    assert_eq!(
        account(&portico, USER).await,
        json!({"plan": "paid", "portal_available": true, "current_balance": 1200, "next_refill_at": "2026-12-01T00:00:00Z"})
    );
    assert_eq!(
        account(&portico, "nobody").await,
        json!({"plan": "free", "portal_available": false, "current_balance": 0, "next_refill_at": null})
    );
    // A customer who went back to the free plan keeps the way to their invoices.
    portico.set_record("lapsed", CUSTOMER).await;
    assert_eq!(
        account(&portico, "lapsed").await,
        json!({"plan": "free", "portal_available": true, "current_balance": 0, "next_refill_at": null})
    );
    portico
        .set_record(
            "live",
            json!({"stripe_customer_id": CUSTOMER, "plan": "paid", "livemode": true}).to_string(),
        )
        .await;
    assert_eq!(account(&portico, "live").await["portal_available"], false);
    assert!(portico.stripe.requests().is_empty());
}

#[tokio::test]
async fn the_gate_is_true_exactly_when_a_portal_request_finds_a_customer() {
    let portico = Portico::start().await;
    for record in [
        json!({"stripe_customer_id": CUSTOMER}),
        json!({"stripe_customer_id": CUSTOMER, "livemode": false}),
        json!({"stripe_customer_id": CUSTOMER, "livemode": true}),
    ] {
        portico.set_record(USER, record.to_string()).await;
        let available = account(&portico, USER).await["portal_available"] == true;
        let opened = portico.portal_as_user().send().await.status == 200;
        assert_eq!(available, opened, "{record}");
    }
}

#[tokio::test]
async fn the_gate_refuses_as_the_portal_does() {
    let portico = Portico::start().await;
    let none = portico.request(Method::GET, BALANCE).send().await;
    none.is_error(401, "unauthorized");
    assert_eq!(none.header("www-authenticate"), Some("Bearer"));
    portico
        .request(Method::GET, BALANCE)
        .bearer("a.b.c")
        .fails(401, "unauthorized")
        .await;
    portico.set_record(USER, "{").await;
    portico.account(USER).fails(500, "store_unavailable").await;
    portico.set_record(USER, CUSTOMER).await;
    portico.host.key_value().set_failing(true);
    portico.account(USER).fails(500, "store_unavailable").await;
    let misconfigured = Portico::setup().without("frontend_url").start().await;
    misconfigured
        .account(USER)
        .fails(500, "misconfigured")
        .await;
}

#[tokio::test]
async fn pages_of_allowed_origins_may_ask_the_gate() {
    let portico = Portico::start().await;
    let preflight = portico
        .request(Method::OPTIONS, BALANCE)
        .header("origin", FRONTEND)
        .send()
        .await;
    assert_eq!(preflight.status, 204);
    assert_eq!(
        preflight.header("access-control-allow-methods"),
        Some("GET")
    );
    assert_eq!(
        preflight.header("access-control-allow-origin"),
        Some(FRONTEND)
    );
    let answer = portico
        .account(USER)
        .header("origin", FRONTEND)
        .send()
        .await;
    assert_eq!(answer.header("access-control-allow-origin"), Some(FRONTEND));
    assert_eq!(answer.header("vary"), Some("Origin"));
    let foreign = portico
        .account(USER)
        .header("origin", "https://evil.example")
        .send()
        .await;
    assert_eq!(
        (
            foreign.status.as_u16(),
            foreign.header("access-control-allow-origin")
        ),
        (200, None)
    );
    let wrong = portico.request(Method::POST, BALANCE).send().await;
    wrong.is_error(405, "method_not_allowed");
    assert_eq!(
        (wrong.header("allow"), wrong.header("vary")),
        (Some("GET, OPTIONS"), Some("Origin"))
    );
}

#[tokio::test]
async fn the_gate_is_not_counted() {
    let portico = Portico::setup()
        .variable("rate_limits", "paid=1/3600")
        .start()
        .await;
    for _ in 0..5 {
        account(&portico, USER).await;
    }
    assert_eq!(portico.host.key_value().counts().increments, 0);
    let entry = portico.log_entries().pop().unwrap();
    assert_eq!(
        (&entry["route"], &entry["plan"]),
        (&json!(BALANCE), &json!("paid"))
    );
}

#[tokio::test]
async fn a_call_that_costs_nothing_does_not_read_the_balance() {
    let portico = Portico::start().await;
    portico.set_balance(USER, &json!("corrupt")).await;
    portico.host.key_value().set_failing_keys(Some("balance:"));
    portico.portal_as_user().opens_session().await;
    assert_eq!(portico.host.key_value().counts().increments, 0);
}

#[tokio::test]
async fn a_caller_with_less_than_the_cost_is_told_what_is_missing() {
    let portico = Portico::setup()
        .variable("request_cost", "10")
        .start()
        .await;
    let expected = |balance: i64, refill: Value, upgrade: Value| {
        json!({
            "error": "insufficient_balance",
            "current_balance": balance,
            "required_cost": 10,
            "plan": "paid",
            "next_refill_at": refill,
            "upgrade_url": upgrade,
        })
    };
    let ask = async |portico: &Portico| {
        let answer = portico.portal_as_user().send().await;
        answer.is_error(402, "insufficient_balance");
        let mut body = answer.json();
        for common in ["message", "request_id"] {
            assert!(body.as_object_mut().unwrap().remove(common).is_some());
        }
        body
    };
    assert_eq!(ask(&portico).await, expected(0, json!(null), json!(null)));
    portico
        .set_balance(
            USER,
            &json!({"current_balance": 9, "next_refill_at": "2026-12-01T00:00:00Z"}),
        )
        .await;
    assert_eq!(
        ask(&portico).await,
        expected(9, json!("2026-12-01T00:00:00Z"), json!(null))
    );
    assert!(portico.stripe.requests().is_empty());
    let with_url = Portico::setup()
        .variable("request_cost", "10")
        .variable("upgrade_url", "https://app.example.com/pricing")
        .start()
        .await;
    assert_eq!(
        ask(&with_url).await,
        expected(0, json!(null), json!("https://app.example.com/pricing"))
    );
}

#[tokio::test]
async fn a_call_that_succeeded_is_charged_once_and_one_that_failed_is_not() {
    let portico = Portico::setup()
        .variable("request_cost", "10")
        .variable("stripe_max_retries", "1")
        .start()
        .await;
    portico
        .set_balance(USER, &json!({"current_balance": 25}))
        .await;
    // Tried twice, charged once.
    portico.stripe.script(CUSTOMER, [Reply::ResetDuringBody]);
    portico.portal_as_user().opens_session().await;
    assert_eq!(account(&portico, USER).await["current_balance"], 15);
    for reply in [
        Reply::InvalidJson,
        Reply::RateLimited429,
        Reply::stripe_error(403, "invalid_request_error", None, None, "x"),
    ] {
        portico.stripe.script(CUSTOMER, [reply]);
        assert_eq!(portico.portal_as_user().send().await.status, 500);
    }
    portico
        .portal_as_user()
        .json(&json!({"x": 1}))
        .fails(400, "invalid_request")
        .await;
    assert_eq!(account(&portico, USER).await["current_balance"], 15);
    portico.portal_as_user().opens_session().await;
    portico
        .portal_as_user()
        .fails(402, "insufficient_balance")
        .await;
    assert_eq!(account(&portico, USER).await["current_balance"], 5);
}

#[tokio::test]
async fn a_balance_that_cannot_be_read_is_not_taken_for_enough() {
    let portico = Portico::setup().variable("request_cost", "1").start().await;
    portico
        .set_balance(USER, &json!({"current_balance": "many"}))
        .await;
    portico
        .portal_as_user()
        .fails(500, "store_unavailable")
        .await;
    portico
        .set_balance(USER, &json!({"current_balance": 5}))
        .await;
    portico.host.key_value().set_failing_keys(Some("balance:"));
    portico
        .portal_as_user()
        .fails(500, "store_unavailable")
        .await;
    portico.host.key_value().set_failing_keys(Some("spent:"));
    portico
        .portal_as_user()
        .fails(500, "store_unavailable")
        .await;
    assert!(portico.stripe.requests().is_empty());
}

#[tokio::test]
async fn a_corrupt_balance_closes_the_gate_only_where_calls_cost_something() {
    for (cost, closed) in [("0", false), ("1", true)] {
        let portico = Portico::setup()
            .variable("request_cost", cost)
            .start()
            .await;
        portico.set_balance(USER, &json!("1200")).await;
        let answer = portico.account(USER).send().await;
        if closed {
            answer.is_error(500, "store_unavailable");
        } else {
            assert_eq!(answer.status, 200);
            let account = answer.json();
            assert_eq!(account["current_balance"], Value::Null);
            assert_eq!(account["next_refill_at"], Value::Null);
            let entry = portico.log_entry(answer.request_id()).await;
            assert_eq!(entry["level"], "warn");
        }
    }
}

#[tokio::test]
async fn a_user_whose_record_names_no_customer_has_the_plan_and_no_portal() {
    let portico = Portico::start().await;
    for (record, plan) in [
        (r#"{"plan":"trial"}"#, "trial"),
        (r#"{"stripe_customer_id":null,"plan":"paid"}"#, "paid"),
        ("{}", "free"),
    ] {
        portico.set_record(USER, record).await;
        let account = portico.account(USER).send().await.json();
        assert_eq!(account["plan"], plan);
        assert_eq!(account["portal_available"], false);
        let refused = portico.portal_as_user().send().await;
        refused.is_error(400, "no_stripe_customer");
    }
}

#[tokio::test]
async fn what_was_spent_is_not_forgotten_when_calls_become_free() {
    let store = KeyValue::in_memory();
    let setup = |cost| Portico::setup().variable("request_cost", cost).on(&store);
    let paid = setup("10").start().await;
    paid.set_balance(USER, &json!({"current_balance": 25}))
        .await;
    paid.portal_as_user().send().await.is_session();
    let free = setup("0").start().await;
    let account = free.account(USER).send().await.json();
    assert_eq!(account["current_balance"], 15);
}
