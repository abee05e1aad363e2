use serde_json::{Value, json};

use super::*;
use crate::error::FailureKind;

fn hosts() -> LinkHosts {
    LinkHosts::parse(&["billing.stripe.com".to_owned()]).unwrap()
}

#[test]
fn a_sessions_url_is_taken() {
    let session = json!({
        "id": "bps_1",
        "object": "billing_portal.session",
        "url": "https://billing.stripe.com/p/session/test_1",
        "flow": {"type": "customer_update"},
    });
    let link = url(session.to_string().as_bytes(), &hosts()).unwrap();
    assert_eq!(link.expose(), "https://billing.stripe.com/p/session/test_1");
    let escaped = br#"{"object":"billing_portal.session","url":"https:\/\/billing.stripe.com\/p"}"#;
    assert_eq!(
        url(escaped, &hosts()).unwrap().expose(),
        "https://billing.stripe.com/p"
    );
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
        session(json!("https://evil.example/p")),
    ] {
        let failure = url(body.as_bytes(), &hosts()).unwrap_err();
        assert_eq!(failure.kind, FailureKind::StripeRejected, "{body}");
    }
}
