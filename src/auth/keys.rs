//! Keys, each bound to one algorithm (RFC 8725, section 3.1), and the forms they come in: PEM and JWK (RFC 7517).

use std::fmt;

use jwt_simple::prelude::{
    ECDSAP256PublicKeyLike, ES256PublicKey, Ed25519PublicKey, EdDSAPublicKeyLike, RS256PublicKey,
};
use serde::de::IgnoredAny;
use serde_json::{Map, Value};

use crate::signatures::{self, Algorithm, VerificationKey, eddsa, es256, hs256, rs256};
use crate::strict_json;

/// How many keys are tried for one token. Each try is a signature check, which is the dearest thing a caller can make
/// Portico do. Identity providers name the key in `kid`, so that one try is enough; configured keys without an
/// identifier are limited to as many.
pub(super) const MAX_KEYS_TRIED: usize = 16;

/// A key that verifies signatures of one algorithm.
pub struct Key {
    id: Option<String>,
    algorithm: &'static Algorithm,
    verifier: VerificationKey,
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({:?})", self.algorithm)
    }
}

impl Key {
    /// A shared secret, without a key identifier. The caller sees to its length.
    #[must_use]
    pub fn hs256(secret: &[u8]) -> Self {
        Self {
            id: None,
            algorithm: &hs256::ALGORITHM,
            verifier: Box::new(hs256::SecretKey::new(secret)),
        }
    }

    /// The algorithm that the key is bound to.
    #[must_use]
    pub fn algorithm(&self) -> &'static Algorithm {
        self.algorithm
    }

    /// The key identifier (`kid`), where the key came with one.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// Whether the signature is this key's over this message.
    pub(super) fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        self.verifier.verify(message, signature)
    }

    /// Reads a public key from its JWK (RFC 7517; RFC 7518, section 6; RFC 8037, section 2).
    ///
    /// Returns `None` for a key that is none of ours or unusable: of another type, curve, use or algorithm, symmetric,
    /// or an RSA key of fewer than 2048 bits.
    #[must_use]
    pub fn from_jwk(jwk: &Map<String, Value>) -> Option<Self> {
        let text = |member: &str| jwk.get(member).and_then(Value::as_str);
        let for_signatures = match jwk.get("use") {
            None => true,
            Some(value) => value == "sig",
        } && match jwk.get("key_ops") {
            None => true,
            Some(operations) => operations
                .as_array()?
                .iter()
                .any(|operation| operation == "verify"),
        };
        if !for_signatures {
            return None;
        }
        let id = match jwk.get("kid") {
            None => None,
            Some(id) => Some(id.as_str()?.to_owned()),
        };
        // Only the members that make the key go to the library: certificates and the like are none of its business.
        let (algorithm, members): (&'static Algorithm, &[&str]) = match (text("kty")?, text("crv"))
        {
            ("RSA", _) => (&rs256::ALGORITHM, &["kty", "n", "e"]),
            ("EC", Some("P-256")) => (&es256::ALGORITHM, &["kty", "crv", "x", "y"]),
            ("OKP", Some("Ed25519")) => (&eddsa::ALGORITHM, &["kty", "crv", "x"]),
            _ => return None,
        };
        if let Some(name) = jwk.get("alg")
            && signatures::named(name.as_str()?) != Some(algorithm)
        {
            return None;
        }
        let mut bare = Map::new();
        for &member in members {
            bare.insert(member.to_owned(), Value::String(text(member)?.to_owned()));
        }
        let bare = Value::Object(bare).to_string();
        let (algorithm, verifier) = if *algorithm == rs256::ALGORITHM {
            rs256(&RS256PublicKey::from_jwk(&bare).ok()?)
        } else if *algorithm == es256::ALGORITHM {
            es256(&ES256PublicKey::from_jwk(&bare).ok()?)
        } else {
            eddsa(&Ed25519PublicKey::from_jwk(&bare).ok()?)
        }?;
        Some(Self {
            id,
            algorithm,
            verifier,
        })
    }

    /// Reads a public key from one PEM block (RFC 7468, section 13; for RSA also PKCS #1).
    fn from_pem(pem: &str) -> Option<Self> {
        let (algorithm, verifier) = if let Ok(key) = RS256PublicKey::from_pem(pem) {
            rs256(&key)
        } else if let Ok(key) = ES256PublicKey::from_pem(pem) {
            es256(&key)
        } else {
            eddsa(&Ed25519PublicKey::from_pem(pem).ok()?)
        }?;
        Some(Self {
            id: None,
            algorithm,
            verifier,
        })
    }
}

