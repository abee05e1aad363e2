//! Stripe's API: how it is called ([`client`]) and what is called ([`session`]).

pub mod answer;
pub mod client;
mod form;
pub mod retry;
pub mod session;

pub use form::Form;
