//! The rules for the tokens that are accepted.

use std::time::Duration;

use super::claim::Claim;
use super::keys::{Key, PassedOver};
use super::managers::Managers;
use crate::origin::Origin;

/// The rules for the tokens that are accepted.
#[derive(Debug)]
pub struct AuthSettings {
    /// Accepted values of `iss`.
    pub issuers: Vec<String>,
    /// Accepted values of the audience claim.
    pub audiences: Vec<String>,
    /// The claim that has the audience: `aud`, but for providers whose tokens have none.
    pub audience_claim: Claim,
    /// The claim that names the user.
    pub user_claim: Claim,
    /// The users who may manage billing; `None` where every user may.
    pub managers: Option<Managers>,
    /// The tolerance for the issuer's clock, in both directions.
    pub leeway: Duration,
    /// The most bytes that a token may have.
    pub max_token_bytes: usize,
    /// The keys that the operator configured.
    pub keys: Vec<Key>,
    /// The keys that the operator configured and that cannot be used.
    pub passed_over: PassedOver,
    /// The place where the identity provider serves its keys.
    pub jwks: Option<JwksSource>,
}

/// The place where the identity provider serves its keys (RFC 7517, section 5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JwksSource {
    /// The origin, which is an allowed outbound host.
    pub origin: Origin,
    /// The path of the document there.
    pub path: String,
}
