//! A claim's place in a token: a member by its name, or a value deeper inside by a JSON Pointer (RFC 6901).

use serde_json::{Map, Value};

/// A claim that the operator names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The name of the token's member.
    name: String,
    /// The members, or the places in arrays, that lead on from there.
    path: Vec<String>,
}

impl Claim {
    /// Reads a name, or a JSON Pointer where the text begins with a slash. Any other text is a name as a whole: namespaced
    /// claims are URLs.
    ///
    /// # Errors
    /// The text is empty, or a `~` in a pointer is followed by something else than `0` or `1`.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        if text.is_empty() {
            return Err("must name a claim");
        }
        let Some(pointer) = text.strip_prefix('/') else {
            return Ok(Self {
                name: text.to_owned(),
                path: Vec::new(),
            });
        };
        let mut tokens = pointer.split('/').map(unescape);
        let mut token = || tokens.next().transpose();
        let name = token()?.unwrap_or_default();
        let mut path = Vec::new();
        while let Some(token) = token()? {
            path.push(token);
        }
        Ok(Self { name, path })
    }

    /// Finds the claim's value.
    #[must_use]
    pub fn find<'c>(&self, claims: &'c Map<String, Value>) -> Option<&'c Value> {
        let mut value = claims.get(&self.name)?;
        for token in &self.path {
            value = match value {
                Value::Object(members) => members.get(token)?,
                Value::Array(items) => items.get(place(token)?)?,
                _ => return None,
            };
        }
        Some(value)
    }
}

/// Unescapes a token of a pointer (RFC 6901, section 4): `~1` is a slash and `~0` a tilde.
fn unescape(token: &str) -> Result<String, &'static str> {
    let mut parts = token.split('~');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (character, rest) = match part.split_at_checked(1) {
            Some(("0", rest)) => ('~', rest),
            Some(("1", rest)) => ('/', rest),
            _ => return Err("has a `~` that is neither ~0 nor ~1, as a JSON Pointer has it"),
        };
        text.push(character);
        text.push_str(rest);
    }
    Ok(text)
}

/// Reads a place in an array, without leading zeros (RFC 6901, section 4).
fn place(token: &str) -> Option<usize> {
    let canonical = token == "0" || !token.starts_with(['0', '+']);
    canonical.then(|| token.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn find(claim: &str, claims: &Value) -> Option<Value> {
        let claim = Claim::parse(claim).unwrap();
        claim.find(claims.as_object().unwrap()).cloned()
    }

    #[test]
    fn a_claim_is_named_or_pointed_at() {
        let claims = json!({
            "sub": "user_1",
            "o": {"id": "org_1", "rol": "admin"},
            "https://example.com/roles": ["owner"],
            "realm_access.roles": "a name with a dot",
            "realm_access": {"roles": ["member", "owner"]},
            "a/b": {"~": 1, "": 2},
            "": {"": "nothing but slashes"},
            "cognito:groups": ["owners"],
        });
        for (claim, expected) in [
            ("sub", json!("user_1")),
            ("/sub", json!("user_1")),
            ("/o/id", json!("org_1")),
            ("https://example.com/roles", json!(["owner"])),
            ("/https:~1~1example.com~1roles/0", json!("owner")),
            ("realm_access.roles", json!("a name with a dot")),
            ("/realm_access/roles", json!(["member", "owner"])),
            ("/realm_access/roles/1", json!("owner")),
            ("a/b", json!({"~": 1, "": 2})),
            ("/a~1b/~0", json!(1)),
            ("/a~1b/", json!(2)),
            ("//", json!("nothing but slashes")),
            ("cognito:groups", json!(["owners"])),
        ] {
            assert_eq!(find(claim, &claims), Some(expected), "{claim}");
        }
        for claim in [
            "o.id",
            "o/id",
            "/o/ID",
            "/o/id/0",
            "/realm_access/roles/2",
            "/realm_access/roles/01",
            "/realm_access/roles/+1",
            "/realm_access/roles/-",
            "/realm_access/roles/",
            "/realm_access/roles/18446744073709551616",
            "/nothing/at/all",
        ] {
            assert_eq!(find(claim, &claims), None, "{claim}");
        }
    }

    #[test]
    fn text_that_is_no_claim_is_refused() {
        for text in ["", "/~", "/a~", "/a/~2", "/~~0", "/~\u{fc}"] {
            assert!(Claim::parse(text).is_err(), "{text}");
        }
        assert!(Claim::parse("a~b").is_ok(), "a name has no escapes");
    }

    proptest! {
        #[test]
        fn a_pointer_finds_what_serde_json_finds(
            tokens in proptest::collection::vec("[ab01~/-]{0,2}", 1..4), value: i32,
        ) {
            // A tree in which each token leads on, through an array where it is the place of the first item.
            let tree = tokens.iter().rev().fold(json!(value), |inner, token| match token.as_str() {
                "0" => json!([inner]),
                token => json!({token: inner}),
            });
            let escaped = tokens
                .iter()
                .map(|token| token.replace('~', "~0").replace('/', "~1"));
            let escaped = format!("/{}", escaped.collect::<Vec<_>>().join("/"));
            if let Some(claims) = tree.as_object() {
                let found = Claim::parse(&escaped).unwrap().find(claims).cloned();
                prop_assert_eq!(found.as_ref(), tree.pointer(&escaped));
                prop_assert_eq!(found, Some(json!(value)));
            }
        }

        #[test]
        fn a_text_with_a_slash_in_front_is_a_pointer_as_serde_json_reads_it(text in "/[ab01~/]{0,6}") {
            let tree = json!({
                "": {"": 1, "a": [2, 3]}, "a": [{"b": 4}, 5], "b": {"0": 6, "~": 7, "/": 8}, "0": 9, "~1": 10, "~": {"0": 11},
            });
            if let Ok(claim) = Claim::parse(&text) {
                prop_assert_eq!(claim.find(tree.as_object().unwrap()), tree.pointer(&text));
            }
        }
    }
}
