//! `Authorization` header → verified user.
//!
//! The header's claims about itself are never trusted: a key decides which algorithm it verifies, the configuration
//! decides whose tokens count, and only what a valid signature covers is read. The checks follow RFC 7519, RFC 8725
//! and, for the header, RFC 6750.

mod authenticator;
mod bearer;
mod claim;
mod claims;
mod der;
pub mod jwk;
pub mod jwks;
mod key_policy;
mod key_source;
pub mod keys;
mod managers;
mod public_keys;
mod refusal;
mod settings;
mod token;
mod verified;

pub use authenticator::{AuthFailure, Authentic, Authenticator, verify};
pub use bearer::bearer_token;
pub use claim::Claim;
pub use managers::Managers;
pub use public_keys::parse as parse_public_keys;
pub use refusal::Refusal;
pub use settings::{AuthSettings, JwksSource};

#[cfg(test)]
mod tests;
