//! The identity provider's keys as a document, and as the record in which instances share them.

use std::time::Duration;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::jwk;
use super::keys::{Key, Keys, PassedOver};
use super::settings::AuthSettings;
use crate::signatures::Unusable;
use crate::strict_json;
use crate::text::sha256_hex;

/// The most bytes of a JWK Set that are read. Real ones have a few thousand.
pub const MAX_DOCUMENT_BYTES: usize = 256 * 1024;

/// The most keys that a JWK Set may have. Real ones have two or three.
pub const MAX_KEYS: usize = 100;

/// Keys older than this are fetched again. A key that the provider removes is honoured for so long at the most, while
/// the provider answers.
pub const FRESH_FOR: Duration = Duration::from_secs(10 * 60);

/// Keys older than this are not used any more. Until then, they are kept while the provider is down: most tokens that
/// it issued before have expired by then, and new ones it cannot issue.
pub const USABLE_FOR: Duration = Duration::from_secs(24 * 3_600);

/// The keys of the identity provider, as fetched at one time.
#[derive(Debug)]
pub struct KeySet {
    pub keys: Vec<Key>,
    /// The entries that are not usable, where this instance fetched the set.
    pub passed_over: PassedOver,
    /// The time of the fetch, since the Unix epoch.
    pub fetched_at: Duration,
    /// Tells one set of keys from another, whenever fetched.
    pub fingerprint: Fingerprint,
    /// The usable keys as JWKs.
    jwks: Value,
}

/// The digest of a set of keys.
pub type Fingerprint = [u8; 32];

/// The age of a set of keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Age {
    /// The set can be used as it is.
    Fresh,
    /// The set is to be fetched again, and can be used if that fails.
    Stale,
    /// The set cannot be used.
    Expired,
}

impl KeySet {
    /// Reads a JWK Set (RFC 7517, section 5). The text of an error says what is wrong, for the log.
    pub fn parse(document: &[u8], fetched_at: Duration) -> Result<Self, &'static str> {
        if document.len() > MAX_DOCUMENT_BYTES {
            return Err("the JWKS is longer than 256 KiB");
        }
        // RFC 8259, section 8.1: a byte order mark may be ignored.
        let document = document.strip_prefix(b"\xef\xbb\xbf").unwrap_or(document);
        let set: jwk::Set<'_> = serde_json::from_slice(document)
            .map_err(|_| "the JWKS is not a JSON object with one array `keys`")?;
        if set.keys.len() > MAX_KEYS {
            return Err("the JWKS has more than 100 keys");
        }
        Ok(Self::new(set.entries(), fetched_at))
    }

    fn new(entries: impl Iterator<Item = Result<Value, Unusable>>, fetched_at: Duration) -> Self {
        let mut keys = Keys::default();
        let mut jwks = Vec::new();
        for entry in entries {
            let key = entry.as_ref().map_err(|why| *why).and_then(jwk::read);
            if key.is_ok() {
                jwks.extend(entry.ok().as_ref().map(public_members));
            }
            keys.take(key);
        }
        let jwks = Value::Array(jwks);
        Self {
            keys: keys.usable,
            passed_over: keys.passed_over,
            fetched_at,
            fingerprint: Sha256::digest(jwks.to_string().as_bytes()).into(),
            jwks,
        }
    }

    /// Writes the record for other instances.
    #[must_use]
    pub fn to_record(&self) -> Vec<u8> {
        let fetched_at = u64::try_from(self.fetched_at.as_millis()).unwrap_or(u64::MAX);
        json!({ "fetched_at_ms": fetched_at, "keys": self.jwks })
            .to_string()
            .into_bytes()
    }

    /// Reads the record of another instance; `None` if it is not one.
    #[must_use]
    pub fn from_record(record: &[u8]) -> Option<Self> {
        let record = strict_json::parse(record).ok()?;
        let fetched_at = record.get("fetched_at_ms")?.as_u64()?;
        let entries = record.get("keys")?.as_array()?.iter().cloned().map(Ok);
        Some(Self::new(entries, Duration::from_millis(fetched_at)))
    }

    /// Returns true if the keys can be used as they are.
    #[must_use]
    pub fn is_fresh(&self, now: Duration) -> bool {
        age(self.fetched_at, now) == Age::Fresh
    }

    /// Returns true if the keys can be used while no newer ones are to be had.
    #[must_use]
    pub fn is_usable(&self, now: Duration) -> bool {
        age(self.fetched_at, now) != Age::Expired
    }
}

/// Tells the age of a set of keys. One from the future, left by a clock that was wrong, is fetched again.
#[must_use]
pub fn age(fetched_at: Duration, now: Duration) -> Age {
    match now.checked_sub(fetched_at) {
        Some(age) if age < FRESH_FOR => Age::Fresh,
        Some(age) if age < USABLE_FOR => Age::Stale,
        // Clocks of two machines differ by a little.
        None if fetched_at.saturating_sub(now) < FRESH_FOR => Age::Stale,
        _ => Age::Expired,
    }
}

/// The members of a JWK that make a key of ours; the rest (certificates, private members of a provider that publishes
/// too much) is nobody's business.
fn public_members(jwk: &Value) -> Value {
    ["kty", "kid", "n", "e", "crv", "x", "y"]
        .into_iter()
        .filter_map(|name| Some((name.to_owned(), jwk.get(name)?.clone())))
        .collect()
}

/// The names under which instances share the keys of a provider. They belong to the issuers and the address, so that
/// keys of one configuration never serve another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreKeys {
    /// The key of the record with the keys.
    pub record: String,
    /// The key of the record with the latest attempts to fetch.
    pub attempts: String,
}

impl StoreKeys {
    /// Makes the names for a configuration; `None` where no provider is configured.
    #[must_use]
    pub fn new(config: &AuthSettings) -> Option<Self> {
        let source = config.jwks.as_ref()?;
        let identity = json!([config.issuers, source.origin.as_str(), source.path]).to_string();
        let id = sha256_hex(identity.as_bytes(), 16);
        Some(Self {
            record: format!("jwks:{id}"),
            attempts: format!("jwks:{id}:attempts"),
        })
    }

    /// Returns the name of the counter by which one of the instances that want newer keys than these claims the fetch.
    /// Time is part of the name, so that a claim whose instance is gone delays nobody for longer than a failed fetch
    /// does.
    #[must_use]
    pub fn claim(&self, held: Option<Duration>, now: Duration) -> String {
        let held = held.map_or(0, |fetched_at| fetched_at.as_millis());
        format!("{}:claim:{held}:{}", self.record, now.as_secs() / 2)
    }
}
