//! The traces that a request leaves: its identifier and the log.

use http::Method;
use portico_stand_in::Reply;
use serde_json::{Value, json};

use crate::harness::{CUSTOMER, PORTAL, Portico, USER};

const FIELDS: [&str; 13] = [
    "ts",
    "level",
    "request_id",
    "method",
    "route",
    "status",
    "error",
    "reason",
    "user",
    "plan",
    "stripe_request_id",
    "attempts",
    "duration_ms",
];

fn digest(user: &str) -> String {
    let hash = hmac_sha256::Hash::hash(user.as_bytes());
    hash[..6]
        .iter()
        .fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"))
}

#[tokio::test]
async fn a_served_request_is_one_line_with_every_field() {
    let portico = Portico::start().await;
    let answer = portico.portal_as_user().send().await;
    let entry = portico.log_entry(answer.request_id()).await;
    let mut fields: Vec<&str> = entry
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    fields.sort_unstable();
    let mut expected = FIELDS;
    expected.sort_unstable();
    assert_eq!(fields, expected);
    for (field, expected) in [
        ("level", json!("info")),
        ("method", json!("POST")),
        ("route", json!(PORTAL)),
        ("status", json!(200)),
        ("error", Value::Null),
        ("reason", Value::Null),
        ("user", json!(digest(USER))),
        ("plan", json!("paid")),
        ("attempts", json!(1)),
    ] {
        assert_eq!(entry[field], expected, "{field}: {entry}");
    }
    assert!(
        entry["stripe_request_id"]
            .as_str()
            .unwrap()
            .starts_with("req_"),
        "{entry}"
    );
    assert!(entry["duration_ms"].as_f64().unwrap() > 0.0, "{entry}");
    let ts = entry["ts"].as_str().unwrap();
    assert!(
        ts.len() == 24 && ts.ends_with('Z') && ts.as_bytes()[10] == b'T',
        "{ts}"
    );
    assert_eq!(portico.log_entries().len(), 1);
}

#[tokio::test]
async fn every_request_is_one_line_whatever_it_came_to() {
    let portico = Portico::start().await;
    let calls = [
        (
            portico.request(Method::GET, "/healthz"),
            200,
            Some("/healthz"),
            Value::Null,
        ),
        (
            portico.request(Method::GET, "/readyz"),
            200,
            Some("/readyz"),
            Value::Null,
        ),
        (
            portico.request(Method::OPTIONS, PORTAL),
            204,
            Some(PORTAL),
            Value::Null,
        ),
        (
            portico.request(Method::GET, "/users/jane@example.com?token=eyJx"),
            404,
            None,
            json!("not_found"),
        ),
        (
            portico.request(Method::PUT, PORTAL),
            405,
            Some(PORTAL),
            json!("method_not_allowed"),
        ),
        (portico.portal(), 401, Some(PORTAL), json!("unauthorized")),
        (
            portico.portal_as_user().json(&json!({"x": 1})),
            400,
            Some(PORTAL),
            json!("invalid_request"),
        ),
        (
            portico.portal_as("free"),
            400,
            Some(PORTAL),
            json!("no_stripe_customer"),
        ),
    ];
    let count = calls.len();
    for (call, status, route, error) in calls {
        let answer = call.send().await;
        let entry = portico.log_entry(answer.request_id()).await;
        assert_eq!(entry["status"], status, "{entry}");
        assert_eq!(entry["route"].as_str(), route, "{entry}");
        assert_eq!(entry["error"], error, "{entry}");
        assert_eq!(entry["reason"].is_string(), error.is_string(), "{entry}");
        let level = if status >= 400 { "warn" } else { "info" };
        assert_eq!(entry["level"], level, "{entry}");
    }
    assert_eq!(portico.log_entries().len(), count);
}

#[tokio::test]
async fn a_method_that_a_caller_makes_up_is_not_logged() {
    let portico = Portico::start().await;
    let answer = portico
        .request(Method::from_bytes(b"SECRETWORD").unwrap(), PORTAL)
        .send()
        .await;
    let entry = portico.log_entry(answer.request_id()).await;
    assert_eq!(
        (&entry["method"], &entry["status"]),
        (&Value::Null, &json!(405))
    );
}

#[tokio::test]
async fn a_callers_request_identifier_is_kept_if_it_is_harmless() {
    let portico = Portico::start().await;
    for id in ["a", "req-1.2_3", &"x".repeat(64)] {
        let answer = portico.portal().header("x-request-id", id).send().await;
        assert_eq!(answer.request_id(), id);
    }
    for id in ["", &"x".repeat(65), "a b", "a/b", "{}", "\"", "é", "a,b"] {
        let answer = portico.portal().header("x-request-id", id).send().await;
        assert!(
            is_uuid(answer.request_id()),
            "{id:?} → {}",
            answer.request_id()
        );
    }
    let twice = portico
        .portal()
        .header("x-request-id", "a")
        .header("x-request-id", "b")
        .send()
        .await;
    assert!(is_uuid(twice.request_id()));
    let [one, two] = [portico.portal().send().await, portico.portal().send().await];
    assert_ne!(one.request_id(), two.request_id());
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.char_indices().all(|(index, c)| match index {
            8 | 13 | 18 | 23 => c == '-',
            14 => c == '4',
            19 => "89ab".contains(c),
            _ => c.is_ascii_hexdigit() && !c.is_ascii_uppercase(),
        })
}

#[tokio::test]
async fn what_stripe_says_is_logged_by_its_codes_and_not_in_its_words() {
    let portico = Portico::start().await;
    portico.stripe.script(
        CUSTOMER,
        [Reply::stripe_error(
            403,
            "invalid_request_error",
            Some("more_permissions_required"),
            None,
            "The provided key 'rk_test_****4242' of account acct_E2E does not have the required permissions.",
        )],
    );
    let answer = portico.portal_as_user().send().await;
    answer.is_error(500, "stripe_rejected");
    let entry = portico.log_entry(answer.request_id()).await;
    let reason = entry["reason"].as_str().unwrap();
    assert!(
        reason.contains("403") && reason.contains("more_permissions_required"),
        "{reason}"
    );
    for words in ["rk_test", "acct_", "permissions."] {
        assert!(!reason.contains(words), "{reason}");
        assert!(
            !String::from_utf8_lossy(&answer.body).contains(words),
            "{answer:?}"
        );
    }
}
