//! The objects that exist at the stand-in, whatever their kind.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::error::StripeError;

/// API objects by their identifiers. An identifier belongs to one mode.
#[derive(Debug, Default)]
pub(crate) struct Objects(BTreeMap<String, Stored>);

#[derive(Debug)]
struct Stored {
    live: bool,
    object: Value,
}

/// A kind of object.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kind {
    /// The value of the member `object`, such as `billing_portal.session`.
    pub(crate) object: &'static str,
    /// Stripe's word for it in an error message, such as `portal session`.
    pub(crate) word: &'static str,
}

impl Objects {
    /// Puts an object, which has an `id`, in place of one with that identifier.
    pub(crate) fn insert(&mut self, live: bool, object: Value) {
        let id = object["id"].as_str().unwrap_or_default().to_owned();
        self.0.insert(id, Stored { live, object });
    }

    /// Forgets an object, as if it had never been there.
    pub(crate) fn remove(&mut self, id: &str) {
        self.0.remove(id);
    }

    /// Deletes an object, and leaves what Stripe shows of a deleted one.
    pub(crate) fn delete(&mut self, id: &str) {
        if let Some(stored) = self.0.get_mut(id) {
            let object = &stored.object["object"];
            stored.object = json!({ "id": id, "object": object, "deleted": true });
        }
    }

    /// The objects of one kind, deleted ones left out, in the order of their identifiers.
    pub(crate) fn of(&self, kind: Kind) -> impl Iterator<Item = (bool, &Value)> {
        self.0
            .values()
            .filter(move |stored| stored.object["object"] == kind.object)
            .filter(|stored| !is_deleted(&stored.object))
            .map(|stored| (stored.live, &stored.object))
    }

    /// Forgets all objects of one kind.
    pub(crate) fn clear(&mut self, kind: Kind) {
        self.0
            .retain(|_, stored| stored.object["object"] != kind.object);
    }

    /// Whether there is an object with this identifier, in whatever mode, or was one before it was deleted.
    pub(crate) fn contains(&self, id: &str) -> bool {
        self.0.contains_key(id)
    }

    /// An object of a mode, or what is left of a deleted one.
    pub(crate) fn get(&self, id: &str, live: bool) -> Option<&Value> {
        let stored = self.0.get(id).filter(|stored| stored.live == live)?;
        Some(&stored.object)
    }

    /// An object that a parameter names.
    ///
    /// Fails when there is none of this kind, when it is deleted, and when it belongs to the other mode than the API
    /// key.
    pub(crate) fn find(
        &self,
        kind: Kind,
        id: &str,
        param: &str,
        key_is_live: bool,
    ) -> Result<&Value, StripeError> {
        let stored = self
            .0
            .get(id)
            .filter(|stored| stored.object["object"] == kind.object && !is_deleted(&stored.object))
            .ok_or_else(|| StripeError::resource_missing(kind.word, id, param))?;
        if stored.live == key_is_live {
            Ok(&stored.object)
        } else {
            let error = StripeError::in_the_other_mode(kind.word, id, param, key_is_live);
            Err(error)
        }
    }
}

/// Stripe keeps the identifier of what was deleted, with this mark.
pub(crate) fn is_deleted(object: &Value) -> bool {
    object["deleted"] == true
}
