//! Stripe's webhook: the check of a request's signature, and the reading of an event (Stripe docs, Receive Stripe
//! events in your webhook endpoint).
//!
//! An event is a doorbell. Nothing but identifiers is taken from it; Stripe is asked for the objects.

pub mod event;
pub mod signature;

use crate::signatures::hs256::SecretKey;

/// The settings for receiving events.
#[derive(Debug)]
pub struct WebhookSettings {
    /// The endpoint secrets, any of which may have signed an event. There is no webhook where there are none.
    pub secrets: Vec<SecretKey>,
    /// The most bytes that an event may have.
    pub max_bytes: usize,
}
