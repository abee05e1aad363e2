//! The members of a record, for the one that Portico writes in its place.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

/// The members of a JSON object, each as it is spelled: an operator's number may have more digits than any type has.
#[derive(Default)]
pub(super) struct Members(Vec<(String, String)>);

impl Members {
    /// Reads the members of a record. A record that is not a JSON object has none.
    pub(super) fn of(record: &[u8]) -> Self {
        serde_json::from_slice(record).unwrap_or_default()
    }

    /// Sets a member, whether or not it is there.
    pub(super) fn set(&mut self, name: &str, value: impl Into<Value>) {
        self.0.retain(|(other, _)| other != name);
        self.0.push((name.to_owned(), value.into().to_string()));
    }

    /// Writes the bytes to store.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut text = String::from("{");
        for (name, value) in &self.0 {
            if text.len() > 1 {
                text.push(',');
            }
            text.push_str(&Value::from(name.as_str()).to_string());
            text.push(':');
            text.push_str(value);
        }
        text.push('}');
        text.into_bytes()
    }
}

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
        let mut members = Members::default();
        while let Some((name, value)) = map.next_entry::<String, &RawValue>()? {
            members.0.push((name, value.get().to_owned()));
        }
        Ok(members)
    }
}
