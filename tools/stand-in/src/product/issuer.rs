//! The product's identity provider.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::json;

use crate::tokens;
use crate::webhook::hex;

/// The `aud` of all tokens.
pub const AUDIENCE: &str = "portico-dev";
/// The hours for which a token is valid.
pub(super) const VALID_FOR_HOURS: u64 = 8;

/// Issues tokens with a secret that exists for this run alone.
pub struct Issuer {
    name: String,
    secret: String,
}

/// Makes a secret for the events of this run alone, in the form of Stripe's.
#[must_use]
pub fn webhook_secret() -> String {
    format!("whsec_{}", random())
}

/// Returns 32 random bytes in hex.
fn random() -> String {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).expect("the system has random numbers");
    hex(&bytes)
}

impl Issuer {
    /// Makes an issuer with a fresh secret of 32 random bytes. `name` is the `iss` of its tokens.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            secret: random(),
        }
    }

    /// Returns the `iss` of its tokens.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the secret as the variable takes it: the key is the text itself, not the bytes that it spells.
    #[must_use]
    pub fn secret(&self) -> &str {
        &self.secret
    }

    /// Makes a token for one user, valid from now for eight hours.
    #[must_use]
    pub fn token_for(&self, user: &str) -> String {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let now = now.unwrap_or_default().as_secs();
        let claims = json!({
            "iss": self.name, "aud": AUDIENCE, "sub": user,
            "iat": now, "nbf": now, "exp": now + VALID_FOR_HOURS * 60 * 60,
        });
        tokens::hs256(&claims, self.secret.as_bytes())
    }
}
