//! Where the end-to-end tests find the project.

/// The project's root directory.
pub const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
