//! A Wasmtime embedding that runs Portico's Wasm from its own `spin.toml`, for tests and for local runs where the
//! Spin CLI is not installed.
//!
//! It is not a second Spin: it has only the interfaces that Portico uses, and it reads only the parts of the manifest
//! that Portico has. These behave as on Spin.
//!
//! In reading order: a [`manifest`] with [`template`]s over [`variables`], and a [`runtime_config`] with its
//! [`key_value`] stores, say what a [`Host`] is to run. It compiles the component to a [`Program`], whose instances
//! serve requests.
//!
//! ```no_run
//! # async fn run() -> anyhow::Result<()> {
//! use portico_host::Host;
//!
//! let host = Host::builder("spin.toml")
//!     .variable("frontend_url", "https://app.example.com")
//!     .start()
//!     .await?;
//! println!("http://{}", host.addr());
//! host.shutdown().await;
//! # Ok(())
//! # }
//! ```

pub mod allowed_hosts;
pub mod key_value;
pub mod manifest;
pub mod runtime_config;
pub mod template;
pub mod variables;

mod body;
mod builder;
mod clock;
mod closing;
mod compiled;
mod engine;
mod fuel;
mod host;
mod instance;
mod interfaces;
mod logs;
mod lost;
mod outbound;
mod program;
mod server;
mod state;
mod stores;

pub use builder::HostBuilder;
pub use clock::Clock;
pub use engine::EngineOptions;
pub use host::Host;
pub use key_value::KeyValue;
pub use logs::LogSink;
pub use manifest::Manifest;
pub use program::Program;
pub use variables::VariableError;
