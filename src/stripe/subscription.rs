//! `GET /v1/subscriptions` and `GET /v1/subscriptions/{id}` (Stripe API, List subscriptions, Retrieve a subscription).

use serde::Deserialize;

use super::client::Call;
use super::error::rejected;
use super::form::Form;
use super::objects::{Metadata, Reference};
use crate::error::Failure;
use crate::stripe_id::{CustomerId, SubscriptionId};

/// A page of subscriptions.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
pub struct SubscriptionList {
    /// The subscriptions, the newest first.
    pub data: Vec<Subscription>,
    /// Whether there are more.
    #[serde(default)]
    pub has_more: bool,
}

/// A subscription.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct Subscription {
    /// The status, e.g. `active`.
    pub status: String,
    /// What the merchant has written on the subscription.
    #[serde(default)]
    pub metadata: Metadata,
    /// What is subscribed to.
    #[serde(default)]
    pub items: ItemList,
}

impl Subscription {
    /// Whether it is no longer anybody's. One that is paused, or whose first payment is on its way, is not over.
    #[must_use]
    pub fn is_over(&self) -> bool {
        matches!(self.status.as_str(), "canceled" | "incomplete_expired")
    }
}

/// The items of a subscription.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
pub struct ItemList {
    /// The items.
    pub data: Vec<Item>,
}

/// An item of a subscription.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct Item {
    /// Its price.
    pub price: Price,
}

/// A price.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct Price {
    /// The identifier.
    pub id: String,
    /// The product that it is the price of.
    pub product: Reference,
    /// A name that the merchant gave it, and may move to another price.
    #[serde(default)]
    pub lookup_key: Option<String>,
    /// What the merchant has written on the price.
    #[serde(default)]
    pub metadata: Metadata,
}

/// The call that lists a customer's subscriptions, those left out that are over.
#[must_use]
pub fn list(customer: &CustomerId) -> Call {
    let mut parameters = Form::default();
    parameters.push("customer", customer.as_str());
    parameters.push("limit", "100");
    Call::get_list("/v1/subscriptions".to_owned(), parameters)
}

/// The call that tells whether a customer has ever had a subscription, those included that are over.
#[must_use]
pub fn ever(customer: &CustomerId) -> Call {
    let mut parameters = Form::default();
    parameters.push("customer", customer.as_str());
    parameters.push("status", "all");
    parameters.push("limit", "1");
    Call::get_list("/v1/subscriptions".to_owned(), parameters)
}

/// Reads the answer to [`list`] or [`ever`].
///
/// # Errors
/// The answer is not a list of subscriptions.
pub fn read_list(answer: &[u8]) -> Result<Vec<Subscription>, Failure> {
    let list: SubscriptionList = serde_json::from_slice(answer)
        .map_err(|_| rejected("Stripe's answer is not a list of subscriptions"))?;
    Ok(list.data)
}

/// The call that reads a subscription.
#[must_use]
pub fn retrieve(id: &SubscriptionId) -> Call {
    Call::get(format!("/v1/subscriptions/{id}"), Form::default())
}

#[derive(Deserialize)]
struct Owned {
    customer: Reference,
}

/// Reads the answer to [`retrieve`]: the customer who subscribes.
///
/// # Errors
/// The answer is not a subscription of a customer.
pub fn read_customer(answer: &[u8]) -> Result<CustomerId, Failure> {
    serde_json::from_slice::<Owned>(answer)
        .ok()
        .and_then(|subscription| CustomerId::parse(subscription.customer.id()))
        .ok_or_else(|| rejected("Stripe's answer is not a subscription of a customer"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_product_and_a_customer_are_named_or_whole() {
        for (text, customer) in [
            (r#"{"customer":"cus_1"}"#, Some("cus_1")),
            (
                r#"{"customer":{"id":"cus_1","object":"customer"}}"#,
                Some("cus_1"),
            ),
            (r#"{"customer":null}"#, None),
            (r#"{"customer":"acct_1"}"#, None),
            ("[]", None),
        ] {
            let read = read_customer(text.as_bytes()).ok();
            assert_eq!(read.as_ref().map(CustomerId::as_str), customer, "{text}");
        }
        let list = br#"{"data":[{"status":"active","items":{"data":[
            {"price":{"id":"price_1","product":{"id":"prod_1"},"lookup_key":null}}]}}],"has_more":false}"#;
        let list = read_list(list).unwrap();
        assert_eq!(list[0].items.data[0].price.product.id(), "prod_1");
        assert!(read_list(b"{}").is_err());
    }
}
