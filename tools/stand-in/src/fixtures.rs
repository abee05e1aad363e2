//! Objects as Stripe shows them, without the members that tell one from another.

use serde_json::Value;

pub(crate) const CHARGE: &str = include_str!("fixtures/charge.json");
pub(crate) const CHECKOUT_SESSION: &str = include_str!("fixtures/checkout_session.json");
pub(crate) const CUSTOMER: &str = include_str!("fixtures/customer.json");
pub(crate) const INVOICE: &str = include_str!("fixtures/invoice.json");
pub(crate) const INVOICE_LINE: &str = include_str!("fixtures/invoice_line.json");
pub(crate) const ITEM: &str = include_str!("fixtures/item.json");
pub(crate) const PRICE: &str = include_str!("fixtures/price.json");
pub(crate) const SUBSCRIPTION: &str = include_str!("fixtures/subscription.json");

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
