//! Authentication: from a request's headers to its user, with all keys and everything remembered.

use std::borrow::Cow;
use std::sync::OnceLock;
use std::time::Duration;

use http::HeaderMap;

use super::bearer::bearer_token;
use super::claims::Verified;
use super::jwks::{Fingerprint, StoreKeys};
use super::key_policy::Want;
use super::key_source::{KeySource, NoKeys};
use super::keys::{Key, PassedOver};
use super::refusal::Refusal;
use super::settings::{AuthSettings, JwksSource};
use super::token::UnverifiedToken;
use super::verified::{Presented, VerifiedTokens};
use crate::platform::{Clock, Counters, Fetch, Store};
use crate::signatures::hs256;
use crate::user::User;

/// Authenticates requests, and remembers keys and tokens from one request to the next.
#[derive(Debug, Default)]
pub struct Authenticator {
    source: KeySource,
    names: OnceLock<Option<StoreKeys>>,
    verified: VerifiedTokens,
}

/// A user that a verified token names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authentic {
    pub user: User,
    /// True if the user may manage billing.
    pub manages: bool,
    /// The reason why the keys that verified the token are stale: the identity provider did not renew them.
    pub stale_keys: Option<String>,
}

/// The reason why a request has no user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AuthFailure {
    /// The token is missing or not good. The key that it needs may be one that was passed over.
    Refused(Refusal, PassedOver),
    /// For lack of keys, nobody can tell whether the token is good; the text says why.
    KeysUnavailable(String),
}

impl From<Refusal> for AuthFailure {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal, PassedOver::default())
    }
}

impl AuthFailure {
    /// Returns the reason for the log.
    #[must_use]
    pub fn reason(&self) -> Cow<'static, str> {
        match self {
            Self::Refused(refusal @ Refusal::NoKey, passed_over) => {
                format!("{refusal}{passed_over}").into()
            }
            Self::Refused(refusal, _) => refusal.reason().into(),
            Self::KeysUnavailable(why) => why.clone().into(),
        }
    }
}

/// The identity provider, where one is configured.
#[derive(Clone, Copy)]
struct Provider<'a> {
    source: &'a JwksSource,
    names: &'a StoreKeys,
}

impl Verified {
    fn authentic(self, stale_keys: Option<String>) -> Authentic {
        Authentic {
            user: self.user,
            manages: self.manages,
            stale_keys,
        }
    }
}

impl Authenticator {
    /// Finds the user of a request.
    pub async fn authenticate(
        &self,
        platform: &(impl Clock + Store + Counters + Fetch),
        settings: &AuthSettings,
        headers: &HeaderMap,
    ) -> Result<Authentic, AuthFailure> {
        let text = bearer_token(headers, settings.max_token_bytes)?;
        let presented = Presented::new(text).ok_or(Refusal::Malformed)?;
        let provider = self.provider(settings);
        if let Some((verified, key_set)) = self.verified.find(presented, platform.now())
            && let Some(stale_keys) = self.in_force(platform, provider, key_set).await
        {
            return Ok(verified.authentic(stale_keys));
        }
        let token = UnverifiedToken::parse(text)?;
        let refusal = match token.verify(&settings.keys, settings, platform.now()) {
            Ok(verified) => {
                self.verified.remember(presented, None, verified.clone());
                return Ok(verified.authentic(None));
            }
            Err(refusal) => refusal,
        };
        // A configured key may have the same identifier, or none, and yet not be the one.
        let may_be_the_providers = matches!(refusal, Refusal::NoKey | Refusal::Signature)
            && *token.algorithm() != hs256::ALGORITHM;
        let Some(provider) = provider.filter(|_| may_be_the_providers) else {
            return Err(AuthFailure::Refused(refusal, settings.passed_over));
        };
        let (verified, key_set, stale_keys) = self
            .verify_with_provider(platform, settings, provider, &token)
            .await?;
        let key_set = Some(key_set);
        self.verified.remember(presented, key_set, verified.clone());
        Ok(verified.authentic(stale_keys))
    }

    /// Checks that there is key material to verify a token with. Keys that the identity provider alone has are fetched
    /// to find out.
    pub async fn check_keys(
        &self,
        platform: &(impl Clock + Store + Counters + Fetch),
        settings: &AuthSettings,
    ) -> Result<(), String> {
        let Some(Provider { source, names }) = self.provider(settings) else {
            return Ok(());
        };
        if !settings.keys.is_empty() {
            return Ok(());
        }
        let keys = self.source.keys(platform, source, names, Want::Usable);
        match keys.await {
            Ok(_) | Err(NoKeys::NoneNewer) => Ok(()),
            Err(NoKeys::Unavailable(why)) => Err(why),
        }
    }

    async fn verify_with_provider(
        &self,
        platform: &(impl Clock + Store + Counters + Fetch),
        settings: &AuthSettings,
        Provider { source, names }: Provider<'_>,
        token: &UnverifiedToken<'_>,
    ) -> Result<(Verified, Fingerprint, Option<String>), AuthFailure> {
        let asked_at = platform.now();
        let mut want = Want::Usable;
        let mut refusal = AuthFailure::from(Refusal::NoKey);
        loop {
            let keys = match self.source.keys(platform, source, names, want).await {
                Ok(keys) => keys,
                Err(NoKeys::NoneNewer) => return Err(refusal),
                Err(NoKeys::Unavailable(why)) => return Err(AuthFailure::KeysUnavailable(why)),
            };
            match token.verify(&keys.set.keys, settings, platform.now()) {
                Ok(verified) => return Ok((verified, keys.set.fingerprint, keys.stale)),
                // The key may be a new one, unless the keys were fetched since the token came.
                Err(why @ (Refusal::NoKey | Refusal::Signature))
                    if !token.names_one_of(&keys.set.keys) && keys.set.fetched_at < asked_at =>
                {
                    want = Want::NewerThan(keys.set.fetched_at);
                    refusal = AuthFailure::Refused(why, keys.set.passed_over);
                }
                Err(why) => return Err(AuthFailure::Refused(why, keys.set.passed_over)),
            }
        }
    }

    /// Checks that the key set that verified a token would still verify it now; `None` if not. The text says why a
    /// stale one could not be renewed. A key of the configuration does not change.
    async fn in_force(
        &self,
        platform: &(impl Clock + Store + Counters + Fetch),
        provider: Option<Provider<'_>>,
        key_set: Option<Fingerprint>,
    ) -> Option<Option<String>> {
        let Some(fingerprint) = key_set else {
            return Some(None);
        };
        let Provider { source, names } = provider?;
        let keys = self.source.keys(platform, source, names, Want::Usable);
        let keys = keys.await.ok()?;
        (keys.set.fingerprint == fingerprint).then_some(keys.stale)
    }

    fn provider<'a>(&'a self, settings: &'a AuthSettings) -> Option<Provider<'a>> {
        let names = self.names.get_or_init(|| StoreKeys::new(settings));
        Some(Provider {
            source: settings.jwks.as_ref()?,
            names: names.as_ref()?,
        })
    }
}

/// Verifies a token with the given keys, and remembers nothing.
pub fn verify(
    token: &str,
    settings: &AuthSettings,
    keys: &[Key],
    now: Duration,
) -> Result<User, Refusal> {
    UnverifiedToken::parse(token)?
        .verify(keys, settings, now)
        .map(|verified| verified.user)
}

#[cfg(test)]
mod tests;
