//! The identity provider.

use std::fmt::Write as _;

use anyhow::Result;
use jwt_simple::prelude::{Claims, Duration, HS256Key, MACLike as _};

/// The `aud` of the tokens.
pub const AUDIENCE: &str = "portico-dev";
/// How long a token is valid.
pub(super) const VALID_FOR_HOURS: u64 = 8;

/// Issues tokens with a secret that exists for this run alone.
pub struct Issuer {
    name: String,
    secret: String,
}

/// A secret for the events of this run alone, in the form of Stripe's.
#[must_use]
pub fn webhook_secret() -> String {
    format!("whsec_{}", random())
}

/// 32 random bytes in hex.
fn random() -> String {
    let mut text = String::new();
    for byte in HS256Key::generate().to_bytes() {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

impl Issuer {
    /// An issuer with a fresh secret of 32 random bytes. `name` is the `iss` of its tokens.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            secret: random(),
        }
    }

    /// The `iss` of its tokens.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The secret as the variable takes it: the key is the text itself, not the bytes that it spells.
    #[must_use]
    pub fn secret(&self) -> &str {
        &self.secret
    }

    /// A token for one user, valid from now for eight hours.
    ///
    /// # Errors
    ///
    /// When it cannot be signed.
    pub fn token_for(&self, user: &str) -> Result<String> {
        let claims = Claims::create(Duration::from_hours(VALID_FOR_HOURS))
            .with_issuer(&self.name)
            .with_audience(AUDIENCE)
            .with_subject(user);
        HS256Key::from_bytes(self.secret.as_bytes()).authenticate(claims)
    }
}
