//! Stored bytes → the user's Stripe customer and plan.

use serde_json::Value;

use crate::config::is_stripe_id;
use crate::strict_json;

/// The plan of a user whose record names none.
pub const DEFAULT_PLAN: &str = "free";

/// A user's Stripe customer, as the key-value store has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Customer {
    /// The customer's identifier at Stripe, `cus_…`.
    pub stripe_customer_id: String,
    /// The user's plan.
    pub plan: String,
    /// The mode that the customer belongs to, where the record tells.
    pub livemode: Option<bool>,
}

/// A record that cannot be read; the text says what is wrong with it, for the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CorruptRecord(pub &'static str);

/// The key under which a user's record is stored.
#[must_use]
pub fn record_key(user: &str) -> String {
    user_key("customer", user)
}

/// The key of one kind of a user's things.
///
/// It is the user as it is, but for quotes and the backslash, which are percent-encoded: with them, a store that builds
/// a query of its keys could be made to find another user's record. So is the percent sign, that no two users have one
/// key.
#[must_use]
pub fn user_key(kind: &str, user: &str) -> String {
    let mut key = format!("{kind}:");
    for character in user.chars() {
        match character {
            '%' => key.push_str("%25"),
            '\'' => key.push_str("%27"),
            '"' => key.push_str("%22"),
            '\\' => key.push_str("%5C"),
            other => key.push(other),
        }
    }
    key
}

impl Customer {
    /// Reads a record: a JSON object, or the bare text of a customer's identifier. Members that Portico does not know
    /// are the operator's own and are passed over.
    ///
    /// # Errors
    /// The record is neither, or a member has the wrong form.
    pub fn parse(record: &[u8]) -> Result<Self, CorruptRecord> {
        let record = record.trim_ascii();
        if record.starts_with(b"cus_") {
            let id = std::str::from_utf8(record).unwrap_or_default();
            return Self::new(id, DEFAULT_PLAN, None);
        }
        let Ok(Value::Object(members)) = strict_json::parse(record) else {
            return Err(CorruptRecord(
                "customer record is neither a JSON object nor a customer id",
            ));
        };
        let id = members
            .get("stripe_customer_id")
            .and_then(Value::as_str)
            .ok_or(CorruptRecord("customer record has no stripe_customer_id"))?;
        let plan = match members.get("plan") {
            None | Some(Value::Null) => DEFAULT_PLAN,
            Some(plan) => plan.as_str().unwrap_or_default(),
        };
        let livemode = match members.get("livemode") {
            None | Some(Value::Null) => None,
            Some(Value::Bool(livemode)) => Some(*livemode),
            Some(_) => {
                return Err(CorruptRecord(
                    "customer record has a livemode that is not a boolean",
                ));
            }
        };
        Self::new(id, plan, livemode)
    }

    fn new(id: &str, plan: &str, livemode: Option<bool>) -> Result<Self, CorruptRecord> {
        if !is_stripe_id(id, "cus_") {
            return Err(CorruptRecord(
                "customer record has a stripe_customer_id that is not cus_…",
            ));
        }
        if !is_plan_name(plan) {
            return Err(CorruptRecord(
                "customer record has a plan that is not a plan's name",
            ));
        }
        Ok(Self {
            stripe_customer_id: id.to_owned(),
            plan: plan.to_owned(),
            livemode,
        })
    }

    /// Whether the customer can be used with a key of this mode. Where one of the two does not tell, Stripe will.
    #[must_use]
    pub fn fits_mode(&self, key_livemode: Option<bool>) -> bool {
        match (self.livemode, key_livemode) {
            (Some(record), Some(key)) => record == key,
            _ => true,
        }
    }
}

/// Whether the text can name a plan: one to 64 printable ASCII characters that need no escape in the log, in a
/// structured header field or in the variable `rate_limits`.
#[must_use]
pub fn is_plan_name(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.trim() == text
        && text
            .bytes()
            .all(|b| (b.is_ascii_graphic() || b == b' ') && !b"\"\\,=".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn customer(plan: &str, livemode: Option<bool>) -> Customer {
        Customer {
            stripe_customer_id: "cus_1".to_owned(),
            plan: plan.to_owned(),
            livemode,
        }
    }

    #[test]
    fn a_record_is_json_or_the_bare_id() {
        for (record, expected) in [
            ("cus_1", customer("free", None)),
            (" cus_1\n", customer("free", None)),
            (r#"{"stripe_customer_id":"cus_1"}"#, customer("free", None)),
            (
                r#"{"stripe_customer_id":"cus_1","plan":"paid"}"#,
                customer("paid", None),
            ),
            (
                r#"{"stripe_customer_id":"cus_1","plan":null,"livemode":null}"#,
                customer("free", None),
            ),
            (
                r#"{"stripe_customer_id":"cus_1","plan":"Pro Plan"}"#,
                customer("Pro Plan", None),
            ),
            (
                r#"{"stripe_customer_id":"cus_1","plan":"team.v2","livemode":true,"note":"ours"}"#,
                customer("team.v2", Some(true)),
            ),
        ] {
            assert_eq!(Customer::parse(record.as_bytes()), Ok(expected), "{record}");
        }
    }

    #[test]
    fn a_key_is_the_user_as_it_is_but_for_what_could_end_a_string() {
        for (user, key) in [
            ("user_1", "customer:user_1"),
            (
                "auth0|x y@example.com:ü",
                "customer:auth0|x y@example.com:ü",
            ),
            ("o'brien", "customer:o%27brien"),
            ("o%27brien", "customer:o%2527brien"),
            (
                "x' OR c.id='customer:y",
                "customer:x%27 OR c.id=%27customer:y",
            ),
            ("\"\\", "customer:%22%5C"),
        ] {
            assert_eq!(record_key(user), key);
        }
    }

    #[test]
    fn a_corrupt_record_is_refused() {
        for record in [
            "",
            "cus_",
            "cus_1 cus_2",
            "cus_1&customer=cus_2",
            "sub_1",
            "null",
            "[]",
            "\"cus_1\"",
            "{}",
            r#"{"plan":"paid"}"#,
            r#"{"stripe_customer_id":null}"#,
            r#"{"stripe_customer_id":7}"#,
            r#"{"stripe_customer_id":"sub_1"}"#,
            r#"{"stripe_customer_id":"cus_1","stripe_customer_id":"cus_2"}"#,
            r#"{"stripe_customer_id":"cus_1","plan":""}"#,
            r#"{"stripe_customer_id":"cus_1","plan":"a,b"}"#,
            r#"{"stripe_customer_id":"cus_1","livemode":"true"}"#,
        ] {
            assert!(Customer::parse(record.as_bytes()).is_err(), "{record}");
        }
        assert!(Customer::parse(b"cus_\xff").is_err());
    }

    #[test]
    fn a_customer_of_the_other_mode_does_not_fit_and_silence_does() {
        assert!(customer("paid", Some(true)).fits_mode(Some(true)));
        assert!(!customer("paid", Some(true)).fits_mode(Some(false)));
        assert!(!customer("paid", Some(false)).fits_mode(Some(true)));
        assert!(customer("paid", None).fits_mode(Some(true)));
        assert!(customer("paid", Some(true)).fits_mode(None));
    }
}
