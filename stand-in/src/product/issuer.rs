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

impl Issuer {
    /// An issuer with a fresh secret of 32 random bytes. `name` is the `iss` of its tokens.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        let mut secret = String::new();
        for byte in HS256Key::generate().to_bytes() {
            // Writing to a string cannot fail.
            let _ = write!(secret, "{byte:02x}");
        }
        Self {
            name: name.into(),
            secret,
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
