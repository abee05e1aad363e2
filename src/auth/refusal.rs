//! The check that a token failed.

use std::fmt;

/// The check that a request failed. The caller learns only that one failed; the operator learns which.
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
    /// The signature does not fit the token.
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
    /// Returns true if the request carried a bearer token at all (RFC 6750, section 3.1).
    #[must_use]
    pub fn token_sent(self) -> bool {
        self != Self::NoToken
    }

    /// Returns the reason for the log.
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
