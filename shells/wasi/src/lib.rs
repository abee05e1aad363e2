//! Portico on Wasmtime and wasmCloud: the Wasm entry point, and the traits of [`portico::platform`] on the drafts of
//! `wasi:keyvalue` and `wasi:config` that these hosts offer.

#![cfg(target_family = "wasm")]
#![warn(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)]

use std::sync::LazyLock;

use wasip3::exports::http::handler::Guest;
use wasip3::http::types;

use portico::service::Service;
use portico_wasip3::{Host, handle};

use platform::Wasi;

mod bindings;
mod platform;

static SERVICE: LazyLock<Service<Host<Wasi>>> = LazyLock::new(|| Service::new(Host::default()));

struct Component;

wasip3::http::service::export!(Component);

impl Guest for Component {
    async fn handle(request: types::Request) -> Result<types::Response, types::ErrorCode> {
        handle(&SERVICE, request).await
    }
}
