//! A stand-in for the product around Portico, for development runs: its users and its records of them, their sign-in,
//! and the page on which they manage their billing.

mod billing;
mod dashboard;
mod instructions;
mod issuer;
mod shop;
mod users;

pub use dashboard::Dashboard;
pub use instructions::{fault_instructions, instructions};
pub use issuer::{AUDIENCE, Issuer, webhook_secret};
pub use shop::{checkout_variables, stock};
pub use users::{API_KEY, CUSTOMER, records};
