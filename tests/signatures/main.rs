//! The signature checks against independent judges: those of `jwt-simple` on signatures that are good, bent, truncated,
//! malleable and random, and the vectors of Project Wycheproof.
//!
//! `cargo xtask test` runs these tests twice, natively and as Wasm. There, numbers have words of another size, and other
//! code computes with them.

mod eddsa;
mod es256;
mod es384;
mod hs256;
mod jws;
mod rs256;
mod wycheproof;
