//! One Portico with its surroundings, and the promises that every answer and every log line must keep.

mod answer;
mod call;
pub(crate) mod hosts;
mod portico;
mod setup;
mod tokens;

pub(crate) use answer::Answer;
pub(crate) use portico::Portico;
pub(crate) use setup::{API_KEY, FRONTEND, Setup, wasm};
pub(crate) use tokens::{AUDIENCE, ISSUER, SECRET, claims, now, token};

pub(crate) const PORTAL: &str = "/api/v1/account/billing-portal";
pub(crate) const BALANCE: &str = "/api/v1/account/balance";

/// A user with a customer, and the customer's identifier.
pub(crate) const USER: &str = "user|paid@example.com";
pub(crate) const CUSTOMER: &str = "cus_E2EPaid";
