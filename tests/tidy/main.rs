//! Checks that documents, manifests and the code agree, and that imports run downwards. Nothing here starts a program
//! of the project or reads the Wasm.

#![allow(
    clippy::case_sensitive_file_extension_comparisons,
    reason = "the names of the project's files are written in lower case"
)]

mod deploy;
mod documents;
mod files;
mod identity_providers;
mod imports;
mod manifest;
mod map;
mod reasons;
mod release;
