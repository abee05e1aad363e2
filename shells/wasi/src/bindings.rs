//! Bindings to the world in `wit/wasi`.

#![allow(missing_docs, clippy::pedantic, reason = "this is generated code")]

wit_bindgen::generate!({
    world: "portico",
    path: "../../wit/wasi",
    generate_all,
});
