//! End to end: the real Wasm, from the real manifest, in the host, with a stand-in for Stripe.

mod harness;
mod identity_provider;

mod account;
mod any_store;
mod anywhere;
mod body;
mod budgets;
mod builds;
mod checkout;
mod configuration;
mod conformance;
mod cors;
mod deploy;
mod desk;
mod edge;
mod key_rotation;
mod limits;
mod lists;
mod managers;
mod observability;
mod packets;
mod portal;
mod redis;
mod redis_counters;
mod routes;
mod stripe_failures;
mod subscriptions;
mod sync;
mod tokens;
mod webhook;
