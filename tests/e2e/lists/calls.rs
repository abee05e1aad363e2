//! A list takes one call to Stripe and a place within the limit, and answers pages of allowed origins.

use http::Method;
use portico_stand_in::Reply;
use serde_json::json;

use super::{LISTS, ask, ids};
use crate::harness::{API_KEY, CUSTOMER, FRONTEND, INVOICES, Portico, USER};
use crate::limits::{limited, remaining_and_reset};

#[tokio::test]
async fn stripe_is_asked_once_for_the_customers_own_without_a_body_or_an_idempotency_key() {
    let portico = Portico::start().await;
    for ((path, _, stripes), (query, sent)) in LISTS.into_iter().zip([
        ("limit=7", "limit=7"),
        ("starting_after=ch_1", "starting_after=ch_1&limit=20"),
    ]) {
        portico.stripe.clear();
        ask(&portico, path, query, USER).await;
        let [request] = &portico.stripe.requests()[..] else {
            panic!("{path}")
        };
        assert_eq!(request.method, "GET");
        assert_eq!(
            request.path,
            format!("{stripes}?customer={CUSTOMER}&{sent}")
        );
        let authorization = format!("Bearer {API_KEY}");
        assert_eq!(
            request.header("authorization"),
            Some(authorization.as_str())
        );
        assert_eq!(request.header("stripe-version"), Some("2026-10-28.endive"));
        for absent in ["idempotency-key", "content-type", "transfer-encoding"] {
            assert_eq!(request.header(absent), None, "{absent}");
        }
        assert!(request.body.is_empty());
    }
    portico.stripe.clear();
    ask(&portico, INVOICES, "", USER).await;
    assert!(portico.stripe.requests()[0].path.ends_with("&limit=10"));
}

#[tokio::test]
async fn a_list_fails_as_the_portal_does() {
    let portico = Portico::setup()
        .variable("stripe_max_retries", "0")
        .start()
        .await;
    let error = |status, code, param| {
        Reply::stripe_error(status, "invalid_request_error", code, param, "x")
    };
    for (reply, code) in [
        (Reply::server_error(500), "stripe_unavailable"),
        (Reply::RateLimited429, "stripe_unavailable"),
        (Reply::ResetDuringBody, "stripe_unavailable"),
        (Reply::TruncatedBody, "stripe_unavailable"),
        (Reply::InvalidJson, "stripe_rejected"),
        (error(401, None, None), "stripe_rejected"),
        (error(403, None, None), "stripe_rejected"),
        (error(400, None, Some("limit")), "stripe_rejected"),
        (
            error(400, Some("resource_missing"), None),
            "stripe_rejected",
        ),
        (
            error(400, Some("resource_missing"), Some("starting_after")),
            "stripe_rejected",
        ),
    ] {
        for (path, _, _) in LISTS {
            let name = format!("{path} {reply:?}");
            portico.stripe.script(CUSTOMER, [reply.clone()]);
            let answer = ask(&portico, path, "", USER).await;
            assert_eq!(answer.status, 500, "{name}");
            answer.is_error(500, code);
        }
    }
    for (path, _, _) in LISTS {
        // Less than one item cannot be asked for.
        let bytes = (2 << 20) + 1;
        let reply = Reply::HugeBody { bytes };
        portico.stripe.script(CUSTOMER, [reply]);
        let answer = ask(&portico, path, "limit=1", USER).await;
        answer.is_error(500, "stripe_rejected");
    }
    let impatient = Portico::setup()
        .variable("stripe_timeout_ms", "200")
        .start()
        .await;
    for (path, _, _) in LISTS {
        impatient
            .stripe
            .script(CUSTOMER, [Reply::StallAfterHeaders]);
        let answer = ask(&impatient, path, "", USER).await;
        answer.is_error(500, "stripe_unavailable");
        let none = portico.request(Method::GET, path).send().await;
        none.is_error(401, "unauthorized");
        assert_eq!(none.header("www-authenticate"), Some("Bearer"));
        portico.set_record(USER, "{").await;
        ask(&portico, path, "", USER)
            .await
            .is_error(500, "store_unavailable");
        portico.set_record(USER, CUSTOMER).await;
        assert_eq!(ask(&portico, path, "", USER).await.status, 200);
    }
}

#[tokio::test]
async fn a_list_that_was_not_answered_is_asked_for_again() {
    let portico = Portico::start().await;
    portico.stripe.add_invoice(CUSTOMER, &json!({"id": "in_1"}));
    portico.stripe.script(
        CUSTOMER,
        [Reply::ResetBeforeHeaders, Reply::server_error(503)],
    );
    let answer = ask(&portico, INVOICES, "", USER).await;
    assert_eq!(ids(answer.json()["data"].as_array().unwrap()), ["in_1"]);
    let entry = portico.log_entry(answer.request_id()).await;
    assert_eq!(entry["attempts"], 3);
    assert!(entry["stripe_request_id"].as_str().is_some());
}

#[tokio::test]
async fn each_list_has_a_limit_of_its_own() {
    let portico = limited("free=1/3600,paid=2/3600").start().await;
    portico.begin_window(3600);
    for (path, _, _) in LISTS {
        for remaining in [1, 0] {
            let answer = ask(&portico, path, "", USER).await;
            assert_eq!(answer.status, 200);
            assert_eq!(remaining_and_reset(&answer, "paid").0, remaining);
        }
        let refused = ask(&portico, path, "", USER).await;
        refused.is_error(429, "rate_limited");
        assert!(refused.header("retry-after").is_some());
        let free = ask(&portico, path, "", "no record").await;
        assert_eq!(remaining_and_reset(&free, "free").0, 0);
    }
    portico.portal_as_user().opens_session().await;
}

#[tokio::test]
async fn a_list_costs_nothing() {
    let portico = Portico::setup()
        .variable("request_cost", "10")
        .start()
        .await;
    portico
        .set_balance(USER, &json!({"current_balance": 5}))
        .await;
    for (path, _, _) in LISTS {
        assert_eq!(ask(&portico, path, "", USER).await.status, 200);
    }
    let account = portico.account(USER).send().await.json();
    assert_eq!(account["current_balance"], 5);
}

#[tokio::test]
async fn pages_may_ask_and_read_the_answers() {
    let portico = Portico::start().await;
    for (path, _, _) in LISTS {
        let preflight = portico
            .request(Method::OPTIONS, path)
            .header("origin", FRONTEND)
            .header("access-control-request-method", "GET")
            .send()
            .await;
        assert_eq!(preflight.status, 204);
        assert_eq!(
            preflight.header("access-control-allow-methods"),
            Some("GET")
        );
        let answer = portico
            .get_as(path, USER)
            .header("origin", FRONTEND)
            .send()
            .await;
        assert_eq!(answer.header("access-control-allow-origin"), Some(FRONTEND));
        let wrong = portico.request(Method::POST, path).send().await;
        wrong.is_error(405, "method_not_allowed");
        assert_eq!(wrong.header("allow"), Some("GET, OPTIONS"));
    }
}
