//! Tokens that were verified before, so that a user's next request does not pay for the signature again.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use constant_time_eq::constant_time_eq;
use sha2::{Digest, Sha256};

use super::claims::Verified;
use super::jwks::Fingerprint;

/// The most tokens that are remembered. An instance serves a hundred or so requests before it is replaced.
const MAX_TOKENS: usize = 256;

/// The SHA-256 of a signing input, by which a token is found. Two inputs with one digest cannot be made.
type InputDigest = [u8; 32];

/// A token as it is looked for: by its signing input (RFC 7515, section 2) and its signature. The input is hashed to make
/// a short name. The signature need not be: an RS256 token has one of 342 characters, and comparing them costs little.
#[derive(Clone, Copy)]
pub(super) struct Presented<'a> {
    input: InputDigest,
    signature: &'a str,
}

impl<'a> Presented<'a> {
    /// Splits a token; `None` if the text has no dot, and so is no token.
    pub(super) fn new(token: &'a str) -> Option<Self> {
        let (input, signature) = token.rsplit_once('.')?;
        Some(Self {
            input: Sha256::digest(input.as_bytes()).into(),
            signature,
        })
    }

    /// Compares the signatures, in a time that does not depend on where the two differ.
    fn has(&self, signature: &str) -> bool {
        constant_time_eq(self.signature.as_bytes(), signature.as_bytes())
    }
}

/// Remembered tokens. Only a [`Verified`] can enter, and only the verification makes one.
#[derive(Debug, Default)]
pub(super) struct VerifiedTokens(Mutex<Remembered>);

#[derive(Debug, Default)]
struct Remembered {
    tokens: BTreeMap<InputDigest, Token>,
    /// The digests by age, oldest first.
    order: VecDeque<InputDigest>,
}

#[derive(Debug)]
struct Token {
    /// The signature as the token has it.
    signature: Box<str>,
    verified: Verified,
    /// The key set whose key verified the token; `None` for a key of the configuration, which does not change.
    key_set: Option<Fingerprint>,
}

impl VerifiedTokens {
    /// Finds a token that was verified before and has not expired, and the key set that verified it. The caller checks
    /// that this key set is still the one in force.
    pub(super) fn find(
        &self,
        presented: Presented<'_>,
        now: Duration,
    ) -> Option<(Verified, Option<Fingerprint>)> {
        let remembered = self.remembered();
        let token = remembered.tokens.get(&presented.input)?;
        let valid = presented.has(&token.signature) && now < token.verified.valid_until;
        valid.then(|| (token.verified.clone(), token.key_set))
    }

    /// Remembers a verified token, in place of another one with the same signing input: algorithms that use randomness
    /// sign the same input in many ways.
    pub(super) fn remember(
        &self,
        Presented { input, signature }: Presented<'_>,
        key_set: Option<Fingerprint>,
        verified: Verified,
    ) {
        let mut remembered = self.remembered();
        // A removed key may have verified the tokens of another set.
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
        let token = Token {
            signature: signature.into(),
            verified,
            key_set,
        };
        let known = remembered.tokens.insert(input, token);
        if known.is_none() {
            remembered.order.push_back(input);
        }
    }

    fn remembered(&self) -> MutexGuard<'_, Remembered> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::user::User;

    fn remember(tokens: &VerifiedTokens, token: &str, key_set: Fingerprint) {
        let verified = Verified {
            user: User::authenticated("user_1").unwrap(),
            manages: true,
            valid_until: Duration::from_secs(1),
        };
        tokens.remember(Presented::new(token).unwrap(), Some(key_set), verified);
    }

    fn is_found(tokens: &VerifiedTokens, token: &str) -> bool {
        let presented = Presented::new(token).unwrap();
        tokens.find(presented, Duration::ZERO).is_some()
    }

    #[test]
    fn a_token_is_its_signing_input_and_its_signature() {
        let tokens = VerifiedTokens::default();
        remember(&tokens, "h.p.signed", [1; 32]);
        assert!(is_found(&tokens, "h.p.signed"));
        for other in [
            "h.p.signee",
            "h.p.signe",
            "h.p.signed0",
            "h.p.",
            "h.q.signed",
            "h.psigned",
            "h.p.x.signed",
            ".signed",
        ] {
            assert!(!is_found(&tokens, other), "{other}");
        }
        assert!(Presented::new("hpsigned").is_none());
    }

    #[test]
    fn of_two_signatures_over_one_input_the_last_one_is_remembered() {
        let tokens = VerifiedTokens::default();
        remember(&tokens, "h.p.one", [1; 32]);
        remember(&tokens, "h.p.two", [1; 32]);
        assert!(!is_found(&tokens, "h.p.one"));
        assert!(is_found(&tokens, "h.p.two"));
        assert_eq!(tokens.remembered().order.len(), 1);
    }

    #[test]
    fn a_token_that_was_removed_takes_nobodys_place() {
        let tokens = VerifiedTokens::default();
        let token = |n: i32| format!("h.{n}.s");
        for n in 0..256 {
            remember(&tokens, &token(n), [1; 32]);
        }
        for n in 256..512 {
            remember(&tokens, &token(n), [2; 32]);
        }
        let found = |n: i32| is_found(&tokens, &token(n));
        assert_eq!((0..256).filter(|&n| found(n)).count(), 0);
        assert_eq!((256..512).filter(|&n| found(n)).count(), 256);
        assert_eq!(tokens.remembered().order.len(), 256);
    }
}
