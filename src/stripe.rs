//! Stripe's API: one file for each call ([`charge`], [`invoice`], [`portal_session`]), and what all calls, or all lists,
//! have in common.

pub mod charge;
pub mod client;
pub mod error;
mod form;
pub mod invoice;
pub mod link;
pub mod list;
pub mod portal_session;
pub mod retry;

pub use client::{Call, Settings};
pub use error::Chosen;
pub use form::Form;
