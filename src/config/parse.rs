//! Reads variables one by one and remembers what was wrong with each.

use std::ops::RangeInclusive;
use std::time::Duration;

use crate::auth::keys;

use super::{
    Config, ConfigError, CostConfig, FrontendConfig, JwksSource, KEY_VARIABLES,
    MIN_HS256_SECRET_BYTES, Origin, Problem, RateLimit, Secret, StripeConfig, TokenConfig,
    VARIABLES,
};

/// Reads variables by name. Each method returns `None` once it has noted a problem, so that all variables can be read
/// before the first problem counts.
pub(super) struct Reader<F> {
    value: F,
    problems: Vec<Problem>,
}

impl<F: Fn(&'static str) -> Option<String>> Reader<F> {
    pub(super) fn new(value: F) -> Self {
        Self {
            value,
            problems: Vec::new(),
        }
    }

    pub(super) fn finish(self, config: Option<Config>) -> Result<Config, ConfigError> {
        match config {
            Some(config) if self.problems.is_empty() => Ok(config),
            _ => Err(ConfigError {
                problems: self.problems,
            }),
        }
    }

    fn problem<T>(&mut self, variable: &'static str, message: &'static str) -> Option<T> {
        self.problems.push(Problem { variable, message });
        None
    }

    /// The value, trimmed, or the default.
    fn text(&self, variable: &'static str) -> String {
        let default = || {
            VARIABLES
                .iter()
                .find(|known| known.name == variable)
                .and_then(|known| known.default)
                .unwrap_or_default()
                .to_owned()
        };
        (self.value)(variable).map_or_else(default, |value| value.trim().to_owned())
    }

    fn required(&mut self, variable: &'static str) -> Option<String> {
        let text = self.text(variable);
        if text.is_empty() {
            self.problem(variable, "is required")
        } else {
            Some(text)
        }
    }

    /// The items of a comma-separated list.
    fn list(&self, variable: &'static str) -> Vec<String> {
        self.text(variable)
            .split(',')
            .map(str::trim)
            .filter(|item| !item.is_empty())
            .map(str::to_owned)
            .collect()
    }

    fn required_list(&mut self, variable: &'static str) -> Option<Vec<String>> {
        let items = self.list(variable);
        if items.is_empty() {
            self.problem(variable, "is required")
        } else {
            Some(items)
        }
    }

    fn number(
        &mut self,
        variable: &'static str,
        range: RangeInclusive<u64>,
        message: &'static str,
    ) -> Option<u64> {
        match parse_digits(&self.text(variable)) {
            Some(number) if range.contains(&number) => Some(number),
            _ => self.problem(variable, message),
        }
    }

    fn bytes(&mut self, variable: &'static str) -> Option<usize> {
        let number = self.number(
            variable,
            1..=1 << 20,
            "must be a number of bytes from 1 to 1048576",
        )?;
        usize::try_from(number).ok()
    }

    /// A value of the form that Stripe's identifiers have, or `None` where the variable is empty.
    fn stripe_id(
        &mut self,
        variable: &'static str,
        prefix: &str,
        message: &'static str,
    ) -> Option<Option<String>> {
        let text = self.text(variable);
        if text.is_empty() {
            Some(None)
        } else if is_stripe_id(&text, prefix) {
            Some(Some(text))
        } else {
            self.problem(variable, message)
        }
    }

    fn origin(&mut self, variable: &'static str) -> Option<Origin> {
        match Origin::parse(&self.text(variable)) {
            Ok(origin) => Some(origin),
            Err(message) => self.problem(variable, message),
        }
    }
}

