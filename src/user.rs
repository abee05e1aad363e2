//! A user of the product.

use crate::text::sha256_hex;

/// The longest user identifier, in bytes: what the `sub` of `OpenID` Connect may have (Core 1.0, section 2).
const MAX_BYTES: usize = 255;

/// A user, by the identifier that the identity provider gave.
///
/// Records are found by this type alone (see [`crate::records::keys::key`]), so nothing becomes a user but what is meant to
/// name one: the user claim of a token whose signature was verified (`auth::claims`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct User {
    identifier: String,
    /// It is made once, since a user outlives a request where a verified token is remembered.
    digest: String,
}

impl User {
    /// Makes the user that a trusted source names; `None` if the text cannot name one: it has 1 to 255 bytes and no
    /// control characters.
    #[must_use]
    pub(crate) fn named(text: &str) -> Option<Self> {
        let names_a_user =
            (1..=MAX_BYTES).contains(&text.len()) && !text.chars().any(char::is_control);
        names_a_user.then(|| Self {
            identifier: text.to_owned(),
            digest: sha256_hex(text.as_bytes(), 12),
        })
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.identifier
    }

    /// Returns a name for the user that a log may hold: the first 12 hexadecimal digits of the identifier's SHA-256.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.digest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_has_1_to_255_bytes_and_no_control_characters() {
        for text in ["u", "auth0|x y@example.com:ü", &"x".repeat(255)] {
            assert_eq!(User::named(text).unwrap().as_str(), text);
        }
        for text in ["", "a\nb", "a\0", "a\u{7f}", "a\u{85}", &"x".repeat(256)] {
            assert_eq!(User::named(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_digest_is_the_beginning_of_the_sha_256() {
        assert_eq!(User::named("user_1").unwrap().digest(), "79b0aa0042b3");
    }
}
