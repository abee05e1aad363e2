//! Stripe's webhook: who signed a request, and which customer an event is about (Stripe docs, Receive Stripe events in
//! your webhook endpoint).
//!
//! An event is a doorbell. Nothing but identifiers is taken from it; what they stand for is asked of Stripe.

pub mod event;
pub mod signature;

use crate::signatures::hs256::SecretKey;

/// How events are received.
#[derive(Debug)]
pub struct Settings {
    /// The endpoint secrets, any of which may have signed an event. There is no webhook where there are none.
    pub secrets: Vec<SecretKey>,
    /// The most bytes that an event may have.
    pub max_bytes: usize,
}
