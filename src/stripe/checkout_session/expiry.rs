//! `POST /v1/checkout/sessions/{id}/expire` (Stripe API, Expire a Checkout Session). It works on open sessions alone.

use super::PATH;
use crate::stripe::{Call, Form};
use crate::stripe_id::CheckoutSessionId;

/// Makes the call that ends a session.
#[must_use]
pub fn expire(id: &CheckoutSessionId) -> Call {
    Call::post(format!("{PATH}/{id}/expire"), Form::default())
}
