//! Small questions about text that several modules ask.

use jwt_simple::reexports::ct_codecs::{Encoder, Hex};

/// Reads a decimal number that is written with digits alone, without a sign or blanks.
#[must_use]
pub fn parse_digits(text: &str) -> Option<u64> {
    text.bytes()
        .all(|b| b.is_ascii_digit())
        .then(|| text.parse().ok())
        .flatten()
}

/// Whether every byte is a visible ASCII character, so that the text can stand in a URL or a header field.
#[must_use]
pub fn is_visible_ascii(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_graphic())
}

/// The first `digits` hexadecimal digits of the text's SHA-256: a name for something that must not be told itself.
#[must_use]
pub fn sha256_hex(bytes: &[u8], digits: usize) -> String {
    // A digest of 32 bytes always fits.
    let mut hex = Hex::encode_to_string(hmac_sha256::Hash::hash(bytes)).unwrap_or_default();
    hex.truncate(digits);
    hex
}
