//! Parts that objects of different kinds share.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};

/// A merchant's notes on an object (Stripe API, Metadata).
pub type Metadata = BTreeMap<String, String>;

/// Another object, by its identifier. Stripe answers the whole object in its place where it was expanded (Stripe API,
/// Expanding Responses).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference(pub String);

impl Reference {
    #[must_use]
    pub fn id(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Reference {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ReferenceVisitor)
    }
}

/// The whole object, of which all else is passed over.
#[derive(serde::Deserialize)]
struct Whole {
    id: String,
}

struct ReferenceVisitor;

impl<'de> Visitor<'de> for ReferenceVisitor {
    type Value = Reference;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an identifier or an object")
    }

    fn visit_str<E>(self, id: &str) -> Result<Reference, E> {
        Ok(Reference(id.to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<Reference, A::Error> {
        let Whole { id } = Whole::deserialize(MapAccessDeserializer::new(object))?;
        Ok(Reference(id))
    }
}
