//! The table of all variables; `spin.toml` says the same, and a test holds the two together.

/// An application variable, as `spin.toml` declares it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Variable {
    pub name: &'static str,
    /// The default; `None` where a value is required.
    pub default: Option<&'static str>,
    /// True if the value is a secret.
    pub secret: bool,
}

/// Every variable that Portico reads.
pub const VARIABLES: &[Variable] = &[
    secret(required("stripe_api_key")),
    optional("stripe_api_base", "https://api.stripe.com"),
    optional("stripe_api_version", "2026-10-28.endive"),
    optional("stripe_portal_configuration", ""),
    optional("stripe_on_behalf_of", ""),
    optional("stripe_timeout_ms", "8000"),
    optional("stripe_max_retries", "2"),
    optional("portal_hosts", "billing.stripe.com"),
    required("frontend_url"),
    optional("cors_origins", ""),
    required("jwt_issuer"),
    required("jwt_audience"),
    secret(optional("jwt_hs256_secret", "")),
    optional("jwt_public_keys", ""),
    optional("jwt_jwks_origin", ""),
    optional("jwt_jwks_path", "/.well-known/jwks.json"),
    optional("jwt_audience_claim", "aud"),
    optional("jwt_user_claim", "sub"),
    optional("jwt_role_claim", ""),
    optional("billing_roles", ""),
    optional("jwt_leeway_seconds", "30"),
    optional("rate_limits", "free=5/60,paid=30/60"),
    optional("request_cost", "0"),
    optional("upgrade_url", ""),
    optional("base_path", ""),
    optional("max_body_bytes", "4096"),
    optional("max_token_bytes", "8192"),
    optional("allowed_coupons", ""),
    secret(optional("stripe_webhook_secrets", "")),
    optional("max_webhook_bytes", "1048576"),
    optional("user_metadata_key", "user_id"),
    optional("trust_client_reference_id", "false"),
    optional("plans", "paid=*"),
    optional("entitled_statuses", "active,trialing,past_due"),
    optional("customer_lookup", "off"),
    optional("portal_recovery_hours", "0"),
    optional("invoice_hosts", "invoice.stripe.com,pay.stripe.com"),
    optional("counter_redis", ""),
    secret(optional("counter_redis_credentials", "")),
    optional("checkout_prices", ""),
    optional("checkout_hosts", "checkout.stripe.com"),
    optional("checkout_max_quantity", "1"),
    optional("checkout_trial_days", "0"),
    optional("checkout_promotion_codes", "false"),
    optional("checkout_automatic_tax", "false"),
    optional("checkout_success_path", "/account?checkout=done"),
    optional("checkout_cancel_path", "/account"),
];

const fn required(name: &'static str) -> Variable {
    Variable {
        name,
        default: None,
        secret: false,
    }
}

const fn optional(name: &'static str, default: &'static str) -> Variable {
    Variable {
        name,
        default: Some(default),
        secret: false,
    }
}

const fn secret(variable: Variable) -> Variable {
    Variable {
        secret: true,
        ..variable
    }
}
