//! Checks that documents, manifests and the code agree, and that imports run downwards. Nothing here starts a program
//! of the project or reads the Wasm.

mod deploy;
mod documents;
mod files;
mod identity_providers;
mod imports;
mod manifest;
mod map;
mod reasons;
