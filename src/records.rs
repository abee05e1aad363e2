//! The records in the key-value store: their keys, their contents, and the one place that reads and writes them.

pub mod balance;
pub mod corrupt;
pub mod customer;
pub mod keys;
mod members;
pub mod owner;
pub mod places;
pub mod store;
