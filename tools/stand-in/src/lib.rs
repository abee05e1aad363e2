//! A stand-in for Stripe, and for the product around Portico: what tests and development runs need beside Portico
//! itself.
//!
//! [`StripeStandIn`] is a small HTTP server that checks requests as Stripe does, answers as Stripe does, and fails on
//! demand in the ways that networks and servers fail. Shapes and messages follow Stripe's documentation and answers
//! seen in the wild. Every change makes an event, which is delivered to a webhook.
//!
//! Two kinds of fault can be scripted with [`Reply`]. Some *replace* Stripe's answer (a 500, a 429, a redirect):
//! nothing is created then, and nothing is stored under the idempotency key. Others spoil the *delivery* (a reset, a
//! stall, a body cut short): there the object is created and its answer stored first, as it would be at Stripe, so
//! that a retry with the same key is answered with that very object. The usual ones have names, by which they can be
//! chosen over HTTP while a stand-in runs that was built with [`Builder::controls`].
//!
//! In the flow of a portal session, any subscription, item, price, coupon, promotion code or account exists when it has
//! its prefix and does not go on with `missing` (`sub_missing`). Everywhere else, an object exists when it was created,
//! or put there by a method of the handle.
//!
//! ```no_run
//! # async fn example() -> std::io::Result<()> {
//! use portico_stand_in::{Reply, StripeStandIn};
//!
//! let stripe = StripeStandIn::start("127.0.0.1:0").await?;
//! stripe.add_customer("cus_123", false);
//! stripe.script("cus_123", [Reply::ResetBeforeHeaders]);
//! // … call `stripe.origin()` twice with one idempotency key …
//! assert_eq!(stripe.requests().len(), 2);
//! assert_eq!(stripe.sessions_created(), 1);
//! # Ok(())
//! # }
//! ```

pub mod cli;
pub mod product;
pub use portico_tokens as tokens;

mod api;
mod call;
mod connection;
mod control;
mod error;
mod events;
mod faults;
mod fixtures;
mod form;
mod idempotency;
mod listing;
mod metadata;
mod names;
mod objects;
mod pages;
mod parameters;
mod recorded;
mod resources;
mod server;
mod state;
mod stream;
mod time;
mod webhook;
mod wire;

pub use api::is_test_key;
pub use faults::{Gate, Reply};
pub use recorded::RecordedRequest;
pub use server::{Builder, StripeStandIn};
pub use webhook::{Delivery, Payload, stripe_signature};

#[cfg(test)]
mod tests;
