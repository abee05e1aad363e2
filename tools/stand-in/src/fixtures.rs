//! Objects as Stripe shows them, without the members that tell one from another.

use serde_json::Value;

/// Returns the object of a fixture with these members in place of its own.
pub(crate) fn object(fixture: &str, members: &Value) -> Value {
    let mut object = serde_json::from_str(fixture).expect("a fixture is JSON");
    change(&mut object, members);
    object
}

/// Puts members in place of an object's own, or beside them.
pub(crate) fn change(object: &mut Value, changes: &Value) {
    if let (Some(members), Some(changes)) = (object.as_object_mut(), changes.as_object()) {
        members.extend(changes.clone());
    }
}
