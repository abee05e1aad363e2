use serde_json::json;

use super::*;

const MESSAGE: &str = "Stripe does not accept it.";

const PLAIN: Chosen = Chosen::Nothing;

const LOCALE: Chosen = Chosen::Only(&["locale"], MESSAGE);

const FLOW: Chosen = Chosen::AllBut(
    &[
        "customer",
        "configuration",
        "locale",
        "on_behalf_of",
        "return_url",
    ],
    MESSAGE,
);

fn read(status: u16, body: &[u8], chosen: Chosen) -> Result<Vec<u8>, Failure> {
    let mut answer = Response::new(body.to_vec());
    *answer.status_mut() = status.try_into().unwrap();
    success(Ok(answer), chosen, &[])
}

fn kind(status: u16, error: &Value, chosen: Chosen) -> FailureKind {
    let body = json!({ "error": error }).to_string();
    read(status, body.as_bytes(), chosen).unwrap_err().kind
}

#[test]
fn the_body_of_an_answer_that_reports_success_is_taken_as_it_is() {
    for status in [200, 201, 204] {
        assert_eq!(read(status, b"{}", PLAIN), Ok(b"{}".to_vec()));
    }
}

#[test]
fn a_customer_that_is_gone_is_told_apart_from_everything_else_that_is_missing() {
    for status in [400, 404] {
        let missing = |param: &str| json!({"type": "invalid_request_error", "code": "resource_missing", "param": param});
        for request in [PLAIN, FLOW] {
            assert_eq!(
                kind(status, &missing("customer"), request),
                FailureKind::NoStripeCustomer
            );
            assert_eq!(
                kind(status, &missing("configuration"), request),
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
    for request in [PLAIN, FLOW] {
        assert_eq!(kind(400, &error, request), FailureKind::PortalNotConfigured);
    }
}

#[test]
fn what_the_caller_chose_is_the_callers_fault_and_what_the_operator_set_is_not() {
    let invalid = |param: &str| json!({"type": "invalid_request_error", "param": param});
    for (param, request, blames_caller) in [
        ("flow_data[subscription_cancel][subscription]", FLOW, true),
        ("flow_data[type]", FLOW, true),
        ("subscription", FLOW, true),
        ("items[0][price]", FLOW, true),
        ("", FLOW, true),
        ("locales", LOCALE, false),
        ("return_url[x]", FLOW, false),
        ("locale", LOCALE, true),
        ("return_url", FLOW, false),
        ("on_behalf_of", FLOW, false),
        ("locale", FLOW, false),
        ("flow_data", PLAIN, false),
        ("", PLAIN, false),
        ("", LOCALE, false),
    ] {
        let kind = kind(400, &invalid(param), request);
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
fn a_flow_that_is_refused_without_a_parameter_is_the_callers_and_the_reason_has_stripes_code() {
    let refused = |status: u16, kind: &str, chosen| {
        let error = json!({
            "type": kind,
            "code": "subscription_update_not_allowed",
            "message": "This subscription cannot be updated because the subscription update feature is disabled.",
        });
        read(
            status,
            json!({ "error": error }).to_string().as_bytes(),
            chosen,
        )
        .unwrap_err()
    };
    let failure = refused(400, "invalid_request_error", FLOW);
    assert_eq!(failure.kind, FailureKind::InvalidRequest(MESSAGE));
    assert_eq!(
        failure.reason,
        "Stripe answered 400 type=invalid_request_error code=subscription_update_not_allowed"
    );
    for (status, kind, chosen) in [
        (404, "invalid_request_error", FLOW),
        (401, "invalid_request_error", FLOW),
        (403, "invalid_request_error", FLOW),
        (400, "idempotency_error", FLOW),
        (400, "invalid_request_error", LOCALE),
        (400, "invalid_request_error", PLAIN),
    ] {
        let failure = refused(status, kind, chosen);
        assert_eq!(failure.kind, FailureKind::StripeRejected, "{status} {kind}");
    }
}

#[test]
fn other_failures_are_refusals_or_outages() {
    let error = json!({"type": "api_error", "message": "x"});
    for status in [408, 409, 429, 500, 502, 503, 504, 599] {
        assert_eq!(
            kind(status, &error, FLOW),
            FailureKind::StripeUnavailable,
            "{status}"
        );
    }
    for status in [301, 302, 307, 400, 401, 402, 403, 404, 418, 422] {
        assert_eq!(
            kind(status, &error, FLOW),
            FailureKind::StripeRejected,
            "{status}"
        );
    }
    for body in ["", "{", "[]", "{\"error\":\"x\"}", "<html>"] {
        assert_eq!(
            read(400, body.as_bytes(), FLOW).unwrap_err().kind,
            FailureKind::StripeRejected
        );
        assert_eq!(
            read(500, body.as_bytes(), PLAIN).unwrap_err().kind,
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
        assert_eq!(success(Err(error), PLAIN, &[]).unwrap_err().kind, kind);
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
    let failure = read(401, body.as_bytes(), PLAIN).unwrap_err();
    assert_eq!(
        failure.reason,
        "Stripe answered 401 type=invalid_request_error code=secret_key_required"
    );
}

#[test]
fn the_log_names_the_variable_whose_value_stripe_refuses() {
    const SET: Set = &[("line_items", "prices"), ("", "anything")];
    let reason = |status: u16, error: &Value| {
        let mut answer = Response::new(json!({ "error": error }).to_string().into_bytes());
        *answer.status_mut() = status.try_into().unwrap();
        success(Ok(answer), LOCALE, SET).unwrap_err().reason
    };
    let invalid = |param: &str| json!({"type": "invalid_request_error", "param": param});
    for (status, error, expected) in [
        (400, invalid("line_items[0][price]"), Some("; prices")),
        (404, invalid("line_items"), Some("; prices")),
        (
            400,
            json!({"type": "invalid_request_error"}),
            Some("; anything"),
        ),
        (400, invalid("line_itemsx"), None),
        (400, invalid("success_url"), None),
        (400, invalid("locale"), None),
        (400, json!({"type": "idempotency_error"}), None),
        (401, json!({"type": "invalid_request_error"}), None),
        (403, json!({"type": "invalid_request_error"}), None),
        (500, invalid("line_items"), None),
    ] {
        let reason = reason(status, &error);
        assert_eq!(
            reason.split_once(';').map(|(_, more)| more.trim()),
            expected.map(|more| &more[2..]),
            "{reason}"
        );
    }
}
