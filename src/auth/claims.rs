//! The claims of a verified token: whose, for whom, and when (RFC 7519, section 4.1).

use std::time::Duration;

use serde_json::{Map, Value};

use super::refusal::Refusal;
use super::settings::Settings;
use crate::user::User;

/// A user whose token was verified, and until when the token counts, since the Unix epoch. Only the check of a
/// verified token's claims makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Verified {
    pub(super) user: User,
    pub(super) valid_until: Duration,
}

/// The claims of a token whose signature was verified.
pub(super) struct VerifiedClaims(pub(super) Map<String, Value>);

/// An `exp` from here on, more than thirty thousand years ahead, is not in seconds: milliseconds have been beyond it
/// since 2001.
const NOT_SECONDS: Duration = Duration::from_secs(1_000_000_000_000);

/// Checks the claims and returns the user, and until when the token counts.
pub(super) fn check(
    VerifiedClaims(claims): &VerifiedClaims,
    config: &Settings,
    now: Duration,
) -> Result<Verified, Refusal> {
    let expires = claims
        .get("exp")
        .ok_or(Refusal::ClaimType)
        .and_then(whole_seconds)?;
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
    check_audience(claims.get("aud"), &config.audiences)?;
    let user = user(claims.get(&config.user_claim))?;
    Ok(Verified { user, valid_until })
}

/// An expiry. RFC 7519 also allows fractions; they are refused here, because a float is how an expiry is made to mean
/// something else to another parser.
fn whole_seconds(value: &Value) -> Result<Duration, Refusal> {
    value
        .as_u64()
        .map(Duration::from_secs)
        .ok_or(Refusal::ClaimType)
}

/// A time that a token begins at. Some providers write fractions, which do no harm here.
fn seconds(value: &Value) -> Result<Duration, Refusal> {
    let fractional = || Duration::try_from_secs_f64(value.as_f64()?).ok();
    whole_seconds(value).or_else(|refusal| fractional().ok_or(refusal))
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

fn user(value: Option<&Value>) -> Result<User, Refusal> {
    value
        .and_then(Value::as_str)
        .and_then(User::named)
        .ok_or(Refusal::UserClaim)
}
