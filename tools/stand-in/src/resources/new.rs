//! The parts that all makers of objects share.

use serde_json::Value;

use super::document::Documents;

/// An object of a customer's that is to be made.
pub(crate) struct New<'a> {
    pub(crate) id: &'a str,
    pub(crate) customer: &'a str,
    pub(crate) live: bool,
    pub(crate) created: u64,
    pub(crate) documents: &'a Documents,
}

/// Puts members in place of an object's own, or beside them.
pub(crate) fn change(object: &mut Value, changes: &Value) {
    if let (Some(members), Some(changes)) = (object.as_object_mut(), changes.as_object()) {
        members.extend(changes.clone());
    }
}
