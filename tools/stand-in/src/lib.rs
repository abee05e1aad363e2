//! A stand-in for Stripe, and for the product around Portico: what tests and development runs need beside Portico
//! itself.
//!
//! [`StripeStandIn`] is a small HTTP server that checks requests as Stripe does, answers as Stripe does, and fails on
//! demand in the ways that networks and servers fail. Shapes and messages follow Stripe's documentation and answers
//! seen in the wild. It serves the calls that Portico makes, and a few more by which tests change the state at Stripe.
//! Objects are kept, and every change makes an event, which is delivered to a webhook (see [`Builder::webhook`]). Beside
//! the API, it serves the pages that the URLs of portal and checkout sessions lead to when it is told to (see
//! [`Builder::portal_here`]).
//!
//! Two kinds of fault can be scripted with [`Reply`]. Some *replace* Stripe's answer (a 500, a 429, a redirect):
//! nothing is created then, and nothing is stored under the idempotency key. Others spoil the *delivery* (a reset, a
//! stall, a body cut short): there the object is created and its answer stored first, as it would be at Stripe, so
//! that a retry with the same key is answered with that very object. The usual ones have names (see [`FAULTS`]), by
//! which they can be chosen over HTTP while a stand-in runs that was built with [`Builder::controls`].
//!
//! [`product`] has the users of a development run, and [`tokens`] makes tokens of any shape.
//!
//! # Identifiers with a meaning
//!
//! - Customers, prices and subscriptions exist when they were created, or put there by a method of the handle. In the
//!   flow of a portal session, though, any subscription, item, price, coupon, promotion code or account exists when it
//!   has its prefix.
//! - Invoices and charges are those of [`StripeStandIn::add_invoice`] and [`StripeStandIn::add_charge`]. A cursor that is
//!   not in the customer's list is as unknown as one that does not exist.
//! - Whatever has `missing` right after its prefix (`cus_missing1`, `sub_missing`) never exists.
//! - API keys `sk_test_…` and `rk_test_…` are keys of the test mode, `sk_live_…` and `rk_live_…` of the live mode.
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
//!
//! # Events on demand
//!
//! ```no_run
//! # async fn example() -> std::io::Result<()> {
//! use portico_stand_in::StripeStandIn;
//!
//! let stripe = StripeStandIn::builder()
//!     .webhook("http://127.0.0.1:3000/api/v1/billing/webhook", "whsec_test")
//!     .start("127.0.0.1:0")
//!     .await?;
//! stripe.hold_events();
//! let (_, customer) = stripe.call("POST", "/v1/customers", "metadata[user_id]=u_1");
//! let path = format!("/v1/customers/{}", customer["id"].as_str().unwrap());
//! assert_eq!(stripe.call("DELETE", &path, "").0, 200);
//! // The news of the end come first, and those of the beginning never hurt.
//! for event in ["customer.deleted", "customer.created"] {
//!     for id in stripe.events_of(event) {
//!         assert!(stripe.deliver(&id).await.succeeded());
//!     }
//! }
//! # Ok(())
//! # }
//! ```

pub mod cli;
pub mod product;
pub use portico_tokens as tokens;

mod api;
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
mod route;
mod server;
mod state;
mod stream;
mod time;
mod webhook;
mod wire;

pub use api::is_test_key;
pub use faults::{FAULTS, Fault, Gate, Reply};
pub use form::decode_form;
pub use recorded::RecordedRequest;
pub use server::{Builder, StripeStandIn};
pub use webhook::{Delivery, Payload, stripe_signature};

#[cfg(test)]
mod tests;
