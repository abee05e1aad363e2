//! The one part of a request that becomes part of a URL.

use super::DEFAULT_RETURN_PATH;

/// A path on the frontend. Whatever it is put behind, the origin stays the frontend's: it starts with exactly one
/// slash, and has none of the characters with which URL parsers have been led elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReturnPath(String);

/// The longest return path, in bytes.
const MAX_BYTES: usize = 2_048;

impl Default for ReturnPath {
    fn default() -> Self {
        Self(DEFAULT_RETURN_PATH.to_owned())
    }
}

impl ReturnPath {
    /// Checks a path, which may have a query and a fragment.
    ///
    /// # Errors
    /// A sentence for the developer that says what a return path is.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        if !text.starts_with('/') || text.len() > MAX_BYTES {
            return Err("return_path must be a path that starts with one slash.");
        }
        // Browsers read a backslash as a slash, and drop tabs and line breaks before they look for slashes.
        if !text.bytes().all(is_url_character) {
            return Err(
                "return_path must not have characters that do not belong in a URL; percent-encode them.",
            );
        }
        let path = text.split(['?', '#']).next().unwrap_or_default();
        // What is percent-encoded is checked as well, since a server on the way may decode it before it redirects.
        let decoded: Vec<u8> = percent_encoding::percent_decode_str(path).collect();
        if decoded.starts_with(b"//") {
            return Err("return_path must start with exactly one slash.");
        }
        if decoded.iter().any(|&b| b.is_ascii_control() || b == b'\\') {
            return Err("return_path must not have control characters or backslashes.");
        }
        if decoded
            .split(|&b| b == b'/')
            .any(|segment| segment == b"..")
        {
            return Err("return_path must not have segments that climb (..).");
        }
        Ok(Self(text.to_owned()))
    }

    /// The path as it was checked.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The characters that a path, query or fragment may have (RFC 3986, section 3.3 to 3.5).
fn is_url_character(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@/?#%[]".contains(&byte)
}
