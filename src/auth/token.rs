//! A token before and while its signature is verified (RFC 7515, compact serialisation).

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use super::claims::{self, Verified, VerifiedClaims};
use super::keys::{Key, MAX_KEYS_TRIED};
use super::refusal::Refusal;
use super::settings::AuthSettings;
use crate::signatures::{self, Algorithm};
use crate::strict_json;

/// A token whose form is right, and of which nothing else is known.
pub(super) struct UnverifiedToken<'a> {
    /// The text that is signed: the encoded header, a dot, the encoded payload (RFC 7515, section 5.2).
    signing_input: &'a str,
    payload: &'a str,
    signature: Vec<u8>,
    algorithm: &'static Algorithm,
    key_id: Option<String>,
}

impl<'a> UnverifiedToken<'a> {
    /// Parses the token's form and its header.
    pub(super) fn parse(text: &'a str) -> Result<Self, Refusal> {
        let (signing_input, signature) = text.rsplit_once('.').ok_or(Refusal::Malformed)?;
        let (header, payload) = signing_input.split_once('.').ok_or(Refusal::Malformed)?;
        // More dots are looked for before anything is decoded, so that a flood of them costs a pass over a bounded text.
        if payload.contains('.') {
            return Err(Refusal::Malformed);
        }
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
            .and_then(signatures::named)
            .ok_or(Refusal::Algorithm)?;
        let key_id = match header.get("kid") {
            // Some libraries write every member that they know.
            None | Some(Value::Null) => None,
            Some(Value::String(key_id)) => Some(key_id.clone()),
            Some(_) => return Err(Refusal::Malformed),
        };
        Ok(Self {
            signing_input,
            payload,
            signature: decode(signature)?,
            algorithm,
            key_id,
        })
    }

    /// Returns the algorithm that the header names.
    pub(super) fn algorithm(&self) -> &'static Algorithm {
        self.algorithm
    }

    /// Returns true if one of the keys is, by algorithm and identifier, the one that the header names; a header that
    /// names none means any key of its algorithm.
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
        config: &AuthSettings,
        now: Duration,
    ) -> Result<Verified, Refusal> {
        claims::check(&self.verify_signature(keys)?, config, now)
    }

    /// Verifies the signature with the keys that the token's header can mean: bound to its algorithm, and of its key
    /// identifier where both have one.
    fn verify_signature(&self, keys: &[Key]) -> Result<VerifiedClaims, Refusal> {
        let mut refusal = Refusal::NoKey;
        for key in self.candidates(keys) {
            if key.verify(self.signing_input.as_bytes(), &self.signature) {
                return decode_object(self.payload).map(VerifiedClaims);
            }
            refusal = Refusal::Signature;
        }
        Err(refusal)
    }

    /// Returns the keys that may have signed the token. Those whose identifier it names come first, so that others
    /// cannot take their turn away.
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

/// Checks the type (RFC 8725, section 3.11): an access or identity token has none, `JWT`, or `at+jwt` (RFC 9068, section
/// 4), which may have `application/` before it. Types are compared without case (RFC 7515, section 4.1.9).
fn check_type(value: Option<&Value>) -> Result<(), Refusal> {
    let Some(value) = value else { return Ok(()) };
    let name = value.as_str().ok_or(Refusal::Type)?.to_ascii_lowercase();
    match name.as_str() {
        "jwt" | "at+jwt" | "application/at+jwt" => Ok(()),
        _ => Err(Refusal::Type),
    }
}

fn decode_object(part: &str) -> Result<Map<String, Value>, Refusal> {
    match strict_json::parse(&decode(part)?) {
        Ok(Value::Object(members)) => Ok(members),
        _ => Err(Refusal::Malformed),
    }
}

/// Decodes base64url as JWS has it: without padding, and with no other spelling of the same bytes (RFC 7515, section 2).
fn decode(part: &str) -> Result<Vec<u8>, Refusal> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| Refusal::Malformed)
}
