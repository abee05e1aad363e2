//! Portico on Spin: the Wasm entry point, and the traits of [`portico::platform`] on Spin's interfaces.

#![cfg(target_family = "wasm")]
#![warn(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)]

use std::sync::LazyLock;

use spin_sdk::wasip3::exports::http::handler::Guest;
use spin_sdk::wasip3::http::types;

use portico::service::Service;
use portico_wasip3::{Host, handle};

use platform::Spin;

mod bindings;
mod own_counters;
mod platform;
mod redis;

static SERVICE: LazyLock<Service<Host<Spin>>> = LazyLock::new(|| Service::new(Host::default()));

struct Component;

spin_sdk::wasip3::http::service::export!(Component);

impl Guest for Component {
    async fn handle(request: types::Request) -> Result<types::Response, types::ErrorCode> {
        handle(&SERVICE, request).await
    }
}
