//! The part that Portico's shells share: HTTP in and out, the clocks, randomness and the log, all of it WASI 0.3. Each
//! shell adds a store, counters and variables, which differ from host to host, and exports the handler.

#![cfg(target_family = "wasm")]
#![warn(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)]

mod body;
mod fetch;
mod fields;
mod handler;
mod host;
mod system;

pub use handler::handle;
pub use host::Host;
pub use system::System;
