//! Tokens that the harness's Portico accepts.

use std::time::{SystemTime, UNIX_EPOCH};

use portico_stand_in::tokens;
use serde_json::{Value, json};

use super::USER;

pub(crate) const SECRET: &str = "e2e-secret-0123456789abcdef012345";
pub(crate) const ISSUER: &str = "https://id.example.com/";
pub(crate) const AUDIENCE: &str = "portico-e2e";

/// Seconds since the Unix epoch, by the system's clock.
pub(crate) fn now() -> u64 {
    seconds(SystemTime::now())
}

/// Seconds since the Unix epoch.
pub(super) fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).unwrap().as_secs()
}

/// The claims of a good token.
pub(crate) fn claims() -> Value {
    claims_of(USER)
}

/// The claims of a good token of another user.
pub(crate) fn claims_of(user: &str) -> Value {
    claims_at(now(), user)
}

/// The claims of a token that is good for ten minutes from `now`, which is in seconds since the Unix epoch.
pub(super) fn claims_at(now: u64, user: &str) -> Value {
    json!({"iss": ISSUER, "aud": AUDIENCE, "sub": user, "iat": now, "exp": now + 600})
}

/// A token with these claims.
pub(crate) fn token(claims: &Value) -> String {
    tokens::hs256(claims, SECRET.as_bytes())
}
