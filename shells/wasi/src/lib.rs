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

use anyhow::anyhow;
use wasip3::exports::http::handler::Guest;
use wasip3::http::types;

use portico::platform::Variables;
use portico::service::Service;
use portico_wasip3::{Host, handle};

mod store;

/// Bindings to the world in `wit/wasi`.
mod bindings {
    #![allow(missing_docs, clippy::pedantic, reason = "this is generated code")]
    wit_bindgen::generate!({
        world: "portico",
        path: "../../wit/wasi",
        generate_all,
    });
}

use bindings::wasi::config::store as config;

static SERVICE: LazyLock<Service<Host<Wasi>>> = LazyLock::new(|| Service::new(Host::default()));

struct Component;

wasip3::http::service::export!(Component);

impl Guest for Component {
    async fn handle(request: types::Request) -> Result<types::Response, types::ErrorCode> {
        handle(&SERVICE, request).await
    }
}

/// The host, as the traits of [`portico::platform`] want it.
#[derive(Default)]
struct Wasi {
    store: store::OpenStore,
}

/// Where the host's configuration has no value, the environment may have one: `PORTICO_FRONTEND_URL` for `frontend_url`.
/// Wasmtime takes configuration on its command line alone, where other users of the machine read it, and where no value
/// can have a comma; of its environment it hands on what it is told to.
impl Variables for Wasi {
    async fn variable(&self, name: &str) -> anyhow::Result<Option<String>> {
        let configured =
            config::get(name).map_err(|_| anyhow!("the configuration could not be read"))?;
        let in_environment = || std::env::var(format!("PORTICO_{}", name.to_uppercase())).ok();
        Ok(configured.or_else(in_environment))
    }
}
