//! What each variable may be.

use std::time::Duration;

use crate::auth::keys::{self, Key};

use super::reader::{Noting, Reader};
use super::{
    Config, CostConfig, FrontendConfig, JwksSource, MIN_HS256_SECRET_BYTES, Origin, RateLimit,
    Secret, StripeConfig, TokenConfig,
};

impl Config {
    pub(super) fn read(variables: &mut Reader<'_>) -> Noting<Self> {
        let stripe = StripeConfig::read(variables);
        let frontend = FrontendConfig::read(variables);
        let tokens = TokenConfig::read(variables);
        let rate_limits = read_rate_limits(variables);
        let cost = CostConfig::read(variables);
        let max_body_bytes = variables.bytes("max_body_bytes");
        Ok(Self {
            stripe: stripe?,
            frontend: frontend?,
            tokens: tokens?,
            rate_limits: rate_limits?,
            cost: cost?,
            max_body_bytes: max_body_bytes?,
        })
    }
}

impl StripeConfig {
    fn read(variables: &mut Reader<'_>) -> Noting<Self> {
        let api_key = variables.required("stripe_api_key").and_then(|key| {
            if is_stripe_id(&key, "sk_") || is_stripe_id(&key, "rk_") {
                Ok(Secret(key))
            } else {
                variables.problem("stripe_api_key", "must be a Stripe API key (sk_… or rk_…)")
            }
        });
        let api_base = variables.outbound_origin("stripe_api_base");
        let api_version = variables.text("stripe_api_version");
        let api_version = if is_api_version(&api_version) {
            Ok(api_version)
        } else {
            variables.problem(
                "stripe_api_version",
                "must be a Stripe API version, e.g. 2026-10-28.endive",
            )
        };
        let portal_configuration = variables.stripe_id(
            "stripe_portal_configuration",
            "bpc_",
            "must be a portal configuration (bpc_…)",
        );
        let on_behalf_of = variables.stripe_id(
            "stripe_on_behalf_of",
            "acct_",
            "must be an account (acct_…)",
        );
        let timeout = variables.number(
            "stripe_timeout_ms",
            1..=120_000,
            "must be a number of milliseconds from 1 to 120000",
        );
        let max_retries = variables.number(
            "stripe_max_retries",
            0..=10,
            "must be a number from 0 to 10",
        );
        let portal_hosts = read_portal_hosts(variables);
        let api_key = api_key?;
        Ok(Self {
            livemode: livemode(api_key.expose()),
            api_key,
            api_base: api_base?,
            api_version: api_version?,
            portal_configuration: portal_configuration?,
            on_behalf_of: on_behalf_of?,
            timeout: Duration::from_millis(timeout?),
            max_retries: u32::try_from(max_retries?).unwrap_or(u32::MAX),
            portal_hosts: portal_hosts?,
        })
    }
}

impl FrontendConfig {
    fn read(variables: &mut Reader<'_>) -> Noting<Self> {
        let frontend = variables.required("frontend_url").and_then(|url| {
            read_frontend_url(&url).or_else(|message| variables.problem("frontend_url", message))
        });
        let mut origins = Vec::new();
        for item in variables.list("cors_origins") {
            match Origin::parse(&item) {
                Ok(origin) => origins.push(origin),
                Err(message) => return variables.problem("cors_origins", message),
            }
        }
        let (origin, url) = frontend?;
        origins.insert(0, origin);
        Ok(Self { url, origins })
    }
}

impl TokenConfig {
    fn read(variables: &mut Reader<'_>) -> Noting<Self> {
        let issuers = variables.required_list("jwt_issuer");
        let audiences = variables.required_list("jwt_audience");
        let user_claim = variables.text("jwt_user_claim");
        let user_claim = if user_claim.is_empty() {
            variables.problem("jwt_user_claim", "must name a claim")
        } else {
            Ok(user_claim)
        };
        let leeway = variables.number(
            "jwt_leeway_seconds",
            0..=300,
            "must be a number of seconds from 0 to 300",
        );
        let max_token_bytes = variables.bytes("max_token_bytes");
        let keys = read_key_sources(variables);
        let (keys, jwks) = keys?;
        Ok(Self {
            issuers: issuers?,
            audiences: audiences?,
            user_claim: user_claim?,
            leeway: Duration::from_secs(leeway?),
            max_token_bytes: max_token_bytes?,
            keys,
            jwks,
        })
    }
}

impl CostConfig {
    fn read(variables: &mut Reader<'_>) -> Noting<Self> {
        const MOST: u64 = 1_000_000_000_000;
        let request_cost = variables.number(
            "request_cost",
            0..=MOST,
            "must be a number of tokens from 0 to 1000000000000",
        );
        let upgrade_url = variables.text("upgrade_url");
        let upgrade_url = match upgrade_url.as_str() {
            "" => Ok(None),
            url => match Origin::split(url) {
                Ok(_) if is_visible_ascii(url) => Ok(Some(upgrade_url)),
                Ok(_) => variables.problem("upgrade_url", "must be a URL in visible ASCII"),
                Err(message) => variables.problem("upgrade_url", message),
            },
        };
        Ok(Self {
            request_cost: i64::try_from(request_cost?).unwrap_or(i64::MAX),
            upgrade_url: upgrade_url?,
        })
    }
}

