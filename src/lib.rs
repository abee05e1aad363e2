//! Portico opens Stripe Customer Portal sessions at the edge, for the user that a verified token names.
//!
//! One request makes one straight trip. The modules are listed from the top of the house to its ground floor, 
//! a paragraph: a module imports only modules that are listed after it, so imports run downwards. `ARCHITECTURE.md` has
//! the map and the invariants. The library knows no SDK; a shell in `shells` puts it on a kind of host.

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

pub mod service;
pub mod routes;
pub mod trip;
pub mod instance;
pub mod config;
pub mod inbound;
pub mod answer;
pub mod auth;
pub mod stripe;
pub mod customer;
pub mod rate_limit;
pub mod spending;
pub mod balance;
pub mod counter;
pub mod cors;
pub mod log;
pub mod error;
pub mod record;
pub mod origin;
pub mod plan;
pub mod platform;
pub mod return_path;
pub mod secret;
pub mod strict_json;
pub mod stripe_id;
pub mod time;
pub mod user;
pub mod text;
