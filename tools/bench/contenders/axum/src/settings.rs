//! The settings of the environment.

use std::collections::HashMap;
use std::env;

use anyhow::{Context, Result};
use serde::Deserialize;

pub struct Settings {
    pub port: u16,
    pub stripe_base: String,
    pub stripe_key: String,
    pub stripe_version: String,
    pub frontend: String,
    pub issuer: String,
    pub audience: String,
    pub secret: String,
    /// A JSON Web Key Set.
    pub public_keys: String,
    pub limits: HashMap<String, Limit>,
    pub customers: HashMap<String, Customer>,
}

/// So many requests in so many seconds.
#[derive(Clone, Copy)]
pub struct Limit {
    pub requests: u64,
    pub seconds: u64,
}

#[derive(Deserialize)]
pub struct Customer {
    pub stripe_customer_id: String,
    pub plan: String,
}

impl Settings {
    pub fn from_environment() -> Result<Self> {
        Ok(Self {
            port: variable("PORT")?.parse()?,
            stripe_base: variable("STRIPE_API_BASE")?,
            stripe_key: variable("STRIPE_API_KEY")?,
            stripe_version: variable("STRIPE_API_VERSION")?,
            frontend: variable("FRONTEND_URL")?,
            issuer: variable("JWT_ISSUER")?,
            audience: variable("JWT_AUDIENCE")?,
            secret: variable("JWT_HS256_SECRET")?,
            public_keys: variable("JWT_PUBLIC_KEYS")?,
            limits: limits(&variable("RATE_LIMITS")?)?,
            customers: serde_json::from_str(&variable("CUSTOMERS")?)?,
        })
    }
}

fn variable(name: &str) -> Result<String> {
    env::var(name).with_context(|| format!("{name} is not set"))
}

/// Reads `free=5/60,paid=30/60`.
fn limits(text: &str) -> Result<HashMap<String, Limit>> {
    text.split(',')
        .map(|entry| {
            let (plan, limit) = entry.split_once('=').context("a plan has no limit")?;
            let (requests, seconds) = limit.split_once('/').context("a limit has no window")?;
            let limit = Limit {
                requests: requests.parse()?,
                seconds: seconds.parse()?,
            };
            Ok((plan.to_owned(), limit))
        })
        .collect()
}
