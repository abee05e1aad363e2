//! The mark by which Portico knows its own sessions again: a number, and a digest of all that a session was made of.

use std::fmt;

use crate::stripe::Form;
use crate::text::{parse_digits, sha256_hex};

/// The metadata key that has the mark.
pub const METADATA_KEY: &str = "portico_checkout";

/// The mark of a session that Portico has made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// One more than the highest among the customer's earlier sessions of Portico's.
    pub number: u64,
    /// The digest of all that the session was made of.
    pub digest: Digest,
}

/// A digest of everything that a session is made of, its mark apart: two calls that ask for the same have the same one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digest(String);

impl Digest {
    /// Returns the digest of a form.
    #[must_use]
    pub(super) fn of(form: &Form) -> Self {
        Self(sha256_hex(form.as_bytes(), 32))
    }
}

impl Mark {
    /// Reads a mark; `None` if it is none, so that the session is somebody else's.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (number, digest) = text.split_once(' ').unwrap_or((text, ""));
        // A number that is read can be added to.
        let number = parse_digits(number).filter(|number| *number < u64::MAX && *number > 0)?;
        Some(Self {
            number,
            digest: Digest(digest.to_owned()),
        })
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.number, self.digest.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_read_as_it_was_written_and_anything_else_is_none() {
        let digest = Digest::of(&Form::default());
        let mark = Mark { number: 7, digest };
        assert_eq!(Mark::parse(&mark.to_string()), Some(mark));
        for text in [
            "",
            " ",
            "x 1",
            "-1 x",
            "1x",
            "0 x",
            "18446744073709551615 x",
            "1\tx",
        ] {
            assert_eq!(Mark::parse(text), None, "{text:?}");
        }
        assert_eq!(Mark::parse("12").unwrap().number, 12);
    }
}
