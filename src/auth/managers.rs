//! The users who may manage billing.

use serde_json::{Map, Value};

use super::claim::Claim;

/// The roles that may manage billing, and the claim that has a user's. All other roles may not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Managers {
    /// The claim that has a user's roles.
    pub claim: Claim,
    /// The roles that may.
    pub roles: Vec<String>,
}

impl Managers {
    /// Returns true if a token has one of the roles: as a string, in a list of strings, or as one of several words in a
    /// string, as scopes are written (RFC 6749, section 3.3).
    #[must_use]
    pub fn include(&self, claims: &Map<String, Value>) -> bool {
        let is_role = |text: &str| self.roles.iter().any(|role| role == text);
        match self.claim.find(claims) {
            Some(Value::String(text)) => is_role(text) || text.split(' ').any(is_role),
            Some(Value::Array(items)) => {
                let texts: Option<Vec<&str>> = items.iter().map(Value::as_str).collect();
                texts.is_some_and(|texts| texts.into_iter().any(is_role))
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn include(value: Value) -> bool {
        let managers = Managers {
            claim: Claim::parse("role").unwrap(),
            roles: vec!["owner".to_owned(), "billing admin".to_owned()],
        };
        let mut claims = Map::new();
        claims.insert("role".to_owned(), value);
        managers.include(&claims)
    }

    #[test]
    fn a_role_is_a_string_or_in_a_list_of_strings_or_a_word_of_a_string() {
        for role in [
            json!("owner"),
            json!("billing admin"),
            json!(["owner"]),
            json!(["member", "billing admin"]),
            json!("openid owner profile"),
            json!("  owner "),
        ] {
            assert!(include(role.clone()), "{role}");
        }
    }

    #[test]
    fn anything_else_may_not_manage() {
        for role in [
            json!(null),
            json!(""),
            json!("member"),
            json!("Owner"),
            json!("owners"),
            json!("owner,member"),
            json!("owner\tmember"),
            json!("billing"),
            json!("the billing admin"),
            json!([]),
            json!(["member"]),
            json!(["owner member"]),
            json!([["owner"]]),
            json!(["owner", 7]),
            json!([null, "owner"]),
            json!([{"name": "owner"}]),
            json!({"owner": true}),
            json!({"owner": {}}),
            json!(true),
            json!(1),
        ] {
            assert!(!include(role.clone()), "{role}");
        }
        let managers = Managers {
            claim: Claim::parse("role").unwrap(),
            roles: vec!["owner".to_owned()],
        };
        assert!(!managers.include(&Map::new()));
    }
}
