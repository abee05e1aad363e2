//! Public keys as JWKs (RFC 7517; RFC 7518, section 6; RFC 8037, section 2).
//!
//! Providers serialise keys in ways of their own. A key is read if there is no doubt which one is meant: a member that
//! is null is absent, and a number may have lost or gained zeros at its front.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::keys::Key;
use crate::signatures::{self, ALGORITHMS, Algorithm, Form, Unusable, VerificationKey};
use crate::strict_json;

/// Reads a public key from its JWK: it must be of a known type, curve, use and algorithm, and not symmetric.
pub fn read(jwk: &Value) -> Result<Key, Unusable> {
    let jwk = Jwk(jwk.as_object().ok_or("it is not a JSON object")?);
    if jwk.member("use").is_some_and(|value| value != "sig") {
        return Err("its `use` is not `sig`");
    }
    let verifies = |operations: &Value| {
        let operations = operations.as_array().map(Vec::as_slice);
        let mut operations = operations.unwrap_or_default().iter();
        operations.any(|operation| operation == "verify")
    };
    if jwk.member("key_ops").is_some_and(|value| !verifies(value)) {
        return Err("its `key_ops` does not have `verify`");
    }
    let id = match jwk.member("kid") {
        None => None,
        Some(Value::String(id)) => Some(id.clone()),
        Some(_) => return Err("its `kid` is not a string"),
    };
    let algorithm = jwk.algorithm()?;
    if let Some(name) = jwk.member("alg")
        && name.as_str().and_then(signatures::named) != Some(algorithm)
    {
        return Err("its `alg` is none that Portico verifies with such a key");
    }
    Ok(Key::new(id, algorithm, jwk.verification_key(algorithm)?))
}

/// A JWK Set (RFC 7517, section 5) whose entries are not read yet.
#[derive(Deserialize)]
pub struct Set<'a> {
    #[serde(borrow)]
    pub keys: Vec<&'a RawValue>,
}

impl Set<'_> {
    /// Returns the entries. Each is parsed by itself, so that one that is not strict JSON costs no other.
    pub fn entries(&self) -> impl Iterator<Item = Result<Value, Unusable>> {
        self.keys.iter().map(|entry| {
            strict_json::parse(entry.get().as_bytes()).map_err(|_| "it has a member twice")
        })
    }
}

struct Jwk<'a>(&'a Map<String, Value>);

impl<'a> Jwk<'a> {
    fn member(&self, name: &str) -> Option<&'a Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    fn text(&self, name: &str) -> Option<&'a str> {
        self.member(name).and_then(Value::as_str)
    }

    fn bytes(&self, name: &str) -> Result<Vec<u8>, Unusable> {
        self.text(name)
            .and_then(|text| URL_SAFE_NO_PAD.decode(text).ok())
            .ok_or("a number of it is missing or is not base64url")
    }

    /// Returns the algorithm that keys of this type and curve are for.
    fn algorithm(&self) -> Result<&'static Algorithm, Unusable> {
        let kind = self.text("kty");
        let named = self.text("crv");
        let fits = |algorithm: &&Algorithm| match algorithm.form {
            Form::Secret => false,
            Form::Rsa(_) => kind == Some("RSA"),
            Form::Ec { curve, .. } => kind == Some("EC") && named == Some(curve),
            Form::Okp { curve, .. } => kind == Some("OKP") && named == Some(curve),
        };
        ALGORITHMS.into_iter().find(fits).ok_or(match kind {
            Some("oct") => "it is a shared secret, not a public key",
            Some("EC" | "OKP") => "its curve is none that Portico verifies with",
            _ => "its `kty` is none that Portico verifies with",
        })
    }

    fn verification_key(&self, algorithm: &Algorithm) -> Result<VerificationKey, Unusable> {
        match algorithm.form {
            Form::Secret => Err("it is a shared secret, not a public key"),
            Form::Rsa(key) => key(&self.bytes("n")?, &self.bytes("e")?),
            Form::Ec {
                coordinate_bytes,
                key,
                ..
            } => {
                // SEC 1, section 2.3.3: a point that is not compressed.
                let mut point = vec![0x04];
                for name in ["x", "y"] {
                    let coordinate = self.bytes(name)?;
                    let coordinate = match coordinate.split_first() {
                        Some((0, rest)) if rest.len() == coordinate_bytes => rest,
                        _ => &coordinate,
                    };
                    let zeros = coordinate_bytes
                        .checked_sub(coordinate.len())
                        .ok_or("a coordinate of it is longer than those of its curve")?;
                    point.resize(point.len() + zeros, 0);
                    point.extend_from_slice(coordinate);
                }
                key(&point)
            }
            Form::Okp { key, .. } => key(&self.bytes("x")?),
        }
    }
}
