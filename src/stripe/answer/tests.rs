use proptest::prelude::*;
use serde_json::json;
use url::Url;

use super::*;
use crate::config::Config;
use crate::portal_request::{Flow, FlowKind};

fn config() -> Config {
    Config::from_variables(|name| {
        let value = match name {
            "stripe_api_key" => "sk_test_1",
            "frontend_url" => "https://app.example.com",
            "jwt_issuer" | "jwt_audience" => "x",
            "jwt_hs256_secret" => "0123456789abcdef0123456789abcdef",
            "portal_hosts" => "billing.stripe.com,billing.example.com:8443,127.0.0.1:12111",
            _ => return None,
        };
        Some(value.to_owned())
    })
    .unwrap()
}

fn plain() -> PortalRequest {
    PortalRequest::default()
}

fn with_flow() -> PortalRequest {
    PortalRequest {
        flow: Some(Flow {
            kind: FlowKind::PaymentMethodUpdate,
            after_completion: None,
        }),
        ..plain()
    }
}

fn with_locale() -> PortalRequest {
    PortalRequest {
        locale: Some("de".to_owned()),
        ..plain()
    }
}

fn read(status: u16, body: &[u8], request: &PortalRequest) -> Result<SessionUrl, Failure> {
    let mut answer = Response::new(body.to_vec());
    *answer.status_mut() = status.try_into().unwrap();
    session_url(
        Outcome {
            attempts: 1,
            result: Ok(answer),
        },
        &config().stripe,
        request,
    )
}

fn kind(status: u16, error: &Value, request: &PortalRequest) -> FailureKind {
    let body = json!({ "error": error }).to_string();
    read(status, body.as_bytes(), request).unwrap_err().kind
}

#[test]
fn a_session_on_an_allowed_host_is_taken() {
    for url in [
        "https://billing.stripe.com/p/session/test_YWNjdF8x",
        "https://billing.stripe.com/p/session?x=1#y",
        "https://BILLING.stripe.com:443/p",
        "https://billing.example.com:8443/p",
        "http://127.0.0.1:12111/p/session/test_1",
    ] {
        let body =
            json!({"object": "billing_portal.session", "url": url, "id": "bps_1"}).to_string();
        assert_eq!(read(200, body.as_bytes(), &plain()).unwrap().expose(), url);
    }
}

#[test]
fn whatever_else_comes_with_success_is_rejected() {
    let session = |url: Value| json!({"object": "billing_portal.session", "url": url}).to_string();
    for body in [
        String::new(),
        "{".to_owned(),
        "null".to_owned(),
        "[]".to_owned(),
        "<html>".to_owned(),
        json!({"url": "https://billing.stripe.com/p"}).to_string(),
        json!({"object": "checkout.session", "url": "https://billing.stripe.com/p"}).to_string(),
        json!({"object": "billing_portal.session"}).to_string(),
        r#"{"object":"billing_portal.session","url":"https://evil.example","url":"https://billing.stripe.com/p"}"#.to_owned(),
        session(json!(null)),
        session(json!(7)),
        session(json!("")),
        session(json!("/p/session")),
        session(json!("//billing.stripe.com/p")),
        session(json!("http://billing.stripe.com/p")),
        session(json!("javascript:alert(1)//billing.stripe.com/")),
        session(json!("https://evil.example/p")),
        session(json!("https://billing.stripe.com.evil.example/p")),
        session(json!("https://evil.example/billing.stripe.com")),
        session(json!("https://evil.example?billing.stripe.com")),
        session(json!("https://billing.stripe.com@evil.example/p")),
        session(json!("https://user@billing.stripe.com/p")),
        session(json!("https://evil.example\\@billing.stripe.com/p")),
        session(json!("https://billing.stripe.com\\@evil.example/p")),
        session(json!("https://evil.example#@billing.stripe.com/p")),
        session(json!("https://billing.stripe.com:8443/p")),
        session(json!("https://billing.example.com/p")),
        session(json!("https://127.0.0.1/p")),
        session(json!(" https://billing.stripe.com/p")),
        session(json!("https://billing.stripe.com/p\n")),
        session(json!("https://billing.stripe.com/\u{e9}")),
        session(json!("https:\t//billing.stripe.com/p")),
    ] {
        let failure = read(200, body.as_bytes(), &plain()).unwrap_err();
        assert_eq!(failure.kind, FailureKind::StripeRejected, "{body}");
    }
}

proptest! {
    #[test]
    fn a_url_that_is_taken_is_on_an_allowed_host_as_browsers_read_urls(
        text in prop_oneof![
            any::<String>(),
            "https?:[/\\\\]{0,3}[a-z@:.\\\\/#?]{0,8}(billing\\.stripe\\.com|127\\.0\\.0\\.1:12111)[ -~\t\n]{0,12}",
        ]
    ) {
        if SessionUrl::parse(&text, &config().stripe.portal_hosts).is_some() {
            let origin = Url::parse(&text).unwrap().origin().ascii_serialization();
            prop_assert!(
                ["https://billing.stripe.com", "https://billing.example.com:8443", "http://127.0.0.1:12111", "https://127.0.0.1:12111"]
                    .contains(&origin.as_str()),
                "{text} is on {origin}"
            );
        }
    }
}

