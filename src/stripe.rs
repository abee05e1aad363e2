//! Stripe's API: one file for the calls of each resource, e.g. [`portal_session`], and the code that all calls, or all
//! lists, share.

pub mod charge;
pub mod checkout_session;
pub mod client;
pub mod customer;
pub mod error;
mod form;
pub mod idempotency;
pub mod invoice;
pub mod link;
pub mod list;
pub mod objects;
pub mod portal_session;
pub mod retry;
mod session;
pub mod subscription;

pub use client::{Call, CallReport, StripeSettings};
pub use error::Chosen;
pub use form::Form;
