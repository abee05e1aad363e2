//! The variable `jwt_public_keys`: PEM public keys (RFC 7468, section 13; for RSA also PKCS #1), JWK Sets and single JWKs,
//! one behind the other.
//!
//! Keys are copied out of consoles and through YAML, shells and files of variables, which indent them, quote them, join
//! their lines, and spell line breaks out. None of that can make another key of a key: base64 has no blanks, quotes or
//! backslashes. So they are taken out before the one parser sees them.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::de::IgnoredAny;

use super::keys::{Key, Keys, MAX_KEYS_TRIED};
use super::{der, jwk};
use crate::signatures::Unusable;
use crate::strict_json;

/// The text of a problem with the variable.
type Problem = Cow<'static, str>;

/// The dashes around a PEM marker.
const DASHES: &str = "-----";

const INVALID_JSON: Unusable = "has JSON that is invalid or has a member twice";

/// Reads the variable. Unusable JWKs are passed over as long as one key is usable; an unusable PEM key is an error.
pub fn parse(text: &str) -> Result<Keys, Problem> {
    let mut keys = Keys::default();
    let mut rest = skip_space(text);
    while !rest.is_empty() {
        let after = if rest.starts_with('{') {
            let (document, after) = split_json(rest)?;
            if let Ok(set) = serde_json::from_slice::<jwk::Set<'_>>(document.as_bytes()) {
                for entry in set.entries() {
                    keys.take(entry.and_then(|jwk| jwk::read(&jwk)));
                }
            } else {
                let jwk = strict_json::parse(document.as_bytes()).map_err(|_| INVALID_JSON)?;
                if jwk.get("kty").is_none() {
                    return Err("must be a JWK Set: an object with an array `keys`".into());
                }
                keys.take(jwk::read(&jwk));
            }
            after
        } else if rest.starts_with(DASHES) {
            let (pem, after) = Pem::split(rest).ok_or("has a PEM block without its end")?;
            let key = pem.read()?;
            keys.usable.push(key.map_err(|why| {
                Problem::from(format!("has a PEM key that cannot be used: {why}"))
            })?);
            after
        } else {
            return Err(what_else(rest).into());
        };
        rest = skip_space(after);
    }
    let without_id = keys.usable.iter().filter(|key| key.id().is_none());
    if without_id.count() > MAX_KEYS_TRIED {
        return Err(
            "has more than 16 keys without an identifier (kid); put them into a JWKS document"
                .into(),
        );
    }
    if keys.usable.is_empty() {
        return Err(format!("has no usable key{}", keys.passed_over).into());
    }
    Ok(keys)
}

/// Leaves out what copying puts before, between and behind keys: white space, a byte order mark, quotes, and line breaks
/// that are spelled out.
fn skip_space(mut text: &str) -> &str {
    loop {
        let rest = text.trim_start_matches(|character| is_space(character) || is_quote(character));
        let Some(escaped) = strip_escape(rest) else {
            return rest;
        };
        text = escaped;
    }
}

fn is_space(character: char) -> bool {
    character.is_whitespace() || character == '\u{feff}'
}

fn is_quote(character: char) -> bool {
    matches!(character, '"' | '\'')
}

/// Strips white space that is spelled out, as `\n` is, also with the backslash doubled.
fn strip_escape(text: &str) -> Option<&str> {
    let letter = text.strip_prefix('\\')?.trim_start_matches('\\');
    letter.strip_prefix(['n', 'r', 't'])
}

/// Names a text that is neither PEM nor JSON.
fn what_else(text: &str) -> Unusable {
    let begins_with = |beginnings: &[&str]| beginnings.iter().any(|begin| text.starts_with(begin));
    if begins_with(&["ssh-", "ecdsa-", "---- BEGIN"]) {
        "has a key in OpenSSH's own form; write it as PEM by ssh-keygen -e -m PKCS8"
    } else if begins_with(&["https:", "http:"]) {
        "has an address; where keys are served is for jwt_jwks_origin and jwt_jwks_path"
    } else if begins_with(&["MI", "MF", "MC", "MH"]) {
        "has base64 outside of a PEM block; put it between -----BEGIN PUBLIC KEY----- and -----END PUBLIC KEY-----"
    } else {
        "must be PEM public keys or a JWKS document"
    }
}

/// A PEM block, with its two markers taken off.
struct Pem<'a> {
    label: String,
    body: &'a str,
}

impl<'a> Pem<'a> {
    /// Splits the first block off; `None` if it does not end as it begins.
    fn split(text: &'a str) -> Option<(Self, &'a str)> {
        let (begin, rest) = text.strip_prefix(DASHES)?.split_once(DASHES)?;
        let (body, rest) = rest.split_once(DASHES)?;
        let (end, rest) = rest.split_once(DASHES)?;
        let label = label("BEGIN", begin)?;
        (label == self::label("END", end)?).then_some((Self { label, body }, rest))
    }

    /// Reads the key, which may be unusable. A block of another kind is an error.
    fn read(&self) -> Result<Result<Key, Unusable>, Unusable> {
        let read = match self.label.as_str() {
            "PUBLIC KEY" => der::public_key_info,
            "RSA PUBLIC KEY" => der::rsa_public_key,
            "CERTIFICATE" | "TRUSTED CERTIFICATE" | "X509 CERTIFICATE" => {
                return Err(
                    "has a certificate; take the public key out of it by openssl x509 -pubkey -noout",
                );
            }
            label if label.ends_with("PRIVATE KEY") => {
                return Err(
                    "has a private key, which must stay with its owner; take the public key out of it by openssl \
                     pkey -pubout",
                );
            }
            _ => return Err("has a PEM block that is not a PUBLIC KEY"),
        };
        let found = self.der().and_then(|der| read(&der));
        Ok(found.map(|(algorithm, verifier)| Key::new(None, algorithm, verifier)))
    }

    fn der(&self) -> Result<Vec<u8>, Unusable> {
        let mut base64 = String::with_capacity(self.body.len());
        let mut rest = self.body;
        while let Some(character) = rest.chars().next() {
            if let Some(after) = strip_escape(rest) {
                rest = after;
                continue;
            }
            if !is_space(character) {
                base64.push(character);
            }
            rest = rest.get(character.len_utf8()..).unwrap_or_default();
        }
        STANDARD.decode(base64).map_err(
            |_| "there is something else than base64 between its markers, or not all of it",
        )
    }
}

/// Reads the label of a marker, whatever white space is in it.
fn label(keyword: &str, marker: &str) -> Option<String> {
    let mut words = marker.split_whitespace();
    (words.next()? == keyword).then(|| words.collect::<Vec<_>>().join(" "))
}

/// Splits the first JSON document off.
fn split_json(text: &str) -> Result<(&str, &str), Unusable> {
    let mut stream = serde_json::Deserializer::from_str(text).into_iter::<IgnoredAny>();
    stream.next().and_then(Result::ok).ok_or(INVALID_JSON)?;
    Ok(text.split_at(stream.byte_offset()))
}