#[test]
fn a_customer_that_is_gone_is_told_apart_from_everything_else_that_is_missing() {
    for status in [400, 404] {
        let missing = |param: &str| json!({"type": "invalid_request_error", "code": "resource_missing", "param": param});
        for request in [plain(), with_flow()] {
            assert_eq!(
                kind(status, &missing("customer"), &request),
                FailureKind::NoStripeCustomer
            );
            assert_eq!(
                kind(status, &missing("configuration"), &request),
                FailureKind::StripeRejected
            );
        }
    }
}

#[test]
fn a_mode_without_a_portal_configuration_is_reported_as_such() {
    let error = json!({
        "type": "invalid_request_error",
        "message": "No configuration provided and your test mode default configuration has not been created. Provide a configuration or create your default by saving your customer portal settings in test mode at https://dashboard.stripe.com/test/settings/billing/portal.",
    });
    for request in [plain(), with_flow()] {
        assert_eq!(
            kind(400, &error, &request),
            FailureKind::PortalNotConfigured
        );
    }
}

#[test]
fn what_the_caller_chose_is_the_callers_fault_and_what_the_operator_set_is_not() {
    let invalid = |param: &str| json!({"type": "invalid_request_error", "param": param});
    for (param, request, blames_caller) in [
        (
            "flow_data[subscription_cancel][subscription]",
            with_flow(),
            true,
        ),
        ("flow_data[type]", with_flow(), true),
        ("subscription", with_flow(), true),
        ("items[0][price]", with_flow(), true),
        ("", with_flow(), true),
        ("locale", with_locale(), true),
        ("return_url", with_flow(), false),
        ("on_behalf_of", with_flow(), false),
        ("locale", with_flow(), false),
        ("flow_data", plain(), false),
        ("", plain(), false),
        ("", with_locale(), false),
    ] {
        let kind = kind(400, &invalid(param), &request);
        assert_eq!(
            matches!(kind, FailureKind::InvalidRequest(_)),
            blames_caller,
            "{param} {kind:?}"
        );
        assert!(
            blames_caller || kind == FailureKind::StripeRejected,
            "{param} {kind:?}"
        );
    }
}

#[test]
fn other_failures_are_refusals_or_outages() {
    let error = json!({"type": "api_error", "message": "x"});
    for status in [408, 409, 429, 500, 502, 503, 504, 599] {
        assert_eq!(
            kind(status, &error, &with_flow()),
            FailureKind::StripeUnavailable,
            "{status}"
        );
    }
    for status in [301, 302, 307, 400, 401, 402, 403, 404, 418, 422] {
        assert_eq!(
            kind(status, &error, &with_flow()),
            FailureKind::StripeRejected,
            "{status}"
        );
    }
    for body in ["", "{", "[]", "{\"error\":\"x\"}", "<html>"] {
        assert_eq!(
            read(400, body.as_bytes(), &with_flow()).unwrap_err().kind,
            FailureKind::StripeRejected
        );
        assert_eq!(
            read(500, body.as_bytes(), &plain()).unwrap_err().kind,
            FailureKind::StripeUnavailable
        );
    }
}

#[test]
fn a_call_without_an_answer_is_an_outage_unless_the_answer_was_too_long() {
    for (error, kind) in [
        (FetchError::Timeout, FailureKind::StripeUnavailable),
        (FetchError::Denied, FailureKind::Misconfigured),
        (FetchError::BodyTruncated, FailureKind::StripeUnavailable),
        (
            FetchError::Connection("ConnectionRefused".to_owned()),
            FailureKind::StripeUnavailable,
        ),
        (FetchError::BodyTooLong, FailureKind::StripeRejected),
    ] {
        let outcome = Outcome {
            attempts: 1,
            result: Err(error),
        };
        assert_eq!(
            session_url(outcome, &config().stripe, &plain())
                .unwrap_err()
                .kind,
            kind
        );
    }
}

#[test]
fn the_reason_has_stripes_codes_and_none_of_its_words() {
    let error = json!({
        "type": "invalid_request_error",
        "code": "secret_key_required",
        "param": "sk_test_ABC",
        "message": "Invalid API Key provided: sk_test_****4242 of acct_1",
    });
    let body = json!({ "error": error }).to_string();
    let failure = read(401, body.as_bytes(), &plain()).unwrap_err();
    assert_eq!(
        failure.reason,
        "Stripe answered 401 type=invalid_request_error code=secret_key_required"
    );
}
