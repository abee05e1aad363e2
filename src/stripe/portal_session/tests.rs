use serde_json::{Value, json};

use super::*;
use crate::error::FailureKind;

fn hosts() -> LinkHosts {
    LinkHosts::parse(&["billing.stripe.com".to_owned()]).unwrap()
}

#[test]
fn a_session_that_may_be_recovered_says_until_when() {
    let form = |recovery| {
        let settings = PortalSettings {
            frontend_url: "https://app.example.com".to_owned(),
            configuration: None,
            on_behalf_of: None,
            hosts: hosts(),
            recovery,
        };
        let customer = CustomerId::parse("cus_1").unwrap();
        let now = Duration::from_millis(1_800_000_000_999);
        let call = create(&customer, &Choices::default(), &settings, now);
        String::from_utf8(call.parameters.into_bytes()).unwrap()
    };
    let plain = "customer=cus_1&return_url=https%3A%2F%2Fapp.example.com%2Faccount";
    assert_eq!(form(None), plain);
    assert_eq!(
        form(Some(Duration::from_secs(72 * 3_600))),
        format!(
            "{plain}&after_expiration[type]=customer_login&after_expiration[customer_login][expires_at]=1800259200"
        )
    );
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
