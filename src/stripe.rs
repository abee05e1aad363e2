//! Stripe's API: one file for each call ([`portal_session`]), and what all calls have in common.

pub mod client;
pub mod error;
mod form;
pub mod link;
pub mod portal_session;
pub mod retry;

pub use client::{Call, Settings};
pub use error::Chosen;
pub use form::Form;
