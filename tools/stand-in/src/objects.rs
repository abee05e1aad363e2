//! The objects that exist at the stand-in, whatever their kind.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::error::StripeError;

/// API objects by their identifiers. An identifier belongs to one mode.
#[derive(Debug, Default)]
pub(crate) struct Objects {
    stored: BTreeMap<String, Stored>,
    count: u64,
}

#[derive(Debug)]
struct Stored {
    live: bool,
    object: Value,
    /// The place in the order in which objects came to be.
    number: u64,
}

/// A kind of object, with its names.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kind {
    /// The value of the member `object`, such as `billing_portal.session`.
    pub(crate) object: &'static str,
    /// Stripe's word for it in an error message, such as `portal session`.
    pub(crate) word: &'static str,
}

impl Kind {
    pub(crate) const fn new(object: &'static str, word: &'static str) -> Self {
        Self { object, word }
    }
}

/// The kind that other kinds belong to.
pub(crate) const CUSTOMER: Kind = Kind::new("customer", "customer");

impl Objects {
    /// Puts an object, which has an `id`, in place of one with that identifier.
    pub(crate) fn insert(&mut self, live: bool, object: Value) {
        let id = object["id"].as_str().unwrap_or_default().to_owned();
        self.count += 1;
        let number = self.stored.get(&id).map_or(self.count, |old| old.number);
        let stored = Stored {
            live,
            object,
            number,
        };
        self.stored.insert(id, stored);
    }

    /// Forgets an object, as if it had never been there.
    pub(crate) fn remove(&mut self, id: &str) {
        self.stored.remove(id);
    }

    /// Deletes an object, and leaves what Stripe shows of a deleted one.
    pub(crate) fn delete(&mut self, id: &str) {
        if let Some(stored) = self.stored.get_mut(id) {
            let object = &stored.object["object"];
            stored.object = json!({ "id": id, "object": object, "deleted": true });
        }
    }

    /// Returns the objects of one kind, deleted ones left out, in the order of their identifiers.
    pub(crate) fn of(&self, kind: Kind) -> impl Iterator<Item = (bool, &Value)> {
        self.stored
            .values()
            .filter(move |stored| stored.object["object"] == kind.object)
            .filter(|stored| !is_deleted(&stored.object))
            .map(|stored| (stored.live, &stored.object))
    }

    /// Returns the objects of one kind and mode, the newest first, deleted ones among them: a list's cursor may name
    /// one.
    pub(crate) fn newest(&self, kind: Kind, live: bool) -> Vec<&Value> {
        let of_kind =
            |stored: &&Stored| stored.live == live && stored.object["object"] == kind.object;
        let mut found: Vec<&Stored> = self.stored.values().filter(of_kind).collect();
        found.sort_by_key(|stored| Reverse(stored.number));
        found.into_iter().map(|stored| &stored.object).collect()
    }

    /// Returns an object of a kind that is not deleted, and whether it is one of the live mode.
    pub(crate) fn any(&self, kind: Kind, id: &str) -> Option<(bool, Value)> {
        let stored = self.stored.get(id)?;
        let found = self.find(kind, id, "id", stored.live).ok()?;
        Some((stored.live, found.clone()))
    }

    /// Forgets all objects of one kind.
    pub(crate) fn clear(&mut self, kind: Kind) {
        self.stored
            .retain(|_, stored| stored.object["object"] != kind.object);
    }

    /// Returns whether there is an object with this identifier, in whatever mode, or was one before it was deleted.
    pub(crate) fn contains(&self, id: &str) -> bool {
        self.stored.contains_key(id)
    }

    /// Returns an object of a mode, or the rest of a deleted one.
    pub(crate) fn get(&self, id: &str, live: bool) -> Option<&Value> {
        let stored = self.stored.get(id).filter(|stored| stored.live == live)?;
        Some(&stored.object)
    }

    /// Finds an object that a parameter names.
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
            .stored
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

/// Returns true for a deleted object. Stripe keeps its identifier, with this mark.
pub(crate) fn is_deleted(object: &Value) -> bool {
    object["deleted"] == true
}
