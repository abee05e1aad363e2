//! A token before and while its signature is verified (RFC 7515, compact serialisation).

use std::time::Duration;

use jwt_simple::reexports::ct_codecs::{Base64UrlSafeNoPadding, Decoder};
use serde_json::{Map, Value};

use super::claims::{self, Verified, VerifiedClaims};
use super::keys::{Algorithm, Key, MAX_KEYS_TRIED};
use super::refusal::Refusal;
use super::settings::Settings;
use crate::strict_json;

/// A token whose form is right, and of which nothing else is known.
pub(super) struct UnverifiedToken<'a> {
    text: &'a str,
    payload: &'a str,
    algorithm: Algorithm,
    key_id: Option<String>,
}

impl<'a> UnverifiedToken<'a> {
    /// Parses the token's form and its header.
    pub(super) fn parse(text: &'a str) -> Result<Self, Refusal> {
        // Dots are counted before anything is decoded, so that a flood of them costs one pass over a bounded text.
        let mut parts = text.splitn(4, '.');
        let (Some(header), Some(payload), Some(_signature), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(Refusal::Malformed);
        };
        let header = decode_object(header)?;
        for parameter in ["crit", "b64", "zip", "jwk"] {
            if header.contains_key(parameter) {
                return Err(Refusal::HeaderParameter);
            }
        }
        check_type(header.get("typ"))?;
        let algorithm = header
            .get("alg")
            .and_then(Value::as_str)
            .and_then(Algorithm::from_name)
            .ok_or(Refusal::Algorithm)?;
        let key_id = match header.get("kid") {
            None => None,
            Some(Value::String(key_id)) => Some(key_id.clone()),
            Some(_) => return Err(Refusal::Malformed),
        };
        Ok(Self {
            text,
            payload,
            algorithm,
            key_id,
        })
    }

    /// The algorithm that the header names.
    pub(super) fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Whether one of the keys is, by algorithm and identifier, the one that the header names; a header that names none
    /// means any of its algorithm.
    pub(super) fn names_one_of(&self, keys: &[Key]) -> bool {
        let wanted = self.key_id.as_deref();
        keys.iter()
            .filter(|key| key.algorithm() == self.algorithm)
            .any(|key| wanted.is_none() || key.id() == wanted)
    }

    /// Verifies the signature, and then the claims that it covers.
    pub(super) fn verify(
        &self,
        keys: &[Key],
        config: &Settings,
        now: Duration,
    ) -> Result<Verified, Refusal> {
        claims::check(&self.verify_signature(keys, now)?, config, now)
    }

    /// Verifies the signature with the keys that the token's header can mean: bound to its algorithm, and of its key
    /// identifier where both have one.
    fn verify_signature(&self, keys: &[Key], now: Duration) -> Result<VerifiedClaims, Refusal> {
        let mut refusal = Refusal::NoKey;
        for key in self.candidates(keys) {
            match key.verify_signature(self.text, now) {
                Ok(()) => return decode_object(self.payload).map(VerifiedClaims),
                Err(why) => refusal = why,
            }
        }
        Err(refusal)
    }

    /// The keys that may have signed the token. Those whose identifier it names come first, so that others cannot take
    /// their turn away.
    fn candidates<'k>(&self, keys: &'k [Key]) -> impl Iterator<Item = &'k Key> {
        let wanted = self.key_id.as_deref();
        let of_algorithm = move || {
            keys.iter()
                .filter(move |key| key.algorithm() == self.algorithm)
        };
        let named = of_algorithm().filter(move |key| wanted.is_some() && key.id() == wanted);
        let unnamed = of_algorithm().filter(move |key| wanted.is_none() || key.id().is_none());
        named.chain(unnamed).take(MAX_KEYS_TRIED)
    }
}

/// RFC 8725, section 3.11, and RFC 9068, section 4: an access or identity token has no type, `JWT` or `at+jwt`, the
/// latter also with `application/` before it. Types are compared without case (RFC 7515, section 4.1.9).
fn check_type(value: Option<&Value>) -> Result<(), Refusal> {
    let Some(value) = value else { return Ok(()) };
    let name = value.as_str().ok_or(Refusal::Type)?.to_ascii_lowercase();
    match name.as_str() {
        "jwt" | "at+jwt" | "application/at+jwt" => Ok(()),
        _ => Err(Refusal::Type),
    }
}

fn decode_object(part: &str) -> Result<Map<String, Value>, Refusal> {
    let bytes =
        Base64UrlSafeNoPadding::decode_to_vec(part, None).map_err(|_| Refusal::Malformed)?;
    match strict_json::parse(&bytes) {
        Ok(Value::Object(members)) => Ok(members),
        _ => Err(Refusal::Malformed),
    }
}
