//! Raw variables → [`Config`]. Only the top of the house knows all settings; each belongs to what it sets, and is checked
//! here once, so that no other module validates.

use crate::auth::AuthSettings;
use crate::base_path::BasePath;
use crate::origin::Origin;
use crate::ownership::OwnershipSettings;
use crate::plans::PlanSettings;
use crate::platform::Counters;
use crate::rate_limit::RateLimits;
use crate::records::balance::Cost;
use crate::redis::RedisServer;
use crate::stripe::StripeSettings;
use crate::stripe::checkout_session::creation::CheckoutSettings;
use crate::stripe::link::LinkHosts;
use crate::stripe::portal_session::PortalSettings;
use crate::webhook::WebhookSettings;

mod auth_settings;
mod checkout_settings;
mod frontend;
mod limits;
mod problem;
mod reader;
mod stripe_settings;
mod sync_settings;
mod variables;

pub use problem::{ConfigError, Problem};
pub use variables::{VARIABLES, Variable};

/// Everything an operator can set, checked and in its final form.
#[derive(Debug)]
pub struct Config {
    /// The way to call Stripe.
    pub stripe: StripeSettings,
    /// Everything that portal sessions have in common.
    pub portal: PortalSettings,
    /// The prices that are for sale, and everything that checkout sessions have in common.
    pub checkout: CheckoutSettings,
    /// The origins whose pages may read the answers, as browsers write them.
    pub allowed_origins: Vec<Origin>,
    /// The rules for the tokens that are accepted.
    pub auth: AuthSettings,
    /// The requests that each plan has.
    pub rate_limits: RateLimits,
    /// The cost of a call.
    pub cost: Cost,
    /// The most bytes that a request body may have.
    pub max_body_bytes: usize,
    /// The coupons that a caller may name.
    pub allowed_coupons: Vec<String>,
    /// The settings for Stripe's events.
    pub webhook: WebhookSettings,
    /// The rules that match customers with users.
    pub ownership: OwnershipSettings,
    /// The subscriptions that give each plan.
    pub plans: PlanSettings,
    /// The hosts that the links of invoices and receipts may be on.
    pub invoice_hosts: LinkHosts,
    /// The Redis server that counts are kept on; `None` where the host keeps them by itself.
    pub counter_redis: Option<RedisServer>,
}

impl Config {
    /// Reads the configuration from the variables' values; a variable without a value has its default. The error lists
    /// every variable that is missing or invalid.
    pub fn from_variables(
        value: impl Fn(&'static str) -> Option<String>,
    ) -> Result<Self, ConfigError> {
        let mut variables = reader::Reader::new(&value);
        // Every variable is read, also after a problem, so that an operator sees all problems at once.
        let stripe = stripe_settings::read(&mut variables);
        let frontend = frontend::read(&mut variables);
        let portal = stripe_settings::read_portal(&mut variables);
        let checkout = checkout_settings::read(&mut variables);
        let auth = auth_settings::read(&mut variables);
        let rate_limits = limits::read_rate_limits(&mut variables);
        let cost = limits::read_cost(&mut variables);
        let max_body_bytes = variables.bytes("max_body_bytes");
        let allowed_coupons = limits::read_coupons(&mut variables);
        let webhook = sync_settings::read_webhook(&mut variables);
        let ownership = sync_settings::read_ownership(&mut variables);
        let plans = sync_settings::read_plans(&mut variables);
        let invoice_hosts = variables.link_hosts(
            "invoice_hosts",
            "must be host names, comma separated, e.g. invoice.stripe.com",
        );
        let counter_redis = limits::read_counter_redis(&mut variables);
        let base_path = frontend::check_base_path(&mut variables);
        let read = || {
            let frontend = frontend?;
            base_path?;
            Ok(Self {
                stripe: stripe?,
                checkout: checkout?.into_settings(frontend.url.clone()),
                portal: portal?.into_settings(frontend.url),
                allowed_origins: frontend.origins,
                auth: auth?,
                rate_limits: rate_limits?,
                cost: cost?,
                max_body_bytes: max_body_bytes?,
                allowed_coupons: allowed_coupons?,
                webhook: webhook?,
                ownership: ownership?,
                plans: plans?,
                invoice_hosts: invoice_hosts?,
                counter_redis: counter_redis?,
            })
        };
        variables.finish(read())
    }

    /// Reads the path that all paths lie below, from the value of its variable alone. The route that a path leads to
    /// must be known even where the rest of the configuration has problems.
    pub fn base_path(value: Option<String>) -> Result<BasePath, ConfigError> {
        let value = value.unwrap_or_default();
        BasePath::parse(value.trim()).ok_or_else(|| {
            ConfigError::of(Problem {
                variable: "base_path",
                message: frontend::NOT_A_BASE_PATH.into(),
            })
        })
    }

    /// Chooses where the platform counts, and checks that it can then do all that is configured: the platform must
    /// reach the Redis server, and where calls cost something, all instances must count together. If each counted for
    /// itself, each would let the whole balance be spent.
    pub fn place_counters(&self, counters: &impl Counters) -> Result<(), ConfigError> {
        let problem = |variable, message: &'static str| {
            let message = message.into();
            Err(ConfigError::of(Problem { variable, message }))
        };
        if let Some(server) = &self.counter_redis
            && counters.count_on(server).is_err()
        {
            return problem(
                "counter_redis",
                "cannot be used here: this build counts in its host's store",
            );
        }
        if self.cost.request_cost > 0 && !counters.shared() {
            return problem(
                "request_cost",
                "above 0 needs counters that instances share, and this build has none of its own: set counter_redis",
            );
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