fn rs256(key: &RS256PublicKey) -> Option<(&'static Algorithm, VerificationKey)> {
    let components = key.to_components();
    let key = rs256::PublicKey::new(&components.n, &components.e).ok()?;
    Some((&rs256::ALGORITHM, Box::new(key)))
}

fn es256(key: &ES256PublicKey) -> Option<(&'static Algorithm, VerificationKey)> {
    let key = es256::PublicKey::new(&key.public_key().to_bytes_uncompressed()).ok()?;
    Some((&es256::ALGORITHM, Box::new(key)))
}

fn eddsa(key: &Ed25519PublicKey) -> Option<(&'static Algorithm, VerificationKey)> {
    let key = eddsa::PublicKey::new(&key.public_key().to_bytes()).ok()?;
    Some((&eddsa::ALGORITHM, Box::new(key)))
}

/// Reads the usable keys of a JWK Set (RFC 7517, section 5). Entries that are not usable are skipped.
///
/// # Errors
/// The value is not a JWK Set.
pub fn parse_jwks(value: &Value) -> Result<Vec<Key>, &'static str> {
    let entries = value
        .get("keys")
        .and_then(Value::as_array)
        .ok_or("must be a JWK Set: an object with an array `keys`")?;
    Ok(entries
        .iter()
        .filter_map(|entry| Key::from_jwk(entry.as_object()?))
        .collect())
}

/// Reads the variable `jwt_public_keys`: PEM public keys, JWK Sets and single JWKs, one behind the other.
///
/// # Errors
/// Something in it is none of these, a PEM key is unusable, or there is no usable key at all.
pub fn parse_public_keys(text: &str) -> Result<Vec<Key>, &'static str> {
    let mut keys = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let after = if rest.starts_with("-----BEGIN ") {
            let (block, after) = split_pem(rest)?;
            keys.push(Key::from_pem(&block).ok_or(
                "has a PEM block that is not a usable public key (RSA of 2048 to 4096 bits, EC P-256 or Ed25519)",
            )?);
            after
        } else if rest.starts_with('{') {
            let (document, after) = split_json(rest)?;
            match document.as_object() {
                Some(jwk) if jwk.contains_key("kty") => keys.extend(Key::from_jwk(jwk)),
                _ => keys.extend(parse_jwks(&document)?),
            }
            after
        } else {
            return Err("must be PEM public keys or a JWKS document");
        };
        rest = after.trim_start();
    }
    if keys.iter().filter(|key| key.id.is_none()).count() > MAX_KEYS_TRIED {
        return Err(
            "has more than 16 keys without an identifier (kid); put them into a JWKS document",
        );
    }
    if keys.is_empty() {
        return Err(
            "has no usable key (RSA of 2048 to 4096 bits, EC P-256 or Ed25519, for signatures)",
        );
    }
    Ok(keys)
}

/// Splits the first PEM block off. Line breaks may be spelled `\n`, as they often are in environment variables.
fn split_pem(text: &str) -> Result<(String, &str), &'static str> {
    const END: &str = "-----END ";
    const INCOMPLETE: &str = "has a PEM block without its end";
    if !text.starts_with("-----BEGIN PUBLIC KEY-----")
        && !text.starts_with("-----BEGIN RSA PUBLIC KEY-----")
    {
        return Err(
            "has a PEM block that is not a PUBLIC KEY; take the public key out of a certificate first",
        );
    }
    let (_, footer) = text.split_once(END).ok_or(INCOMPLETE)?;
    let (_, rest) = footer.split_once("-----").ok_or(INCOMPLETE)?;
    let (block, rest) = text.split_at(text.len() - rest.len());
    let rest = rest.strip_prefix("\\n").unwrap_or(rest);
    Ok((block.replace("\\n", "\n"), rest))
}

fn split_json(text: &str) -> Result<(Value, &str), &'static str> {
    const INVALID: &str = "has JSON that is invalid or has a member twice";
    let mut stream = serde_json::Deserializer::from_str(text).into_iter::<IgnoredAny>();
    stream.next().and_then(Result::ok).ok_or(INVALID)?;
    let (document, rest) = text.split_at(stream.byte_offset());
    let value = strict_json::parse(document.as_bytes()).map_err(|_| INVALID)?;
    Ok((value, rest))
}
