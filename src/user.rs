//! A user of the product.

use crate::text::sha256_hex;

/// The longest user identifier, in bytes: what the `sub` of `OpenID` Connect may have (Core 1.0, section 2).
const MAX_BYTES: usize = 255;

/// A user, by the identifier that the identity provider gave.
///
/// Records are found by this type alone (see [`crate::records::keys::key`]), and there are two ways to one: a verified token
/// names its user, and a link names the user of a customer at Stripe. A caller is always of the first kind.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct User {
    identifier: String,
    /// It is made once, since a user outlives a request where a verified token is remembered.
    digest: String,
}

impl User {
    /// Makes the user that the user claim of a verified token names; `None` if the claim's text cannot name one.
    #[must_use]
    pub(crate) fn authenticated(claim: &str) -> Option<Self> {
        Self::named(claim)
    }

    /// Makes the user that a customer belongs to, by metadata at Stripe, an owner record in the store, or a checkout
    /// session's `client_reference_id` where the operator trusts it; `None` if a token could not name this user.
    #[must_use]
    pub(crate) fn linked(link: &str) -> Option<Self> {
        Self::named(link)
    }

    /// Makes a user of a text, if that has 1 to 255 bytes and no control characters.
    fn named(text: &str) -> Option<Self> {
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
        for make in [User::authenticated, User::linked] {
            for text in ["u", "auth0|x y@example.com:ü", &"x".repeat(255)] {
                assert_eq!(make(text).unwrap().as_str(), text);
            }
            for text in ["", "a\nb", "a\0", "a\u{7f}", "a\u{85}", &"x".repeat(256)] {
                assert_eq!(make(text), None, "{text:?}");
            }
        }
    }

    #[test]
    fn a_digest_is_the_beginning_of_the_sha_256() {
        assert_eq!(
            User::authenticated("user_1").unwrap().digest(),
            "79b0aa0042b3"
        );
    }
}
