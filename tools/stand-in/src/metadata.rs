//! Texts that a client keeps with an object: `metadata`.
//!
//! <https://docs.stripe.com/api/metadata>

use serde_json::{Map, Value};

use crate::error::StripeError;
use crate::parameters::Parameters;

const MAX_KEYS: usize = 50;
const MAX_KEY: usize = 40;
const MAX_VALUE: usize = 500;

/// Changes metadata as the parameter `name` asks: a member is set, or removed by an empty value; an empty value for
/// all of it removes all.
pub(crate) fn apply(
    parameters: &Parameters<'_>,
    name: &str,
    metadata: &mut Value,
) -> Result<(), StripeError> {
    let mut changed = match metadata {
        Value::Object(present) if parameters.get(name) != Some("") => present.clone(),
        _ => Map::new(),
    };
    for (key, value) in parameters.members(name) {
        let length = value.chars().count();
        if key.chars().count() > MAX_KEY {
            let message =
                format!("Metadata keys can have up to {MAX_KEY} characters. Invalid key: {key}");
            return Err(StripeError::refused(name, message));
        }
        if length > MAX_VALUE {
            let message = format!(
                "Metadata values can have up to {MAX_VALUE} characters, but you passed in a value that is {length} \
                 characters. Invalid value: {value}"
            );
            return Err(StripeError::refused(name, message));
        }
        if value.is_empty() {
            changed.remove(key);
        } else {
            changed.insert(key.to_owned(), value.into());
        }
    }
    let number = changed.len();
    if number > MAX_KEYS {
        let message = format!("Metadata can have up to {MAX_KEYS} keys; you passed in {number}");
        return Err(StripeError::refused(name, message));
    }
    *metadata = Value::Object(changed);
    Ok(())
}
