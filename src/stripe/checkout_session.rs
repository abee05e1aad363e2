//! `GET /v1/checkout/sessions/{id}` (Stripe API, Retrieve a Checkout Session), and a session's identifiers wherever it
//! comes from. The calls by which Portico opens sessions of its own are in the files below.

use serde::Deserialize;

use super::client::Call;
use super::error::rejected;
use super::form::Form;
use super::objects::{Metadata, Reference};
use crate::error::Failure;
use crate::stripe_id::CheckoutSessionId;

pub mod creation;
pub mod expiry;
pub mod listing;
pub mod mark;

/// The path of sessions.
pub const PATH: &str = "/v1/checkout/sessions";

/// The names on a checkout session: of its customer, and of its buyer.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
pub struct CheckoutSession {
    /// The customer; there is none where a payment made no customer.
    #[serde(default)]
    pub customer: Option<Reference>,
    /// The account of Accounts v2 that bought, in the place of a customer.
    #[serde(default)]
    pub customer_account: Option<Reference>,
    /// A name of the buyer, which the merchant or the buyer chose.
    #[serde(default)]
    pub client_reference_id: Option<String>,
    /// The merchant's metadata on the session.
    #[serde(default)]
    pub metadata: Option<Metadata>,
}

/// Makes the call that reads a session.
#[must_use]
pub fn retrieve(id: &CheckoutSessionId) -> Call {
    Call::get(format!("{PATH}/{id}"), Form::default())
}

/// Reads the answer to [`retrieve`].
pub fn read(answer: &[u8]) -> Result<CheckoutSession, Failure> {
    serde_json::from_slice(answer)
        .map_err(|_| rejected("Stripe's answer is not a checkout session"))
}
