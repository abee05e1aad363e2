//! One Portico with its surroundings, and the promises that every answer and every log line must keep.

mod answer;
mod call;
pub(crate) mod hosts;
mod openapi;
mod portico;
mod setup;
mod tokens;

pub(crate) use answer::Answer;
pub(crate) use portico::Portico;
pub(crate) use setup::{API_KEY, FRONTEND, Setup, store_in_a_file};
pub(crate) use tokens::{AUDIENCE, ISSUER, SECRET, claims, now, token};

pub(crate) const PORTAL: &str = "/api/v1/account/billing-portal";
pub(crate) const BALANCE: &str = "/api/v1/account/balance";
pub(crate) const SYNC: &str = "/api/v1/billing/sync";
pub(crate) const WEBHOOK: &str = "/api/v1/billing/webhook";

/// The secret of the webhook endpoint, where a test has one.
pub(crate) const WEBHOOK_SECRET: &str = "whsec_e2e5UOnBtCVuRF8GyZ0Kp4iXJw7sTqN3";
pub(crate) const CHECKOUT: &str = "/api/v1/billing/checkout";
pub(crate) const INVOICES: &str = "/api/v1/billing/invoices";
pub(crate) const SUBSCRIPTIONS: &str = "/api/v1/billing/subscriptions";
pub(crate) const HISTORY: &str = "/api/v1/billing/history";

/// A user with a customer, and the customer's identifier.
pub(crate) const USER: &str = "user|paid@example.com";
pub(crate) const CUSTOMER: &str = "cus_E2EPaid";
