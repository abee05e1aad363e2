//! Reads the rules for the tokens that are accepted.

use std::time::Duration;

use super::reader::{Noting, Reader};
use crate::auth::keys::{Key, Keys};
use crate::auth::{AuthSettings, Claim, JwksSource, Managers, parse_public_keys};
use crate::text::is_visible_ascii;

/// The least bytes of an HS256 secret: as many as its hash has (RFC 7518, section 3.2).
const MIN_HS256_SECRET_BYTES: usize = 32;

pub(super) fn read(variables: &mut Reader<'_>) -> Noting<AuthSettings> {
    let issuers = variables.required_list("jwt_issuer");
    let audiences = variables.required_list("jwt_audience");
    let audience_claim = read_claim(variables, "jwt_audience_claim");
    let user_claim = read_claim(variables, "jwt_user_claim");
    let managers = read_managers(variables);
    let leeway = variables.number(
        "jwt_leeway_seconds",
        0..=300,
        "must be a number of seconds from 0 to 300",
    );
    let max_token_bytes = variables.bytes("max_token_bytes");
    let keys = read_key_sources(variables);
    let issuers = issuers?;
    let (keys, jwks, sources) = keys?;
    if issuers.len() > 1 && sources > 1 {
        // A key speaks for every issuer, so the keys of one would vouch for the users of another.
        return variables.problem(
            "jwt_issuer",
            "must be one issuer where there is more than one source of keys (jwt_hs256_secret, jwt_public_keys, \
             jwt_jwks_origin)",
        );
    }
    Ok(AuthSettings {
        issuers,
        audiences: audiences?,
        audience_claim: audience_claim?,
        user_claim: user_claim?,
        managers: managers?,
        leeway: Duration::from_secs(leeway?),
        max_token_bytes: max_token_bytes?,
        keys: keys.usable,
        passed_over: keys.passed_over,
        jwks,
    })
}

fn read_claim(variables: &mut Reader<'_>, variable: &'static str) -> Noting<Claim> {
    Claim::parse(&variables.text(variable)).or_else(|message| variables.problem(variable, message))
}

/// Reads the roles that may manage billing. One of the two variables without the other would let everybody, or nobody,
/// and so it is a mistake.
fn read_managers(variables: &mut Reader<'_>) -> Noting<Option<Managers>> {
    let roles = variables.list("billing_roles");
    let has_claim = !variables.text("jwt_role_claim").is_empty();
    match (has_claim, roles.is_empty()) {
        (false, true) => Ok(None),
        (true, false) => {
            let claim = read_claim(variables, "jwt_role_claim")?;
            Ok(Some(Managers { claim, roles }))
        }
        (true, true) => variables.problem(
            "billing_roles",
            "must list the roles that may manage billing, because jwt_role_claim is set",
        ),
        (false, false) => variables.problem(
            "jwt_role_claim",
            "must name the claim that has a user's role, because billing_roles is set",
        ),
    }
}

/// Reads the keys that the operator configured and the place where the provider serves others, and returns how many
/// sources that makes. At least one of the three sources is set; all three are read before the first problem counts.
fn read_key_sources(variables: &mut Reader<'_>) -> Noting<(Keys, Option<JwksSource>, usize)> {
    let secret = variables.text("jwt_hs256_secret");
    let secret = match secret.len() {
        0 => Ok(None),
        MIN_HS256_SECRET_BYTES.. => Ok(Some(Key::hs256(secret.as_bytes()))),
        _ => variables.problem("jwt_hs256_secret", "must have at least 32 bytes"),
    };
    let public_keys = variables.text("jwt_public_keys");
    let public_keys = if public_keys.is_empty() {
        Ok(Keys::default())
    } else {
        parse_public_keys(&public_keys)
            .or_else(|message| variables.problem("jwt_public_keys", message))
    };
    let path = match variables.text("jwt_jwks_path") {
        empty if empty.is_empty() => variables.default("jwt_jwks_path").to_owned(),
        path => path,
    };
    let path = if path.starts_with('/') && !path.starts_with("//") && is_visible_ascii(&path) {
        Ok(path)
    } else {
        variables.problem("jwt_jwks_path", "must be a path that starts with one slash")
    };
    let jwks_origin = variables.optional_outbound_origin("jwt_jwks_origin");
    let (secret, mut keys, path, jwks_origin) = (secret?, public_keys?, path?, jwks_origin?);
    if secret.is_none() && keys.usable.is_empty() && jwks_origin.is_none() {
        return variables.problem(
            "jwt_hs256_secret",
            "or jwt_public_keys or jwt_jwks_origin must be set: without a key no token can be verified",
        );
    }
    let sources = [
        secret.is_some(),
        !keys.usable.is_empty(),
        jwks_origin.is_some(),
    ];
    let sources = sources.into_iter().filter(|&is_set| is_set).count();
    keys.usable.extend(secret);
    let jwks = jwks_origin.map(|origin| JwksSource { origin, path });
    Ok((keys, jwks, sources))
}
