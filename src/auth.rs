//! `Authorization` header → verified user.
//!
//! The header's claims about itself are never trusted: a key decides which algorithm it verifies, the configuration
//! decides whose tokens count, and only what a valid signature covers is read. The checks follow RFC 7519, RFC 8725
//! and, for the header, RFC 6750.

use std::time::Duration;
use std::{fmt, iter};

use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue};

mod authenticator;
mod claims;
pub mod jwks;
mod key_source;
pub mod keys;
pub mod signature;
mod token;
mod verified;

pub use authenticator::{AuthFailure, Authenticator, verify};

/// A user that a verified token names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User(String);

impl User {
    /// The value of the user claim.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Which check a request failed. The caller is only told that it failed; the operator is told which.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// There is no `Authorization` header, or it has another scheme, or no token in it.
    NoToken,
    /// There is more than one `Authorization` header, and a bearer token among them.
    SeveralHeaders,
    /// The credentials are not one token of RFC 6750's alphabet.
    NotAToken,
    /// The token is longer than `max_token_bytes`.
    TooLong,
    /// The token is not three parts, or a part is not base64url or not JSON with unique members.
    Malformed,
    /// The algorithm is not one that Portico verifies.
    Algorithm,
    /// The header has an extension (`crit`, `b64`, `zip`) or a key of its own (`jwk`).
    HeaderParameter,
    /// The token is of another type than an access or identity token.
    Type,
    /// No key is bound to the token's algorithm and key identifier.
    NoKey,
    /// The signature does not fit.
    Signature,
    /// A claim is missing or of the wrong type.
    ClaimType,
    /// `exp` is in the past.
    Expired,
    /// `exp` is not in seconds.
    ExpiryTooFar,
    /// `nbf` or `iat` is in the future.
    NotYetValid,
    /// `iss` is not an accepted issuer.
    Issuer,
    /// `aud` has no accepted audience.
    Audience,
    /// The user claim is missing, empty, too long, or has control characters.
    UserClaim,
}

impl Refusal {
    /// Whether the request carried a bearer token at all (RFC 6750, section 3.1).
    #[must_use]
    pub fn token_sent(self) -> bool {
        self != Self::NoToken
    }

    /// The reason for the log.
    #[must_use]
    pub fn reason(self) -> &'static str {
        match self {
            Self::NoToken => "no bearer token",
            Self::SeveralHeaders => "several Authorization headers",
            Self::NotAToken => "credentials are not one bearer token",
            Self::TooLong => "token longer than max_token_bytes",
            Self::Malformed => "token malformed",
            Self::Algorithm => "token algorithm not accepted",
            Self::HeaderParameter => "token header has crit, b64, zip or jwk",
            Self::Type => "token type is not JWT or at+jwt",
            Self::NoKey => "no key for the token's algorithm and key identifier",
            Self::Signature => "token signature invalid",
            Self::ClaimType => "a registered claim is missing or of the wrong type",
            Self::Expired => "token expired",
            Self::ExpiryTooFar => "token expiry is not in seconds",
            Self::NotYetValid => "token not valid yet",
            Self::Issuer => "token issuer not accepted",
            Self::Audience => "token audience not accepted",
            Self::UserClaim => "user claim missing or unusable",
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reason())
    }
}

/// Finds the bearer token of a request (RFC 6750, section 2.1).
///
/// # Errors
/// There is not exactly one `Authorization` header with the scheme `Bearer` and one token of at most
/// `max_token_bytes`.
pub fn bearer_token(headers: &HeaderMap, max_token_bytes: usize) -> Result<&str, Refusal> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let value = values.next().ok_or(Refusal::NoToken)?;
    let credentials = bearer_credentials(value);
    if let Some(other) = values.next() {
        let any =
            credentials.or_else(|| iter::once(other).chain(values).find_map(bearer_credentials));
        return Err(any.map_or(Refusal::NoToken, |_| Refusal::SeveralHeaders));
    }
    let credentials = credentials.ok_or(Refusal::NoToken)?;
    if credentials.len() > max_token_bytes {
        return Err(Refusal::TooLong);
    }
    match std::str::from_utf8(credentials) {
        Ok(token) if token.bytes().all(is_b64token) => Ok(token),
        _ => Err(Refusal::NotAToken),
    }
}

/// What follows the scheme, if that is `Bearer` and anything does.
fn bearer_credentials(value: &HeaderValue) -> Option<&[u8]> {
    let value = value.as_bytes();
    let space = value.iter().position(|&b| b == b' ')?;
    let (scheme, credentials) = value.split_at(space);
    let credentials = credentials.trim_ascii();
    (scheme.eq_ignore_ascii_case(b"Bearer") && !credentials.is_empty()).then_some(credentials)
}

/// The alphabet of RFC 6750's `b64token`.
fn is_b64token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte)
}

/// A user whose token was verified, and until when the token counts, since the Unix epoch. Only the check of a
/// verified token's claims makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Verified {
    user: User,
    valid_until: Duration,
}

#[cfg(test)]
mod tests;
