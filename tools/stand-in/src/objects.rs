//! The objects that exist at the stand-in, whatever their kind.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Value, json};

use crate::error::StripeError;

/// API objects by their identifiers. An identifier belongs to one mode, and to one kind.
#[derive(Default)]
pub(crate) struct Objects {
    stored: HashMap<String, Stored>,
    /// The identifiers of each kind, in the order in which its objects came to be.
    by_kind: BTreeMap<String, Vec<String>>,
}

struct Stored {
    live: bool,
    object: Value,
}

/// A kind of object: the value of the member `object`, such as `billing_portal.session`.
pub(crate) type Kind = &'static str;

/// The kind that other kinds belong to.
pub(crate) const CUSTOMER: Kind = "customer";

/// Returns the path of all objects of a kind.
pub(crate) fn path(kind: &str) -> String {
    format!("/v1/{}s", kind.replace('.', "/"))
}

/// Returns Stripe's word for a kind in an error message, such as `configuration`.
pub(crate) fn word(kind: &str) -> String {
    kind.trim_start_matches("billing_portal.").replace('_', " ")
}

impl Objects {
    /// Puts an object, which has an `id`, in place of one with that identifier.
    pub(crate) fn insert(&mut self, live: bool, object: Value) {
        let [id, kind] = ["id", "object"].map(|name| text(&object, name).to_owned());
        let stored = Stored { live, object };
        if self.stored.insert(id.clone(), stored).is_none() {
            self.by_kind.entry(kind).or_default().push(id);
        }
    }

    /// Deletes an object, and leaves what Stripe shows of a deleted one.
    pub(crate) fn delete(&mut self, id: &str) {
        if let Some(stored) = self.stored.get_mut(id) {
            let object = &stored.object["object"];
            stored.object = json!({ "id": id, "object": object, "deleted": true });
        }
    }

    /// Returns the objects of one kind and mode, the newest first, deleted ones among them: a list's cursor may name
    /// one.
    pub(crate) fn newest(&self, kind: Kind, live: bool) -> impl Iterator<Item = &Value> {
        let ids = self.by_kind.get(kind).into_iter().flatten().rev();
        ids.filter_map(move |id| self.get(id, live))
    }

    /// Returns an object of a kind that is not deleted, and whether it is one of the live mode.
    pub(crate) fn any(&self, kind: Kind, id: &str) -> Option<(bool, Value)> {
        let live = self.stored.get(id)?.live;
        let found = self.find(kind, id, "id", live).ok()?;
        Some((live, found.clone()))
    }

    /// Forgets all objects of one kind.
    pub(crate) fn clear(&mut self, kind: Kind) {
        for id in self.by_kind.remove(kind).unwrap_or_default() {
            self.stored.remove(&id);
        }
    }

    /// Returns the number of objects of one kind, in both modes.
    pub(crate) fn count(&self, kind: Kind) -> usize {
        self.by_kind.get(kind).map_or(0, Vec::len)
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
            .filter(|stored| stored.object["object"] == kind && !is_deleted(&stored.object))
            .ok_or_else(|| StripeError::resource_missing(&word(kind), id, param))?;
        if stored.live == key_is_live {
            Ok(&stored.object)
        } else {
            let error = StripeError::in_the_other_mode(&word(kind), id, param, key_is_live);
            Err(error)
        }
    }
}

/// Returns true for a deleted object. Stripe keeps its identifier, with this mark.
pub(crate) fn is_deleted(object: &Value) -> bool {
    object["deleted"] == true
}

/// Returns a member that is a text; an empty one where it is none.
pub(crate) fn text<'a>(object: &'a Value, name: &str) -> &'a str {
    object[name].as_str().unwrap_or_default()
}
