//! Small questions about text that several modules ask.

use sha2::{Digest, Sha256};

/// Reads a decimal number that is written with digits alone, without a sign or blanks.
#[must_use]
pub fn parse_digits(text: &str) -> Option<u64> {
    text.bytes()
        .all(|b| b.is_ascii_digit())
        .then(|| text.parse().ok())
        .flatten()
}

/// Returns true if every byte is a visible ASCII character, so that the text can stand in a URL or a header field.
#[must_use]
pub fn is_visible_ascii(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_graphic())
}

/// Returns the first `digits` hexadecimal digits of the text's SHA-256: a name for a text that must not be shown itself.
#[must_use]
pub fn sha256_hex(bytes: &[u8], digits: usize) -> String {
    Sha256::digest(bytes)
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 0xf])
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .take(digits)
        .collect()
}
