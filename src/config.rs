//! Raw variables → [`Config`]. Parsed once, so that no other module validates.

use std::fmt;
use std::time::Duration;

use crate::auth::keys::Key;

mod origin;
mod parse;
mod reader;
mod variables;

pub use origin::Origin;
pub(crate) use parse::is_stripe_id;
pub use variables::{VARIABLES, Variable};

/// Everything an operator can set, checked and in its final form.
#[derive(Debug)]
pub struct Config {
    /// How Stripe is called.
    pub stripe: StripeConfig,
    /// Where the user comes from and goes back to.
    pub frontend: FrontendConfig,
    /// Which tokens are accepted.
    pub tokens: TokenConfig,
    /// The limit for each plan; the first one is for plans that have none. Limiting is off where there are none.
    pub rate_limits: Vec<RateLimit>,
    /// What a call costs.
    pub cost: CostConfig,
    /// The most bytes that a request body may have.
    pub max_body_bytes: usize,
}

/// How Stripe is called.
#[derive(Debug)]
pub struct StripeConfig {
    /// The secret or restricted API key.
    pub api_key: Secret,
    /// The mode that the key belongs to, where the key tells.
    pub livemode: Option<bool>,
    /// Where the API is.
    pub api_base: Origin,
    /// The value of `Stripe-Version`.
    pub api_version: String,
    /// The portal configuration (`bpc_…`) for every session; Stripe's default one where `None`.
    pub portal_configuration: Option<String>,
    /// The connected account (`acct_…`) for every session.
    pub on_behalf_of: Option<String>,
    /// One deadline over all attempts.
    pub timeout: Duration,
    /// Attempts after the first.
    pub max_retries: u32,
    /// The hosts that a session's URL may be on, as [`Origin::authority`] spells them. Plain `http` will do on a
    /// loopback host, as for every origin.
    pub portal_hosts: Vec<String>,
}

/// Where the user comes from and goes back to.
#[derive(Debug)]
pub struct FrontendConfig {
    /// The frontend's address, without a slash at its end; a return path is put behind it.
    pub url: String,
    /// The origins whose pages may read our answers, as browsers write them.
    pub origins: Vec<Origin>,
}

/// Which tokens are accepted.
#[derive(Debug)]
pub struct TokenConfig {
    /// Accepted values of `iss`.
    pub issuers: Vec<String>,
    /// Accepted values of `aud`.
    pub audiences: Vec<String>,
    /// The claim that names the user.
    pub user_claim: String,
    /// How far the issuer's clock may be off.
    pub leeway: Duration,
    /// The most bytes that a token may have.
    pub max_token_bytes: usize,
    /// The keys that the operator configured.
    pub keys: Vec<Key>,
    /// Where the identity provider serves its keys.
    pub jwks: Option<JwksSource>,
}

/// Where the identity provider serves its keys (RFC 7517, section 5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JwksSource {
    /// The origin, which is an allowed outbound host.
    pub origin: Origin,
    /// The path there.
    pub path: String,
}

/// How many requests a plan has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RateLimit {
    /// The plan's name.
    pub plan: String,
    /// How many requests are admitted in a window.
    pub requests: u64,
    /// How long the window is; whole seconds.
    pub window: Duration,
}

/// What a call costs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CostConfig {
    /// Tokens that one call costs; 0 where calls are exempt.
    pub request_cost: i64,
    /// Where a user can top up.
    pub upgrade_url: Option<String>,
}

/// A string that never shows itself.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// The secret itself. Call this only where it is used.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// All that is wrong with the variables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// Never empty.
    pub problems: Vec<Problem>,
}

/// One variable and what is wrong with it. The value is never told: it may be a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The variable's name.
    pub variable: &'static str,
    /// What its value should be.
    pub message: &'static str,
}

impl ConfigError {
    /// The provider of variables failed for some of them, and what else is wrong.
    #[must_use]
    pub fn unreadable(variables: Vec<&'static str>, others: Option<Self>) -> Self {
        let others = others.map_or_else(Vec::new, |others| others.problems);
        let others: Vec<_> = others
            .into_iter()
            .filter(|problem| !variables.contains(&problem.variable))
            .collect();
        let problem = |variable| Problem {
            variable,
            message: "is required and has no value, or could not be read",
        };
        Self {
            problems: variables.into_iter().map(problem).chain(others).collect(),
        }
    }

    /// Whether a variable that holds key material is among them.
    #[must_use]
    pub fn concerns_keys(&self) -> bool {
        self.problems
            .iter()
            .any(|problem| KEY_VARIABLES.contains(&problem.variable))
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, Problem { variable, message }) in self.problems.iter().enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            write!(f, "{separator}{variable} {message}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigError {}

const KEY_VARIABLES: [&str; 4] = [
    "jwt_hs256_secret",
    "jwt_public_keys",
    "jwt_jwks_origin",
    "jwt_jwks_path",
];

/// RFC 7518, section 3.2: a key as long as the hash output, 256 bits, is the least for HS256.
const MIN_HS256_SECRET_BYTES: usize = 32;

impl Config {
    /// Reads the configuration from the variables' values; a variable without a value has its default.
    ///
    /// # Errors
    /// Lists every variable that is missing or invalid.
    pub fn from_variables(
        value: impl Fn(&'static str) -> Option<String>,
    ) -> Result<Self, ConfigError> {
        let mut variables = reader::Reader::new(&value);
        // Every variable is read, also after a problem, so that an operator sees all problems at once.
        let config = Self::read(&mut variables);
        variables.finish(config)
    }
}

#[cfg(test)]
mod tests;
