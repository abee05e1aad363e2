//! The users who may manage billing: the role that a token must have, and the treatment of a user without it.

use http::Method;
use serde_json::{Value, json};

use crate::harness::{
    Answer, BALANCE, CHECKOUT, FRONTEND, HISTORY, INVOICES, PORTAL, Portico, SUBSCRIPTIONS, SYNC,
    Setup, USER, claims, token,
};

/// The routes that manage billing.
const MANAGED: [(Method, &str); 4] = [
    (Method::POST, PORTAL),
    (Method::GET, INVOICES),
    (Method::GET, HISTORY),
    (Method::GET, SUBSCRIPTIONS),
];

fn setup() -> Setup {
    Portico::setup()
        .variable("jwt_user_claim", "/o/id")
        .variable("jwt_role_claim", "/o/rol")
        .variable("billing_roles", "owner, billing")
}

/// A token of a person of the organisation that pays.
fn token_of(role: &Value) -> String {
    let mut claims = claims();
    claims["sub"] = "person_1".into();
    claims["o"] = json!({"id": USER, "rol": role});
    token(&claims)
}

async fn ask(portico: &Portico, (method, path): &(Method, &str), role: &Value) -> Answer {
    portico
        .request(method.clone(), path)
        .bearer(&token_of(role))
        .header("origin", FRONTEND)
        .header("x-request-id", "asked")
        .send()
        .await
}

#[tokio::test]
async fn a_user_with_one_of_the_roles_manages_the_organisations_billing() {
    let portico = setup().start().await;
    for role in [
        json!("owner"),
        json!(["member", "billing"]),
        json!("member owner"),
    ] {
        for route in &MANAGED {
            let answer = ask(&portico, route, &role).await;
            assert_eq!(answer.status, 200, "{route:?} {role}: {answer:?}");
        }
    }
}

#[tokio::test]
async fn nothing_is_counted_read_or_asked_for_a_user_without_a_role() {
    let portico = setup()
        .variable("rate_limits", "free=1/3600,paid=1/3600")
        .variable("checkout_prices", "pro=price_pro")
        .start()
        .await;
    // The instance opens its store once.
    ask(&portico, &(Method::GET, BALANCE), &json!("member")).await;
    let before = portico.host.key_value().counts();
    for role in [
        json!("member"),
        json!([]),
        json!(null),
        json!({"owner": true}),
        json!(["owner", 1]),
        json!(1),
    ] {
        for route in MANAGED.iter().chain([&(Method::POST, CHECKOUT)]) {
            let answer = ask(&portico, route, &role).await;
            answer.is_error(403, "forbidden");
            assert_eq!(answer.header("www-authenticate"), None);
            assert_eq!(answer.header("ratelimit"), None);
            assert!(answer.header("access-control-allow-origin").is_some());
        }
    }
    let read = portico.host.key_value().counts() - before;
    assert_eq!((read.gets, read.increments), (0, 0));
    assert!(portico.stripe.requests().is_empty());
    // The limit of one request is still there.
    for route in &MANAGED {
        let answer = ask(&portico, route, &json!("owner")).await;
        assert_eq!(answer.status, 200, "{route:?}: {answer:?}");
    }
}

#[tokio::test]
async fn the_gate_and_a_sync_need_no_role() {
    let portico = setup().start().await;
    for route in [(Method::GET, BALANCE), (Method::POST, SYNC)] {
        let answer = ask(&portico, &route, &json!("member")).await;
        assert_eq!(answer.status, 200, "{route:?}: {answer:?}");
        assert_eq!(answer.json()["portal_available"], true, "{route:?}");
    }
}

#[tokio::test]
async fn a_token_that_is_remembered_keeps_its_role() {
    let portico = setup().start().await;
    let portal = (Method::POST, PORTAL);
    for _ in 0..3 {
        ask(&portico, &portal, &json!("member"))
            .await
            .is_error(403, "forbidden");
        assert_eq!(ask(&portico, &portal, &json!("owner")).await.status, 200);
        // The gate's memory of the same token tells the portal nothing else.
        assert_eq!(
            ask(&portico, &(Method::GET, BALANCE), &json!("member"))
                .await
                .status,
            200
        );
    }
}

#[tokio::test]
async fn the_log_tells_that_a_role_is_missing() {
    let portico = setup().start().await;
    let portal = (Method::POST, PORTAL);
    ask(&portico, &portal, &json!("member")).await;
    let entry = portico.log_entry("asked").await;
    assert_eq!(entry["error"], "forbidden");
    assert_eq!(
        entry["reason"],
        "the token has none of billing_roles in jwt_role_claim"
    );
    assert!(entry["user"].is_string());
}

#[tokio::test]
async fn a_role_without_roles_is_misconfigured_and_so_are_roles_without_a_claim() {
    for (variable, value, told) in [
        ("jwt_role_claim", "role", "billing_roles must"),
        ("billing_roles", "owner", "jwt_role_claim must"),
    ] {
        let portico = Portico::setup().variable(variable, value).start().await;
        let answer = portico
            .portal_as_user()
            .header("x-request-id", "half")
            .send()
            .await;
        answer.is_error(500, "misconfigured");
        let entry = portico.log_entry("half").await;
        assert!(
            entry["reason"].as_str().unwrap().starts_with(told),
            "{entry}"
        );
    }
}
