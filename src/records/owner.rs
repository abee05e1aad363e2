//! Stored bytes → the user whom a customer at Stripe belongs to.

use serde_json::Value;

use super::corrupt::CorruptRecord;
use super::members::Members;
use crate::strict_json;
use crate::user::User;

/// The record under `stripe:<cus_…>`, which names the customer's user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnerRecord {
    pub user: User,
    /// The source that named the user.
    pub by: LinkedBy,
    /// The record as it was read, with the members that Portico does not know.
    text: Vec<u8>,
}

/// The source that linked a customer with a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LinkedBy {
    /// The `client_reference_id` of a checkout session, and nothing else.
    Reference,
    /// Metadata at Stripe, or the operator.
    Metadata,
}

impl LinkedBy {
    fn name(self) -> &'static str {
        match self {
            Self::Reference => "reference",
            Self::Metadata => "metadata",
        }
    }
}

impl OwnerRecord {
    #[must_use]
    pub fn new(user: User, by: LinkedBy) -> Self {
        Self {
            user,
            by,
            text: Vec::new(),
        }
    }

    /// Reads a record. One that does not say what linked the customer was linked by metadata, for all that is known.
    pub fn parse(record: &[u8]) -> Result<Self, CorruptRecord> {
        const CORRUPT: CorruptRecord = CorruptRecord("owner record of a customer names no user");
        let Ok(Value::Object(members)) = strict_json::parse(record) else {
            return Err(CORRUPT);
        };
        let user = members.get("user").and_then(Value::as_str);
        let user = user.and_then(User::linked).ok_or(CORRUPT)?;
        let by = match members.get("by").and_then(Value::as_str) {
            Some("reference") => LinkedBy::Reference,
            _ => LinkedBy::Metadata,
        };
        Ok(Self {
            user,
            by,
            text: record.to_vec(),
        })
    }

    /// Returns the same record for another user; members that Portico does not know stay.
    #[must_use]
    pub fn with(&self, user: User, by: LinkedBy) -> Self {
        Self {
            user,
            by,
            text: self.text.clone(),
        }
    }

    /// Writes the bytes to store.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut members = Members::of(&self.text);
        members.set("user", self.user.as_str());
        members.set("by", self.by.name());
        members.to_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_owner_record_keeps_what_it_does_not_know() {
        let record =
            OwnerRecord::parse(br#"{"user":"a","by":"reference","note":31.245270191439438}"#)
                .unwrap();
        assert_eq!(record.by, LinkedBy::Reference);
        let written = record.with(User::linked("b").unwrap(), LinkedBy::Metadata);
        assert_eq!(
            String::from_utf8(written.to_bytes()).unwrap(),
            r#"{"note":31.245270191439438,"user":"b","by":"metadata"}"#
        );
        let read = OwnerRecord::parse(&written.to_bytes()).unwrap();
        assert_eq!((read.user.as_str(), read.by), ("b", LinkedBy::Metadata));
    }

    #[test]
    fn an_owner_record_names_a_user() {
        for (record, user) in [
            (r#"{"user":"a"}"#, Some("a")),
            (r#"{"user":"a","by":"somebody"}"#, Some("a")),
            (r#"{"user":""}"#, None),
            (r#"{"user":7}"#, None),
            (r#"{"user":"a","user":"b"}"#, None),
            ("{}", None),
            ("a", None),
            ("", None),
        ] {
            let read = OwnerRecord::parse(record.as_bytes()).ok();
            let read = read.as_ref().map(|read| read.user.as_str());
            assert_eq!(read, user, "{record}");
        }
    }
}
