//! What objects of different kinds have in common.

use std::collections::BTreeMap;

use serde::Deserialize;

/// What a merchant has written on an object (Stripe API, Metadata).
pub type Metadata = BTreeMap<String, String>;

/// Another object: its identifier, or the whole object where it was expanded (Stripe API, Expanding Responses).
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(untagged)]
pub enum Reference {
    /// The identifier.
    Id(String),
    /// The object.
    Object {
        /// Its identifier.
        id: String,
    },
}

impl Reference {
    /// The identifier.
    #[must_use]
    pub fn id(&self) -> &str {
        match self {
            Self::Id(id) | Self::Object { id } => id,
        }
    }
}
