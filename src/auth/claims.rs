//! The claims of a verified token: whose it is, for whom, and when it counts (RFC 7519, section 4.1).

use std::time::Duration;

use serde_json::{Map, Value};

use super::refusal::Refusal;
use super::settings::AuthSettings;
use crate::user::User;

/// A user whose token was verified, and until when the token counts, since the Unix epoch. Only the check of a
/// verified token's claims makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Verified {
    pub(super) user: User,
    pub(super) manages: bool,
    pub(super) valid_until: Duration,
}

/// The claims of a token whose signature was verified.
pub(super) struct VerifiedClaims(pub(super) Map<String, Value>);

/// An `exp` from here on, more than thirty thousand years ahead, is not in seconds: milliseconds have been beyond it
/// since 2001.
const NOT_SECONDS: Duration = Duration::from_secs(1_000_000_000_000);

/// Checks the claims and returns the user, whether the user may manage billing, and until when the token counts.
pub(super) fn check(
    VerifiedClaims(claims): &VerifiedClaims,
    config: &AuthSettings,
    now: Duration,
) -> Result<Verified, Refusal> {
    let expires = claims
        .get("exp")
        .ok_or(Refusal::ClaimType)
        .and_then(seconds)?;
    // "On or after" which the token must not be accepted, says section 4.1.4.
    let valid_until = expires.saturating_add(config.leeway);
    if now >= valid_until {
        return Err(Refusal::Expired);
    }
    if expires >= NOT_SECONDS {
        return Err(Refusal::ExpiryTooFar);
    }
    for claim in ["nbf", "iat"] {
        let begins = claims.get(claim).map(seconds).transpose()?;
        if begins.is_some_and(|time| time > now.saturating_add(config.leeway)) {
            return Err(Refusal::NotYetValid);
        }
    }
    // Both are strings where they are (sections 4.1.2 and 4.1.7), also if nothing is asked of them here.
    for claim in ["sub", "jti"] {
        if claims.get(claim).is_some_and(|value| !value.is_string()) {
            return Err(Refusal::ClaimType);
        }
    }
    let issuer = string(claims.get("iss"))?;
    if !config.issuers.iter().any(|accepted| accepted == issuer) {
        return Err(Refusal::Issuer);
    }
    check_audience(config.audience_claim.find(claims), &config.audiences)?;
    let user = user(config.user_claim.find(claims))?;
    let managers = config.managers.as_ref();
    Ok(Verified {
        user,
        manages: managers.is_none_or(|managers| managers.include(claims)),
        valid_until,
    })
}

/// Reads a time as it is written: in seconds, with or without a fraction (section 2). A nanosecond is as fine as clocks
/// here are.
fn seconds(value: &Value) -> Result<Duration, Refusal> {
    if let Some(seconds) = value.as_u64() {
        return Ok(Duration::from_secs(seconds));
    }
    match value.as_f64() {
        Some(seconds) if seconds >= 0.0 => {
            Ok(Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX))
        }
        _ => Err(Refusal::ClaimType),
    }
}

fn string(value: Option<&Value>) -> Result<&str, Refusal> {
    value.and_then(Value::as_str).ok_or(Refusal::ClaimType)
}

fn check_audience(value: Option<&Value>, accepted: &[String]) -> Result<(), Refusal> {
    let is_accepted = |audience: &str| accepted.iter().any(|accepted| accepted == audience);
    let found = match value {
        Some(Value::String(audience)) => is_accepted(audience),
        Some(Value::Array(audiences)) => {
            let mut found = false;
            for audience in audiences {
                found |= is_accepted(string(Some(audience))?);
            }
            found
        }
        _ => return Err(Refusal::ClaimType),
    };
    if found {
        Ok(())
    } else {
        Err(Refusal::Audience)
    }
}

/// Reads the user that a claim names. Databases number their users, so an integer is its decimal text. It is never
/// `sub`, which is a string by now.
fn user(value: Option<&Value>) -> Result<User, Refusal> {
    let named = match value {
        Some(Value::String(text)) => User::authenticated(text),
        Some(Value::Number(number)) if number.is_i64() || number.is_u64() => {
            User::authenticated(&number.to_string())
        }
        _ => None,
    };
    named.ok_or(Refusal::UserClaim)
}
