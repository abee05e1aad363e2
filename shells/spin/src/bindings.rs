//! Bindings to the world in `wit/spin`.

#![cfg(feature = "atomics")]
#![allow(missing_docs, clippy::pedantic, reason = "this is generated code")]

wit_bindgen::generate!({
    world: "portico",
    path: "../../wit/spin",
    generate_all,
});
