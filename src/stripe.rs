//! Stripe's API: one file for the calls of each resource, e.g. [`portal_session`], and what all calls have in common.

pub mod checkout_session;
pub mod client;
pub mod customer;
pub mod error;
mod form;
pub mod link;
pub mod objects;
pub mod portal_session;
pub mod retry;
pub mod subscription;

pub use client::{Call, Outcome, Settings};
pub use error::Chosen;
pub use form::Form;
