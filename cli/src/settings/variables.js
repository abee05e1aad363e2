/** Portico's variables, as far as this program reads them, with their defaults. `undefined` where a value is required. */
export const DEFAULTS = {
  stripe_api_base: "https://api.stripe.com",
  stripe_api_version: "2026-10-28.endive",
  stripe_portal_configuration: "",
  stripe_on_behalf_of: "",
  frontend_url: undefined,
  cors_origins: "",
  jwt_issuer: undefined,
  jwt_audience: undefined,
  jwt_public_keys: "",
  jwt_jwks_origin: "",
  jwt_jwks_path: "/.well-known/jwks.json",
  jwt_audience_claim: "aud",
  jwt_user_claim: "sub",
  jwt_role_claim: "",
  billing_roles: "",
  jwt_leeway_seconds: "30",
  rate_limits: "free=5/60,paid=30/60",
  base_path: "",
  max_token_bytes: "8192",
  user_metadata_key: "user_id",
  plans: "paid=*",
  entitled_statuses: "active,trialing,past_due",
  customer_lookup: "off",
  counter_redis: "",
  portal_recovery_hours: "0",
  checkout_prices: "",
  checkout_max_quantity: "1",
};

/** The variables that this program does not read, so that it can tell a misspelt name. */
export const OTHERS = [
  "stripe_timeout_ms",
  "stripe_max_retries",
  "portal_hosts",
  "request_cost",
  "upgrade_url",
  "max_body_bytes",
  "allowed_coupons",
  "invoice_hosts",
  "max_webhook_bytes",
  "trust_client_reference_id",
  "checkout_hosts",
  "checkout_trial_days",
  "checkout_promotion_codes",
  "checkout_automatic_tax",
  "checkout_success_path",
  "checkout_cancel_path",
];

/** The variables with secrets. They come from the environment alone, and none is ever printed. */
export const SECRETS = ["stripe_api_key", "jwt_hs256_secret", "stripe_webhook_secrets", "counter_redis_credentials"];

/** @typedef {{ [Name in keyof typeof DEFAULTS]: string }} Settings The values, without white space around them. */

/**
 * Every name of a variable.
 *
 * @returns {string[]}
 */
export function names() {
  return [...Object.keys(DEFAULTS), ...OTHERS, ...SECRETS];
}