impl Config {
    pub(super) fn read<F: Fn(&'static str) -> Option<String>>(
        variables: &mut Reader<F>,
    ) -> Option<Self> {
        let stripe = StripeConfig::read(variables);
        let frontend = FrontendConfig::read(variables);
        let tokens = TokenConfig::read(variables);
        let rate_limits = read_rate_limits(variables);
        let cost = CostConfig::read(variables);
        let max_body_bytes = variables.bytes("max_body_bytes");
        Some(Self {
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
    fn read<F: Fn(&'static str) -> Option<String>>(variables: &mut Reader<F>) -> Option<Self> {
        let api_key = variables.required("stripe_api_key").and_then(|key| {
            if is_stripe_id(&key, "sk_") || is_stripe_id(&key, "rk_") {
                Some(Secret(key))
            } else {
                variables.problem("stripe_api_key", "must be a Stripe API key (sk_… or rk_…)")
            }
        });
        let api_base = variables.origin("stripe_api_base");
        let api_version = variables.text("stripe_api_version");
        let api_version = if is_api_version(&api_version) {
            Some(api_version)
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
        Some(Self {
            livemode: livemode(api_key.expose()),
            api_key,
            api_base: api_base?,
            api_version: api_version?,
            portal_configuration: portal_configuration?,
            on_behalf_of: on_behalf_of?,
            timeout: Duration::from_millis(timeout?),
            max_retries: u32::try_from(max_retries?).ok()?,
            portal_hosts: portal_hosts?,
        })
    }
}

impl FrontendConfig {
    fn read<F: Fn(&'static str) -> Option<String>>(variables: &mut Reader<F>) -> Option<Self> {
        let frontend = variables.required("frontend_url").and_then(|url| {
            read_frontend_url(&url)
                .map_err(|message| variables.problem::<()>("frontend_url", message))
                .ok()
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
        Some(Self { url, origins })
    }
}

impl TokenConfig {
    fn read<F: Fn(&'static str) -> Option<String>>(variables: &mut Reader<F>) -> Option<Self> {
        let issuers = variables.required_list("jwt_issuer");
        let audiences = variables.required_list("jwt_audience");
        let user_claim = variables.text("jwt_user_claim");
        let user_claim = if user_claim.is_empty() {
            variables.problem("jwt_user_claim", "must name a claim")
        } else {
            Some(user_claim)
        };
        let leeway = variables.number(
            "jwt_leeway_seconds",
            0..=300,
            "must be a number of seconds from 0 to 300",
        );
        let max_token_bytes = variables.bytes("max_token_bytes");
        let (keys, jwks) = read_key_sources(variables);
        Some(Self {
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
    fn read<F: Fn(&'static str) -> Option<String>>(variables: &mut Reader<F>) -> Option<Self> {
        const MOST: u64 = 1_000_000_000_000;
        let request_cost = variables.number(
            "request_cost",
            0..=MOST,
            "must be a number of tokens from 0 to 1000000000000",
        );
        let upgrade_url = variables.text("upgrade_url");
        let upgrade_url = match upgrade_url.as_str() {
            "" => Some(None),
            url => match Origin::split(url) {
                Ok(_) if is_visible_ascii(url) => Some(Some(upgrade_url)),
                Ok(_) => variables.problem("upgrade_url", "must be a URL in visible ASCII"),
                Err(message) => variables.problem("upgrade_url", message),
            },
        };
        Some(Self {
            request_cost: request_cost?,
            upgrade_url: upgrade_url?,
        })
    }
}

fn read_portal_hosts<F: Fn(&'static str) -> Option<String>>(
    variables: &mut Reader<F>,
) -> Option<Vec<String>> {
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
    Some(hosts)
}

/// Both keyed sources may be wrong at once, so this goes on after a problem; the problems themselves are what counts.
fn read_key_sources<F: Fn(&'static str) -> Option<String>>(
    variables: &mut Reader<F>,
) -> (Vec<keys::Key>, Option<JwksSource>) {
    let mut found = Vec::new();
    let secret = variables.text("jwt_hs256_secret");
    if secret.len() >= MIN_HS256_SECRET_BYTES {
        found.push(keys::Key::hs256(secret.as_bytes()));
    } else if !secret.is_empty() {
        variables.problem::<()>("jwt_hs256_secret", "must have at least 32 bytes");
    }
    let public_keys = variables.text("jwt_public_keys");
    if !public_keys.is_empty() {
        match keys::parse_public_keys(&public_keys) {
            Ok(keys) => found.extend(keys),
            Err(message) => {
                variables.problem::<()>("jwt_public_keys", message);
            }
        }
    }
    let jwks_origin = variables.text("jwt_jwks_origin");
    let path = variables.text("jwt_jwks_path");
    if !path.starts_with('/') || path.starts_with("//") || !is_visible_ascii(&path) {
        variables.problem::<()>("jwt_jwks_path", "must be a path that starts with one slash");
    }
    let jwks = if jwks_origin.is_empty() {
        None
    } else {
        variables
            .origin("jwt_jwks_origin")
            .map(|origin| JwksSource { origin, path })
    };
    let nothing_wrong = !variables
        .problems
        .iter()
        .any(|problem| KEY_VARIABLES.contains(&problem.variable));
    if found.is_empty() && jwks.is_none() && nothing_wrong {
        variables.problem::<()>(
            "jwt_hs256_secret",
            "or jwt_public_keys or jwt_jwks_origin must be set: without a key no token can be verified",
        );
    }
    (found, jwks)
}

fn read_rate_limits<F: Fn(&'static str) -> Option<String>>(
    variables: &mut Reader<F>,
) -> Option<Vec<RateLimit>> {
    const MESSAGE: &str =
        "must be `off` or limits like free=5/60,paid=30/60 (requests per seconds for each plan)";
    let items = variables.list("rate_limits");
    if items == ["off"] {
        return Some(Vec::new());
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
    Some(limits)
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
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b';' | b'=' | b'_'))
}

fn is_visible_ascii(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_graphic())
}

/// A decimal number without sign.
fn parse_digits(text: &str) -> Option<u64> {
    text.bytes()
        .all(|b| b.is_ascii_digit())
        .then(|| text.parse().ok())
        .flatten()
}
