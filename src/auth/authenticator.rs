//! The way from a request's headers to its user, with all keys and everything remembered.

use std::sync::OnceLock;
use std::time::Duration;

use http::HeaderMap;

use super::jwks::{Fingerprint, StoreKeys};
use super::key_source::{KeySource, KeysUnavailable};
use super::keys::Algorithm;
use super::token::UnverifiedToken;
use super::verified::VerifiedTokens;
use super::{Refusal, User, Verified, bearer_token};
use crate::config::{JwksSource, TokenConfig};
use crate::host::{Clock, Fetch, Store};

/// What authentication needs to remember from one request to the next.
#[derive(Debug, Default)]
pub struct Authenticator {
    source: KeySource,
    names: OnceLock<Option<StoreKeys>>,
    verified: VerifiedTokens,
}

/// Why a request has no user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AuthFailure {
    /// Its token is missing or not good.
    Refused(Refusal),
    /// Whether its token is good cannot be told, for lack of keys; the text says why.
    KeysUnavailable(String),
}

impl From<Refusal> for AuthFailure {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<KeysUnavailable> for AuthFailure {
    fn from(KeysUnavailable(why): KeysUnavailable) -> Self {
        Self::KeysUnavailable(why)
    }
}

impl Authenticator {
    /// Finds the user of a request.
    ///
    /// # Errors
    /// The token is missing or not good, or no keys can be had.
    pub async fn authenticate(
        &self,
        host: &(impl Clock + Store + Fetch),
        config: &TokenConfig,
        headers: &HeaderMap,
    ) -> Result<User, AuthFailure> {
        let text = bearer_token(headers, config.max_token_bytes)?;
        let digest = VerifiedTokens::digest(text);
        if let Some((user, key_set)) = self.verified.find(&digest, host.now())
            && self.is_in_force(host, config, key_set).await
        {
            return Ok(user);
        }
        let token = UnverifiedToken::parse(text)?;
        let (verified, key_set) = match token.verify(&config.keys, config, host.now()) {
            Ok(verified) => (verified, None),
            // A configured key may have the same identifier, or none, and yet not be the one.
            Err(refusal @ (Refusal::NoKey | Refusal::Signature)) => match self.provider(config) {
                Some((source, names)) if token.algorithm() != Algorithm::Hs256 => {
                    let (verified, key_set) = self
                        .verify_with_provider(host, config, source, names, &token)
                        .await?;
                    (verified, Some(key_set))
                }
                _ => return Err(refusal.into()),
            },
            Err(refusal) => return Err(refusal.into()),
        };
        let user = verified.user.clone();
        self.verified.remember(digest, key_set, verified);
        Ok(user)
    }

    /// Whether there is key material to verify a token with; if the keys are the identity provider's alone, they are
    /// fetched to find out.
    ///
    /// # Errors
    /// There is none; the text says why.
    pub async fn check_keys(
        &self,
        host: &(impl Clock + Store + Fetch),
        config: &TokenConfig,
    ) -> Result<(), String> {
        match self.provider(config) {
            Some((source, names)) if config.keys.is_empty() => {
                match self.source.current(host, source, names).await {
                    Ok(keys) if keys.keys.is_empty() => {
                        Err("the JWKS has no usable key".to_owned())
                    }
                    Ok(_) => Ok(()),
                    Err(KeysUnavailable(why)) => Err(why),
                }
            }
            _ => Ok(()),
        }
    }

    /// Why the identity provider's keys that are in use could not be renewed, if so.
    #[must_use]
    pub fn stale_keys(&self) -> Option<String> {
        self.source.failure()
    }

    async fn verify_with_provider(
        &self,
        host: &(impl Clock + Store + Fetch),
        config: &TokenConfig,
        source: &JwksSource,
        names: &StoreKeys,
        token: &UnverifiedToken<'_>,
    ) -> Result<(Verified, Fingerprint), AuthFailure> {
        let mut keys = self.source.current(host, source, names).await?;
        loop {
            match token.verify(&keys.keys, config, host.now()) {
                Ok(verified) => return Ok((verified, keys.fingerprint)),
                // The key may be a new one. Each round has newer keys than the last, and fetching is limited.
                Err(refusal @ (Refusal::NoKey | Refusal::Signature))
                    if !token.names_one_of(&keys.keys) =>
                {
                    let newer = self.source.newer(host, source, names, &keys).await;
                    keys = newer.ok_or(refusal)?;
                }
                Err(refusal) => return Err(refusal.into()),
            }
        }
    }

    /// Whether the key set that verified a token is still the one that would verify it now.
    async fn is_in_force(
        &self,
        host: &(impl Clock + Store + Fetch),
        config: &TokenConfig,
        key_set: Option<Fingerprint>,
    ) -> bool {
        let Some(fingerprint) = key_set else {
            return true;
        };
        let Some((source, names)) = self.provider(config) else {
            return false;
        };
        let current = self.source.current(host, source, names).await;
        current.is_ok_and(|keys| keys.fingerprint == fingerprint)
    }

    fn provider<'a>(&'a self, config: &'a TokenConfig) -> Option<(&'a JwksSource, &'a StoreKeys)> {
        let names = self.names.get_or_init(|| StoreKeys::new(config));
        Some((config.jwks.as_ref()?, names.as_ref()?))
    }
}

/// Verifies a token with given keys, and nothing remembered.
///
/// # Errors
/// A check failed.
pub fn verify(
    token: &str,
    config: &TokenConfig,
    keys: &[super::keys::Key],
    now: Duration,
) -> Result<User, Refusal> {
    UnverifiedToken::parse(token)?
        .verify(keys, config, now)
        .map(|verified| verified.user)
}

#[cfg(test)]
mod tests;
