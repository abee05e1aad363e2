//! The one part of a request that becomes part of a URL.

/// The path that Stripe's "return" link leads to when the caller does not say.
const DEFAULT: &str = "/account";

/// A path on the frontend. Behind any origin, it stays on that origin: it starts with exactly one slash, and has none
/// of the characters with which URL parsers have been led elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReturnPath(String);

/// The longest return path, in bytes.
const MAX_BYTES: usize = 2_048;

impl Default for ReturnPath {
    fn default() -> Self {
        Self(DEFAULT.to_owned())
    }
}

impl ReturnPath {
    /// Checks a path, which may have a query and a fragment. The error is a sentence for the developer that says what a
    /// return path is.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        if !text.starts_with('/') {
            return Err("return_path must be a path that starts with one slash.");
        }
        if text.len() > MAX_BYTES {
            return Err("return_path must not have more than 2048 bytes.");
        }
        // Browsers read a backslash as a slash, and drop tabs and line breaks before they look for slashes.
        if !text.bytes().all(is_url_character) {
            return Err(
                "return_path must not have characters that do not belong in a URL; percent-encode them.",
            );
        }
        if !percent_signs_are_escapes(text) {
            return Err("return_path has a percent sign without two hexadecimal digits.");
        }
        let path = text.split(['?', '#']).next().unwrap_or_default();
        // Percent-encoded characters are checked as well, since a server on the way may decode them before it
        // redirects.
        let decoded: Vec<u8> = percent_encoding::percent_decode_str(path).collect();
        // Browsers leave out segments of one dot: what comes before the first other one must not be two slashes.
        let mut segments = decoded.split(|&b| b == b'/').skip(1);
        let mut first = segments.by_ref().skip_while(|segment| *segment == b".");
        if first.next().is_some_and(<[u8]>::is_empty) && first.next().is_some() {
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

    /// Returns the path as it was checked.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Returns true if every percent sign begins an escape (RFC 3986, section 2.1).
fn percent_signs_are_escapes(text: &str) -> bool {
    text.split('%').skip(1).all(|rest| {
        let mut digits = rest.bytes();
        let mut digit = || digits.next().is_some_and(|b| b.is_ascii_hexdigit());
        digit() && digit()
    })
}

/// Returns true for the characters that a path, query or fragment may have (RFC 3986, section 3.3 to 3.5).
fn is_url_character(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@/?#%[]".contains(&byte)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use url::Url;

    use super::*;

    const FRONTEND: &str = "https://app.example.com";

    #[test]
    fn a_path_may_have_a_query_and_a_fragment() {
        for path in [
            "/",
            "/account",
            "/account/",
            "/account/billing?tab=invoices&from=%2Fhome#top",
            "/a//b",
            "/a/./b",
            "/.",
            "/./",
            "/./a",
            "/./a//b",
            "/a/.//b",
            "/a/..b/...",
            "/%C3%BCber",
            "/@user/[id]",
            "/?next=../..",
            "/#/route",
        ] {
            assert_eq!(ReturnPath::parse(path).unwrap().as_str(), path);
        }
    }

    #[test]
    fn whatever_could_lead_elsewhere_is_refused() {
        for path in [
            "",
            "account",
            "account/x",
            "?x",
            "#x",
            ".",
            "..",
            "//evil.example",
            "///evil.example",
            "//",
            "/\\evil.example",
            "\\\\evil.example",
            "\\/evil.example",
            "/a\\b",
            "https://evil.example",
            "https:evil.example",
            "HTTPS://evil.example/",
            "javascript:alert(1)",
            "data:text/html,x",
            "@evil.example",
            ".evil.example",
            ":443/",
            " /account",
            "/account ",
            "/a b",
            "\t/account",
            "/\t/evil.example",
            "/\n/evil.example",
            "/\r\nLocation: https://evil.example",
            "/\u{0}",
            "/\u{7f}",
            "/\u{a0}",
            "/über",
            "/\u{2215}evil.example",
            "/\u{ff0f}evil.example",
            "/..",
            "/../x",
            "/a/..",
            "/a/../../x",
            "/a/../x",
            "/%2e%2e/x",
            "/.%2E/x",
            "/a/%2E./x",
            "/%2e%2e%2fx",
            "/%2F/evil.example",
            "/.//evil.example",
            "/././/evil.example",
            "/.///",
            "/%2e//evil.example",
            "/%2E/.//evil.example",
            "/.%2F/evil.example",
            "/%2fevil.example",
            "/%5Cevil.example",
            "/a%5c..%5cb",
            "/%0d%0aSet-Cookie:x",
            "/%00",
            "/%zz",
            "/%2",
            "/?x=100%",
            "/<script>",
            "/\"",
            "/{x}",
            "/a|b",
            "/a^b",
            "/a`b",
        ] {
            assert!(ReturnPath::parse(path).is_err(), "{path:?}");
        }
        assert!(ReturnPath::parse(&format!("/{}", "a".repeat(MAX_BYTES - 1))).is_ok());
        assert!(ReturnPath::parse(&format!("/{}", "a".repeat(MAX_BYTES))).is_err());
    }

    /// Generates texts of the characters that matter in URLs, so that many are almost or quite acceptable.
    fn url_like() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            3 => Just("/".to_owned()),
            1 => Just("//".to_owned()),
            1 => Just("..".to_owned()),
            1 => Just(".".to_owned()),
            1 => "%[0-9a-fA-F]{0,2}",
            1 => "[?#@:\\\\\t\r\n ]",
            1 => Just("https:".to_owned()),
            1 => Just("evil.example".to_owned()),
            3 => "[a-z0-9]{1,4}",
            1 => any::<char>().prop_map(String::from),
        ];
        prop::collection::vec(piece, 0..10).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn an_accepted_path_never_leaves_the_frontend_as_browsers_read_urls(
            text in prop_oneof![url_like(), url_like().prop_map(|text| format!("/{text}")), any::<String>()]
        ) {
            if let Ok(path) = ReturnPath::parse(&text) {
                let path = path.as_str();
                let appended = Url::parse(&format!("{FRONTEND}{path}")).unwrap();
                let joined = Url::parse(FRONTEND).unwrap().join(path).unwrap();
                for url in [appended, joined] {
                    prop_assert_eq!(url.origin().ascii_serialization(), FRONTEND);
                    prop_assert_eq!(url.username(), "");
                    // A server that redirects to the path alone keeps the origin, too.
                    let again = Url::parse(FRONTEND).unwrap().join(url.path()).unwrap();
                    prop_assert_eq!(again.origin().ascii_serialization(), FRONTEND);
                }
                // Below a frontend that has a path of its own, it stays there.
                let below = Url::parse(&format!("{FRONTEND}/base{path}")).unwrap();
                prop_assert!(below.path().starts_with("/base/"), "{}", below);
            }
        }
    }
}
