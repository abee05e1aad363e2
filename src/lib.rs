//! Portico opens Stripe Customer Portal sessions at the edge, for the user that a verified token names.
//!
//! One request makes one straight trip. The modules are listed from the top of the house to its ground floor, a floor to
//! a paragraph: a module imports only from its own floor and from those below, so imports run downwards.
//! `ARCHITECTURE.md` has the map and the invariants. The library knows no SDK; a shell in `shells` puts it on a kind of
//! host.

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

// The trip.
pub mod service;

pub mod routes;

pub mod checkout;

pub mod sync;

pub mod trip;

pub mod instance;

pub mod config;

pub mod inbound;

pub mod answer;

// The decisions on the way.
pub mod auth;
pub mod ownership;
pub mod plans;
pub mod rate_limit;
pub mod spending;
pub mod stripe;
pub mod webhook;

pub mod cors;
pub mod counter;
pub mod error;
pub mod log;
pub mod records;
pub mod signatures;

// The ground floor: small modules that import nothing of the house but each other.
pub mod base_path;
pub mod origin;
pub mod plan;
pub mod platform;
pub mod redis;
pub mod return_path;
pub mod secret;
pub mod strict_json;
pub mod stripe_id;
pub mod text;
pub mod time;
pub mod user;
