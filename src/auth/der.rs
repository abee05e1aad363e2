//! Public keys in DER (ITU-T X.690): a `SubjectPublicKeyInfo` (RFC 5280, section 4.1.2.7) or an `RSAPublicKey` (RFC 8017,
//! appendix A.1.1).

use crate::signatures::{ALGORITHMS, Algorithm, Form, Unusable, VerificationKey};

/// An algorithm with a key of it.
pub(super) type Found = (&'static Algorithm, VerificationKey);

/// `rsaEncryption` (RFC 8017, appendix C), and the identifier of keys that sign by RSASSA-PSS alone.
const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
const RSA_PSS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a];

/// `id-ecPublicKey` (RFC 5480, section 2.1.1).
const EC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const NULL: u8 = 0x05;
const OBJECT_IDENTIFIER: u8 = 0x06;
const SEQUENCE: u8 = 0x30;

const NOT_A_KEY: Unusable = "its base64 is not that of a whole public key";

/// Reads a `SubjectPublicKeyInfo`.
pub(super) fn public_key_info(der: &[u8]) -> Result<Found, Unusable> {
    let info = Info::parse(der).ok_or(NOT_A_KEY)?;
    for algorithm in ALGORITHMS {
        let key = match algorithm.form {
            Form::Rsa(_) if info.algorithm == RSA => return rsa_public_key(info.key),
            Form::Ec { oid, key, .. } if info.algorithm == EC && info.curve == Some(oid) => key,
            Form::Okp { oid, key, .. } if info.algorithm == oid && info.curve.is_none() => key,
            _ => continue,
        };
        return Ok((algorithm, key(info.key)?));
    }
    Err(match info.algorithm {
        RSA_PSS => "it is for RSASSA-PSS alone, which Portico does not verify",
        EC if info.curve.is_none() => "its curve is not given by its name",
        EC => "its curve is none that Portico verifies with",
        _ => "its algorithm is none that Portico verifies with",
    })
}

/// Reads an `RSAPublicKey`.
pub(super) fn rsa_public_key(der: &[u8]) -> Result<Found, Unusable> {
    let numbers = || {
        let mut outer = Reader(der);
        let mut key = Reader(outer.value(SEQUENCE)?);
        let numbers = (key.unsigned()?, key.unsigned()?);
        (outer.is_empty() && key.is_empty()).then_some(numbers)
    };
    let (modulus, exponent) = numbers().ok_or(NOT_A_KEY)?;
    for algorithm in ALGORITHMS {
        if let Form::Rsa(key) = algorithm.form {
            return Ok((algorithm, key(modulus, exponent)?));
        }
    }
    Err(NOT_A_KEY)
}

/// The parts of a `SubjectPublicKeyInfo`.
struct Info<'a> {
    algorithm: &'a [u8],
    /// The parameter of the algorithm, where it is the name of a curve.
    curve: Option<&'a [u8]>,
    key: &'a [u8],
}

impl<'a> Info<'a> {
    fn parse(der: &'a [u8]) -> Option<Self> {
        let mut outer = Reader(der);
        let mut info = Reader(outer.value(SEQUENCE)?);
        let mut identifier = Reader(info.value(SEQUENCE)?);
        let (&unused_bits, key) = info.value(BIT_STRING)?.split_first()?;
        let algorithm = identifier.value(OBJECT_IDENTIFIER)?;
        let mut parameters = identifier;
        let curve = parameters.value(OBJECT_IDENTIFIER);
        let whole = outer.is_empty() && info.is_empty() && unused_bits == 0;
        // RFC 3279, section 2.3.1: the parameter of RSA is NULL. RFC 8410, section 3: Ed25519 has none.
        let parameters_fit = match algorithm {
            RSA => identifier.value(NULL) == Some(&[]) && identifier.is_empty(),
            RSA_PSS | EC => curve.is_none() || parameters.is_empty(),
            _ => identifier.is_empty() || curve.is_some(),
        };
        (whole && parameters_fit).then_some(Self {
            algorithm,
            curve,
            key,
        })
    }
}

/// Reads values one after the other.
#[derive(Clone, Copy)]
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// Returns the content of the next value, if that is of the type. It is left where it is if not.
    fn value(&mut self, tag: u8) -> Option<&'a [u8]> {
        let (&found, rest) = self.0.split_first()?;
        let (&first, rest) = rest.split_first()?;
        // X.690, section 10.1: a length is as short as it can be. No key is longer than two bytes can tell.
        let (length, rest) = match (first, rest) {
            (0..=0x7f, rest) => (usize::from(first), rest),
            (0x81, [length @ 0x80..=0xff, rest @ ..]) => (usize::from(*length), rest),
            (0x82, [high @ 1..=0xff, low, rest @ ..]) => {
                (usize::from(u16::from_be_bytes([*high, *low])), rest)
            }
            _ => return None,
        };
        let (content, rest) = rest.split_at_checked(length)?;
        (found == tag).then(|| {
            self.0 = rest;
            content
        })
    }

    /// Returns the next value, if that is an integer that is not negative, in its shortest form (X.690, section 8.3).
    fn unsigned(&mut self) -> Option<&'a [u8]> {
        let content = self.value(INTEGER)?;
        let unsigned = match content {
            [0, second @ ..] => second.first().is_none_or(|byte| *byte >= 0x80),
            [first, ..] => *first < 0x80,
            [] => false,
        };
        unsigned.then_some(content)
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
