//! The signature by which an endpoint knows that an event is Stripe's.
//!
//! <https://docs.stripe.com/webhooks/signature>

use std::fmt::Write as _;

/// The value of `Stripe-Signature` for a body that is sent at `timestamp` (seconds since the Unix epoch): the HMAC-SHA256
/// of timestamp, full stop and body, in hex. The key is the secret as it is, `whsec_` included.
#[must_use]
pub fn stripe_signature(secret: &str, timestamp: u64, body: &[u8]) -> String {
    let signed = [format!("{timestamp}.").as_bytes(), body].concat();
    let code = hmac_sha256::HMAC::mac(signed, secret.as_bytes());
    format!("t={timestamp},v1={}", hex(&code))
}

/// Writes bytes in hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in bytes {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::stripe_signature;

    /// Made with `printf '1492774577.{"id": "evt_1"}' | openssl dgst -sha256 -hmac whsec_test`.
    #[test]
    fn a_signature_is_the_one_that_another_program_makes() {
        assert_eq!(
            stripe_signature("whsec_test", 1_492_774_577, br#"{"id": "evt_1"}"#),
            "t=1492774577,v1=952cd89626c79cd65f12880afd38333422a10b88ff71136627ceb92ccdb0132c"
        );
    }
}
