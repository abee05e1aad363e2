//! Tokens of any shape, for tests and development runs: a library that signs only valid ones cannot make those that an
//! attacker sends.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

/// Writes the compact form of a token (RFC 7515, section 7.1) from its three parts as they are.
#[must_use]
pub fn compact(header: &[u8], payload: &[u8], signature: &[u8]) -> String {
    [header, payload, signature].map(base64url).join(".")
}

/// Makes a token signed with HMAC SHA-256, whatever its header says.
#[must_use]
pub fn sign_hs256(header: &[u8], payload: &[u8], secret: &[u8]) -> String {
    let input = [header, payload].map(base64url).join(".");
    let signature = hmac_sha256::HMAC::mac(input.as_bytes(), secret);
    format!("{input}.{}", base64url(signature))
}

/// Makes a token with the header that belongs to HMAC SHA-256.
#[must_use]
pub fn hs256(claims: &Value, secret: &[u8]) -> String {
    sign_hs256(
        br#"{"alg":"HS256","typ":"JWT"}"#,
        claims.to_string().as_bytes(),
        secret,
    )
}

/// Base64url without padding (RFC 7515, section 2).
#[must_use]
pub fn base64url(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
