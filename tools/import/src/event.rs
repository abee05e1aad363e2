//! The event that rings for a customer, signed as Stripe signs.

use std::fmt::Write as _;

use hmac_sha256::HMAC;
use serde_json::json;

use crate::customer::CustomerId;
use crate::secret::WebhookSecret;

/// An event as it goes over the wire.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct SignedEvent {
    pub(crate) body: Vec<u8>,
    /// The value of the header `Stripe-Signature`.
    pub(crate) signature: String,
}

/// A `customer.updated` that says which customer, and in which mode; Portico asks Stripe for the rest. `now` is in Unix
/// seconds.
pub(crate) fn customer_updated(
    customer: &CustomerId,
    live: bool,
    secret: &WebhookSecret,
    now: u64,
) -> SignedEvent {
    // The identifier is that of the customer, so that a line of Portico's log leads here and to the customer.
    let (_, unprefixed) = customer.as_str().split_once('_').unwrap_or_default();
    let event = json!({
        "id": format!("evt_import_{unprefixed}"),
        "object": "event",
        "type": "customer.updated",
        "livemode": live,
        "data": { "object": { "id": customer.as_str(), "object": "customer" } },
    });
    let body = event.to_string().into_bytes();
    let signature = sign(&body, secret, now);
    SignedEvent { body, signature }
}

/// Stripe's signature scheme `v1` (Stripe, Verify webhook signatures manually).
fn sign(body: &[u8], secret: &WebhookSecret, now: u64) -> String {
    let mut hmac = HMAC::new(secret.expose());
    hmac.update(now.to_string());
    hmac.update(".");
    hmac.update(body);
    let mut signature = format!("t={now},v1=");
    for byte in hmac.finalize() {
        // Writing to a string cannot fail.
        let _ = write!(signature, "{byte:02x}");
    }
    signature
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{customer_updated, sign};
    use crate::customer::CustomerId;
    use crate::secret::WebhookSecret;

    #[test]
    fn the_event_names_the_customer_and_says_nothing_else_of_it() {
        let secret = WebhookSecret::parse("whsec_1").unwrap();
        let customer = CustomerId::parse("cus_A1").unwrap();
        let event = customer_updated(&customer, true, &secret, 1_700_000_000);
        let body: Value = serde_json::from_slice(&event.body).unwrap();
        let expected = json!({
            "id": "evt_import_A1",
            "object": "event",
            "type": "customer.updated",
            "livemode": true,
            "data": {"object": {"id": "cus_A1", "object": "customer"}},
        });
        assert_eq!(body, expected);
        assert!(event.signature.starts_with("t=1700000000,v1="));
    }

    /// Computed by OpenSSL: `printf '%s' '1700000000.{"id":"evt_1"}' | openssl dgst -sha256 -hmac whsec_test`.
    #[test]
    fn the_signature_is_the_hmac_of_time_and_body_under_the_whole_secret() {
        let secret = WebhookSecret::parse("whsec_test").unwrap();
        assert_eq!(
            sign(br#"{"id":"evt_1"}"#, &secret, 1_700_000_000),
            "t=1700000000,v1=c89214b5b5da833daed6f0b8c5bb6bd58cea9022bd80ccc78230f3942d632925"
        );
    }
}
