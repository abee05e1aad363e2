//! A customer of Stripe, as far as it matters here: which one it is, and whether anything at Stripe names its user.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A customer's identifier, which can stand in a path and on a screen as it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct CustomerId(String);

impl TryFrom<String> for CustomerId {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("this is no customer's identifier")
    }
}

impl From<CustomerId> for String {
    fn from(id: CustomerId) -> Self {
        id.0
    }
}

impl CustomerId {
    /// Checks the form: `cus_`, then letters, digits and underscores (Stripe API, Object IDs).
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix("cus_")?;
        let has_form = !rest.is_empty()
            && text.len() <= 255
            && rest
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        has_form.then(|| Self(text.to_owned()))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CustomerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A customer, as far as it was read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Customer {
    pub(crate) id: CustomerId,
    pub(crate) link: Link,
}

/// Whether anything at Stripe names the customer's user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Link {
    /// The customer's metadata, or that of a current subscription.
    Found,
    /// Nothing does.
    Missing,
    /// Nothing does of what has been read, and there are more subscriptions.
    Unknown,
}

impl Customer {
    /// Reads a customer object with its expanded subscriptions; `None` if it is none.
    pub(crate) fn read(object: &Value, user_metadata_key: &str) -> Option<Self> {
        let id = CustomerId::parse(object.get("id")?.as_str()?)?;
        let subscriptions = object.get("subscriptions");
        let link = if user(object, user_metadata_key).is_some() {
            Link::Found
        } else {
            subscriptions.map_or(Link::Missing, |list| Link::of(list, user_metadata_key))
        };
        Some(Self { id, link })
    }
}

impl Link {
    /// Reads it from a list of subscriptions.
    pub(crate) fn of(list: &Value, user_metadata_key: &str) -> Self {
        let subscriptions = list.get("data").and_then(Value::as_array);
        let found = subscriptions.into_iter().flatten().any(|subscription| {
            is_current(subscription) && user(subscription, user_metadata_key).is_some()
        });
        if found {
            Self::Found
        } else if list.get("has_more") == Some(&Value::Bool(true)) {
            Self::Unknown
        } else {
            Self::Missing
        }
    }
}

/// The user that an object's metadata names, if a token could name it.
pub(crate) fn user<'a>(object: &'a Value, user_metadata_key: &str) -> Option<&'a str> {
    let user = object.get("metadata")?.get(user_metadata_key)?.as_str()?;
    is_user(user).then_some(user)
}

/// Whether a token could name such a user.
pub(crate) fn is_user(text: &str) -> bool {
    (1..=255).contains(&text.len()) && !text.contains(char::is_control)
}

/// Whether a subscription has not ended (Stripe API, Subscriptions, `status`).
fn is_current(subscription: &Value) -> bool {
    let status = subscription.get("status").and_then(Value::as_str);
    !matches!(status, Some("canceled" | "incomplete_expired"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Customer, CustomerId, Link};

    #[test]
    fn an_identifier_can_stand_in_a_path() {
        assert!(CustomerId::parse("cus_NffrFeUfNV2Hib").is_some());
        for text in [
            "", "cus_", "sub_1", "cus_1/..", "cus_1?x", "cus_1 ", "cus_ä",
        ] {
            assert_eq!(CustomerId::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_customer_is_linked_by_its_metadata_or_by_a_current_subscription() {
        let subscription = |status, metadata| json!({"status": status, "metadata": metadata});
        let ours = json!({"user_id": "user-1"});
        let list = |data, more: bool| json!({"data": data, "has_more": more});
        for (metadata, subscriptions, link) in [
            (ours.clone(), json!(null), Link::Found),
            (json!({"user_id": ""}), json!(null), Link::Missing),
            (json!({"user_id": "a\nb"}), json!(null), Link::Missing),
            (
                json!({"user_id": "x".repeat(256)}),
                json!(null),
                Link::Missing,
            ),
            (json!({"other": "user-1"}), json!(null), Link::Missing),
            (json!({}), list(json!([]), false), Link::Missing),
            (
                json!({}),
                list(json!([subscription("active", ours.clone())]), false),
                Link::Found,
            ),
            (
                json!({}),
                list(json!([subscription("past_due", ours.clone())]), true),
                Link::Found,
            ),
            (
                json!({}),
                list(json!([subscription("canceled", ours.clone())]), false),
                Link::Missing,
            ),
            (
                json!({}),
                list(json!([subscription("active", json!({}))]), true),
                Link::Unknown,
            ),
        ] {
            let object = json!({
                "id": "cus_1",
                "email": "a@example.com",
                "metadata": metadata,
                "subscriptions": subscriptions,
            });
            let customer = Customer::read(&object, "user_id").unwrap();
            assert_eq!(customer.link, link, "{object}");
        }
    }

    #[test]
    fn an_object_without_a_customers_identifier_is_none() {
        assert_eq!(Customer::read(&json!({"id": "sub_1"}), "user_id"), None);
        assert_eq!(Customer::read(&json!([]), "user_id"), None);
    }
}
