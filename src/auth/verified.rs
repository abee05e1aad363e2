//! Tokens that were verified before, so that a user's next request does not pay for the signature again.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sha2::{Digest, Sha256};

use super::claims::Verified;
use super::jwks::Fingerprint;
use crate::user::User;

/// How many tokens are remembered. An instance serves a hundred or so requests before it is replaced.
const MAX_TOKENS: usize = 256;

/// A token's name: its SHA-256. Two tokens with one digest cannot be made, and the digest is no secret.
pub(super) type TokenDigest = [u8; 32];

/// Remembered tokens. Only a [`Verified`] can enter, and only the verification makes one.
#[derive(Debug, Default)]
pub(super) struct VerifiedTokens(Mutex<Remembered>);

#[derive(Debug, Default)]
struct Remembered {
    tokens: BTreeMap<TokenDigest, Token>,
    /// The digests by age, oldest first.
    order: VecDeque<TokenDigest>,
}

#[derive(Debug)]
struct Token {
    verified: Verified,
    /// The key set whose key verified the token; `None` for a key of the configuration, which does not change.
    key_set: Option<Fingerprint>,
}

impl VerifiedTokens {
    pub(super) fn digest(token: &str) -> TokenDigest {
        Sha256::digest(token.as_bytes()).into()
    }

    /// The user of a token that was verified before and has not expired, and the key set that verified it. It is for
    /// the caller to see that this key set is still the one in force.
    pub(super) fn find(
        &self,
        token: &TokenDigest,
        now: Duration,
    ) -> Option<(User, Option<Fingerprint>)> {
        let remembered = self.remembered();
        let token = remembered.tokens.get(token)?;
        let valid = now < token.verified.valid_until;
        valid.then(|| (token.verified.user.clone(), token.key_set))
    }

    /// Remembers a verified token.
    pub(super) fn remember(
        &self,
        token: TokenDigest,
        key_set: Option<Fingerprint>,
        verified: Verified,
    ) {
        let mut remembered = self.remembered();
        // What another set of keys verified may be what a removed key verified.
        if key_set.is_some() {
            let Remembered { tokens, order } = &mut *remembered;
            tokens.retain(|_, token| token.key_set.is_none() || token.key_set == key_set);
            if order.len() != tokens.len() {
                // A digest without its token would take the place of one that is remembered.
                order.retain(|digest| tokens.contains_key(digest));
            }
        }
        while remembered.order.len() >= MAX_TOKENS {
            if let Some(oldest) = remembered.order.pop_front() {
                remembered.tokens.remove(&oldest);
            }
        }
        let known = remembered.tokens.insert(token, Token { verified, key_set });
        if known.is_none() {
            remembered.order.push_back(token);
        }
    }

    fn remembered(&self) -> MutexGuard<'_, Remembered> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(n: u64) -> TokenDigest {
        VerifiedTokens::digest(&n.to_string())
    }

    fn remember(tokens: &VerifiedTokens, n: u64, key_set: Fingerprint) {
        let verified = Verified {
            user: User::named("user_1").unwrap(),
            valid_until: Duration::from_secs(1),
        };
        tokens.remember(token(n), Some(key_set), verified);
    }

    #[test]
    fn a_token_that_was_removed_takes_nobodys_place() {
        let tokens = VerifiedTokens::default();
        for n in 0..256 {
            remember(&tokens, n, [1; 32]);
        }
        for n in 256..512 {
            remember(&tokens, n, [2; 32]);
        }
        let found = |n| tokens.find(&token(n), Duration::ZERO).is_some();
        assert_eq!((0..256).filter(|&n| found(n)).count(), 0);
        assert_eq!((256..512).filter(|&n| found(n)).count(), 256);
        assert_eq!(tokens.remembered().order.len(), 256);
    }
}
