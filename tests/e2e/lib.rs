//! The paths of the project and of the Wasm for the end-to-end tests, and the tests that run on each host.
//!
//! It needs nothing, so that `cargo xtask` can ask it.

use std::path::{Path, PathBuf};

pub mod hosts;

/// The project's root directory.
pub const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// The variable that names the profile of the Wasm to test. Without it, that is the one which is deployed.
pub const PROFILE: &str = "PORTICO_WASM_PROFILE";

/// The profile of the Wasm which is deployed.
pub const RELEASE: &str = "release";

/// Returns the profile of the Wasm to test.
#[must_use]
pub fn profile() -> String {
    std::env::var(PROFILE).unwrap_or_else(|_| RELEASE.to_owned())
}

/// Returns where a build of the component is: `portico`, `portico-edge` or `portico-wasi`.
///
/// # Panics
///
/// If it has not been built.
#[must_use]
pub fn wasm(name: &str) -> PathBuf {
    let wasm = Path::new(ROOT)
        .join("target/wasm32-wasip1")
        .join(profile())
        .join(name)
        .with_extension("wasm");
    assert!(
        wasm.exists(),
        "{} is not built: run the tests by `cargo xtask test`",
        wasm.display()
    );
    wasm
}