fn read_portal_hosts(variables: &mut Reader<'_>) -> Noting<Vec<String>> {
    let mut hosts = Vec::new();
    for item in variables.required_list("portal_hosts")? {
        match Origin::parse(&format!("https://{item}")) {
            Ok(origin) => hosts.push(origin.authority().to_owned()),
            Err(_) => {
                return variables.problem(
                    "portal_hosts",
                    "must be host names, comma separated, e.g. billing.stripe.com",
                );
            }
        }
    }
    Ok(hosts)
}

/// The keys that the operator configured, and where the provider serves others. At least one of the three sources is
/// set; all three are read before the first problem counts.
fn read_key_sources(variables: &mut Reader<'_>) -> Noting<(Vec<Key>, Option<JwksSource>)> {
    // Taken as it is, but for the line break that a file ends with: spaces may be part of a secret.
    let secret = variables.verbatim("jwt_hs256_secret");
    let secret = secret.strip_suffix('\n').unwrap_or(&secret);
    let secret = secret.strip_suffix('\r').unwrap_or(secret);
    let secret = match secret.len() {
        0 => Ok(None),
        MIN_HS256_SECRET_BYTES.. => Ok(Some(Key::hs256(secret.as_bytes()))),
        _ => variables.problem("jwt_hs256_secret", "must have at least 32 bytes"),
    };
    let public_keys = variables.text("jwt_public_keys");
    let public_keys = if public_keys.is_empty() {
        Ok(Vec::new())
    } else {
        keys::parse_public_keys(&public_keys)
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
    let jwks_origin = if variables.text("jwt_jwks_origin").is_empty() {
        Ok(None)
    } else {
        variables.outbound_origin("jwt_jwks_origin").map(Some)
    };
    let (secret, public_keys, path, jwks_origin) = (secret?, public_keys?, path?, jwks_origin?);
    if secret.is_none() && public_keys.is_empty() && jwks_origin.is_none() {
        return variables.problem(
            "jwt_hs256_secret",
            "or jwt_public_keys or jwt_jwks_origin must be set: without a key no token can be verified",
        );
    }
    let keys = secret.into_iter().chain(public_keys).collect();
    let jwks = jwks_origin.map(|origin| JwksSource { origin, path });
    Ok((keys, jwks))
}

fn read_rate_limits(variables: &mut Reader<'_>) -> Noting<Vec<RateLimit>> {
    const MESSAGE: &str =
        "must be `off` or limits like free=5/60,paid=30/60 (requests per seconds for each plan)";
    let items = variables.list("rate_limits");
    if items == ["off"] {
        return Ok(Vec::new());
    }
    let mut limits: Vec<RateLimit> = Vec::new();
    for item in items {
        match RateLimit::parse(&item) {
            Some(limit) if limits.iter().all(|known| known.plan != limit.plan) => {
                limits.push(limit);
            }
            _ => return variables.problem("rate_limits", MESSAGE),
        }
    }
    if limits.is_empty() {
        return variables.problem("rate_limits", MESSAGE);
    }
    Ok(limits)
}

impl RateLimit {
    /// Parses one limit, `plan=requests/seconds`.
    fn parse(text: &str) -> Option<Self> {
        let (plan, rate) = text.split_once('=')?;
        let (requests, seconds) = rate.split_once('/')?;
        let requests = parse_digits(requests.trim()).filter(|n| (1..=1_000_000).contains(n))?;
        let seconds = parse_digits(seconds.trim()).filter(|n| (1..=86_400).contains(n))?;
        let plan = plan.trim();
        crate::customer::is_plan_name(plan).then(|| Self {
            plan: plan.to_owned(),
            requests,
            window: Duration::from_secs(seconds),
        })
    }
}

fn read_frontend_url(url: &str) -> Result<(Origin, String), &'static str> {
    let (origin, path) = Origin::split(url)?;
    let path = path.trim_end_matches('/');
    if path.contains(['?', '#', '\\']) || !is_visible_ascii(path) {
        return Err("must be a URL without query and fragment, e.g. https://app.example.com");
    }
    let url = format!("{origin}{path}");
    Ok((origin, url))
}

/// Which mode a key is for: Stripe writes it behind the kind (`sk_test_…`, `rk_live_…`).
fn livemode(api_key: &str) -> Option<bool> {
    let kind_removed = api_key.split_once('_').map(|(_, rest)| rest)?;
    match kind_removed.split_once('_')?.0 {
        "live" => Some(true),
        "test" => Some(false),
        _ => None,
    }
}

/// Whether the text is one of Stripe's identifiers: a prefix, then letters, digits and underscores.
pub(crate) fn is_stripe_id(text: &str, prefix: &str) -> bool {
    text.len() <= 255
        && text.strip_prefix(prefix).is_some_and(|rest| {
            !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        })
}

fn is_api_version(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.bytes().all(|b| {
            b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b';' | b'=' | b'_' | b' ')
        })
}

fn is_visible_ascii(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_graphic())
}

/// A decimal number without sign.
pub(super) fn parse_digits(text: &str) -> Option<u64> {
    text.bytes()
        .all(|b| b.is_ascii_digit())
        .then(|| text.parse().ok())
        .flatten()
}
