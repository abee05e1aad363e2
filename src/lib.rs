//! Portico opens Stripe Customer Portal sessions at the edge, for the user that a verified token names.
//!
//! One request makes one straight trip. The modules are listed in the order in which it passes them; `ARCHITECTURE.md`
//! has the map and the invariants.

// A panic would take the instance down, and every request that it serves along.
#![cfg_attr(
    not(test),
    warn(
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::string_slice,
        clippy::unreachable,
        clippy::unwrap_used
    )
)]
#![cfg_attr(
    test,
    allow(clippy::unchecked_time_subtraction, reason = "a test may panic")
)]

pub mod http;
pub mod service;

pub mod auth;
pub mod balance;
pub mod config;
pub mod customer;
pub mod portal_request;
pub mod rate_limit;
pub mod stripe;

pub mod error;
pub mod log;

pub mod counter;
pub mod host;
pub mod lease;
pub mod strict_json;
pub mod time;

#[cfg(target_family = "wasm")]
mod spin;
