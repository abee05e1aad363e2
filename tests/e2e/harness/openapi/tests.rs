//! That an answer which differs from the description in any respect is refused.

use http::HeaderMap;
use http::header::{HeaderName, HeaderValue};
use serde_json::{Value, json};

use super::*;

mod description;

const PORTAL: &str = "/api/v1/account/billing-portal";
const CHECKOUT: &str = "/api/v1/billing/checkout";
const INVOICES: &str = "/api/v1/billing/invoices";
const WEBHOOK: &str = "/api/v1/billing/webhook";

/// An answer that is described, until something of it is changed.
struct Answer {
    method: Method,
    path: &'static str,
    status: u16,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Answer {
    fn new(method: Method, path: &'static str, status: u16, body: &Value) -> Self {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("content-type", "application/json"),
            ("cache-control", "no-store"),
            ("x-content-type-options", "nosniff"),
            ("x-request-id", "id-1"),
            ("content-length", "17"),
            ("date", "Sun, 22 Nov 2026 19:01:25 GMT"),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
        Self {
            method,
            path,
            status,
            headers,
            body: body.to_string().into_bytes(),
        }
    }

    fn with(mut self, name: &'static str, value: &'static str) -> Self {
        let name = HeaderName::from_static(name);
        self.headers.append(name, HeaderValue::from_static(value));
        self
    }

    fn without(mut self, name: &str) -> Self {
        self.headers.remove(name);
        self
    }

    fn told(&self) -> Result<(), String> {
        let status = StatusCode::from_u16(self.status).unwrap();
        OpenApi::of_the_repository().validate(
            &self.method,
            self.path,
            status,
            &self.headers,
            &self.body,
        )
    }

    #[track_caller]
    fn is_described(&self) {
        assert_eq!(self.told(), Ok(()));
    }

    #[track_caller]
    fn is_refused(&self, because: &str) {
        let told = self.told().expect_err("it is refused");
        assert!(told.contains(because), "{told}");
    }
}

fn session(body: &Value) -> Answer {
    Answer::new(Method::POST, PORTAL, 200, body)
        .with("vary", "Origin")
        .with("ratelimit", "\"paid\";r=29;t=41")
        .with("ratelimit-policy", "\"paid\";q=30;w=60")
}

fn good_session() -> Answer {
    session(&json!({ "url": "https://billing.stripe.com/p/session/test_x" }))
}

fn error(method: Method, path: &'static str, status: u16, code: &str) -> Answer {
    let body = json!({ "error": code, "message": "A sentence.", "request_id": "id-1" });
    Answer::new(method, path, status, &body)
}

fn portal_error(status: u16, code: &str) -> Answer {
    error(Method::POST, PORTAL, status, code).with("vary", "Origin")
}

fn invoice() -> Value {
    json!({
        "id": "in_1", "number": null, "status": "paid", "description": null, "currency": "jpy",
        "amount_due": 0, "amount_paid": 0, "amount_remaining": 0, "total": -100,
        "created": 1_793_491_200, "due_date": null, "period_start": 1, "period_end": 2,
        "hosted_invoice_url": null, "invoice_pdf": "https://pay.stripe.com/x",
    })
}

fn invoices(invoice: &Value) -> Answer {
    let body = json!({ "data": [invoice], "has_more": false });
    Answer::new(Method::GET, INVOICES, 200, &body).with("vary", "Origin")
}

#[test]
fn an_answer_that_is_described_passes() {
    good_session().is_described();
    good_session()
        .with("access-control-allow-origin", "https://app.example.com")
        .with(
            "access-control-expose-headers",
            "x-request-id, retry-after, ratelimit, ratelimit-policy",
        )
        .is_described();
    invoices(&invoice()).is_described();
    portal_error(400, "no_stripe_customer").is_described();
}

#[test]
fn a_query_is_no_part_of_the_path() {
    let mut answer = invoices(&invoice());
    answer.path = "/api/v1/billing/invoices?limit=1";
    answer.is_described();
}

#[test]
fn a_status_that_is_not_described_is_refused() {
    portal_error(409, "unauthorized").is_refused("only [200, 400, 401, 402, 403, 429, 500] are");
    error(Method::GET, INVOICES, 402, "insufficient_balance").is_refused("are described");
    error(Method::GET, "/healthz", 500, "internal_error").is_refused("only [200] are described");
}

#[test]
fn a_code_that_does_not_go_with_the_status_or_the_route_is_refused() {
    portal_error(400, "unauthorized").is_refused("\"unauthorized\" is not one of");
    portal_error(500, "a_code_of_tomorrow").is_refused("\"a_code_of_tomorrow\" is not one of");
    error(Method::GET, INVOICES, 400, "no_stripe_customer")
        .with("vary", "Origin")
        .is_refused("/error");
    error(Method::GET, INVOICES, 500, "portal_not_configured")
        .with("vary", "Origin")
        .is_refused("/error");
}

#[test]
fn a_body_that_differs_from_its_schema_is_refused() {
    session(&json!({})).is_refused("\"url\" is a required property");
    session(&json!({ "url": "https://x", "id": 1 })).is_refused("'id' was unexpected");
    session(&json!({ "url": "javascript:alert(1)" })).is_refused("at \"/url\"");
    session(&json!({ "url": null })).is_refused("at \"/url\"");
    for (member, value) in [
        ("status", json!("draft")),
        ("total", json!("100")),
        ("total", json!(1.5)),
        ("currency", json!("USD")),
        ("created", json!("today")),
        ("id", json!(null)),
        ("invoice_pdf", json!("data:text/html,x")),
        ("customer", json!("cus_1")),
    ] {
        let mut changed = invoice();
        changed[member] = value;
        invoices(&changed).is_refused("the body: ");
    }
    for member in ["number", "due_date", "invoice_pdf"] {
        let mut changed = invoice();
        changed.as_object_mut().unwrap().remove(member);
        invoices(&changed).is_refused("is a required property");
    }
}

#[test]
fn a_body_that_is_no_json_or_says_that_it_is_none_is_refused() {
    let mut answer = good_session();
    answer.body.pop();
    answer.is_refused("the body: EOF");
    good_session()
        .without("content-type")
        .with("content-type", "text/html")
        .is_refused("text/html");
    good_session()
        .without("content-type")
        .is_refused("the Content-Type is None");
}

#[test]
fn a_header_that_is_not_described_is_refused() {
    good_session()
        .with("server", "x")
        .is_refused("the header server is not described");
    good_session()
        .with("set-cookie", "a=b")
        .is_refused("set-cookie");
    // It is described elsewhere, but not here.
    good_session()
        .with("allow", "POST")
        .is_refused("the header allow is not described");
    portal_error(401, "unauthorized")
        .with("www-authenticate", "Bearer")
        .with("ratelimit", "\"paid\";r=29;t=41")
        .is_refused("the header ratelimit is not described");
}

#[test]
fn a_header_that_is_required_is_missed() {
    for name in [
        "cache-control",
        "vary",
        "x-content-type-options",
        "x-request-id",
    ] {
        good_session()
            .without(name)
            .is_refused(&format!("the header {name} is missing"));
    }
    portal_error(401, "unauthorized").is_refused("www-authenticate is missing");
    portal_error(429, "rate_limited").is_refused("retry-after is missing");
    good_session()
        .without("ratelimit")
        .without("ratelimit-policy")
        .is_described();
}

#[test]
fn a_header_that_comes_twice_or_says_something_else_is_refused() {
    good_session()
        .with("vary", "Origin")
        .is_refused("vary comes more than once");
    for (name, value) in [
        ("cache-control", "private"),
        ("vary", "Accept"),
        ("x-request-id", "a b"),
        ("ratelimit", "paid;r=29;t=41"),
        ("access-control-allow-origin", "*"),
    ] {
        let answer = good_session().without(name).with(name, value);
        answer.is_refused(&format!("the header {name}: "));
    }
    for value in ["-1", "soon", "1.5", ""] {
        portal_error(429, "rate_limited")
            .with("retry-after", value)
            .is_refused("the header retry-after: ");
    }
    portal_error(429, "rate_limited")
        .with("retry-after", "0")
        .is_described();
}

#[test]
fn a_wait_goes_with_what_may_pass_and_with_nothing_else() {
    portal_error(500, "stripe_unavailable")
        .with("retry-after", "5")
        .is_described();
    portal_error(500, "stripe_rejected").is_described();
    portal_error(500, "stripe_unavailable").is_refused("retry-after is missing");
    portal_error(500, "keys_unavailable").is_refused("retry-after is missing");
    portal_error(500, "stripe_rejected")
        .with("retry-after", "5")
        .is_refused("retry-after does not go with Some(\"stripe_rejected\")");
}

#[test]
fn a_preflight_has_no_body() {
    let mut answer = Answer::new(Method::OPTIONS, PORTAL, 204, &Value::Null)
        .with("vary", "Origin")
        .with("access-control-allow-origin", "https://app.example.com")
        .with("access-control-allow-methods", "POST")
        .with(
            "access-control-allow-headers",
            "authorization, content-type, x-request-id, traceparent, tracestate, baggage, sentry-trace",
        )
        .with("access-control-max-age", "86400");
    answer.is_refused("no body is described");
    answer.body.clear();
    answer.is_described();
    answer.path = INVOICES;
    answer.is_refused("access-control-allow-methods");
}

#[test]
fn other_methods_and_other_paths_are_described_too() {
    let refused = |method, path| error(method, path, 405, "method_not_allowed");
    let answer = refused(Method::DELETE, PORTAL).with("vary", "Origin");
    answer.is_refused("allow is missing");
    answer.with("allow", "POST, OPTIONS").is_described();
    refused(Method::GET, PORTAL)
        .with("vary", "Origin")
        .with("allow", "GET, OPTIONS")
        .is_refused("Allow has {\"GET\", \"OPTIONS\"}");
    refused(Method::POST, "/healthz")
        .with("allow", "GET, HEAD")
        .is_described();
    refused(Method::OPTIONS, WEBHOOK)
        .with("allow", "POST")
        .is_described();
    refused(Method::OPTIONS, WEBHOOK)
        .with("allow", "POST, OPTIONS")
        .is_refused("Allow has");
    error(Method::OPTIONS, WEBHOOK, 404, "not_found").is_described();
    error(Method::GET, "/nowhere", 404, "not_found").is_described();
    error(Method::GET, "/healthz/", 404, "not_found").is_described();
    error(Method::GET, PORTAL, 404, "not_found").is_refused("only [405] are described");
    error(Method::GET, "/nowhere", 200, "not_found").is_refused("only [404] are described");
}

#[test]
fn an_answer_to_head_has_the_headers_alone() {
    let mut answer = error(Method::HEAD, PORTAL, 405, "method_not_allowed")
        .with("vary", "Origin")
        .with("allow", "POST, OPTIONS");
    answer.body.clear();
    answer.is_described();
    answer.without("allow").is_refused("allow is missing");
}
