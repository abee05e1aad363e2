//! `GET /v1/subscriptions`, `GET /v1/subscriptions/{id}` and `GET /v1/subscription_items` (Stripe API, List subscriptions,
//! Retrieve a subscription, List all subscription items).

use serde::Deserialize;

use super::client::Call;
use super::error::rejected;
use super::form::Form;
use super::objects::{Metadata, Reference};
use crate::error::Failure;
use crate::stripe_id::{CustomerId, SubscriptionId};

/// A page of a list, or of a list in an object, of which Stripe shows the first ten.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct Page<T> {
    /// The objects, the newest first.
    pub data: Vec<T>,
    /// Whether there are more.
    #[serde(default)]
    pub has_more: bool,
}

impl<T> Default for Page<T> {
    fn default() -> Self {
        Self {
            data: Vec::new(),
            has_more: false,
        }
    }
}

/// A subscription.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct Subscription {
    /// The identifier.
    #[serde(default)]
    pub id: String,
    /// The status, e.g. `active`.
    pub status: String,
    /// What the merchant has written on the subscription.
    #[serde(default)]
    pub metadata: Metadata,
    /// What is subscribed to.
    #[serde(default)]
    pub items: Page<Item>,
}

/// An item of a subscription.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct Item {
    /// The identifier.
    #[serde(default)]
    pub id: String,
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

/// An object of a list that is read page after page.
pub trait Listed {
    /// The identifier, behind which the next page begins.
    fn id(&self) -> &str;
}

impl Listed for Subscription {
    fn id(&self) -> &str {
        &self.id
    }
}

impl Listed for Item {
    fn id(&self) -> &str {
        &self.id
    }
}

/// The call for a page of a customer's subscriptions, those left out that are over.
#[must_use]
pub fn list(customer: &str, after: Option<&str>) -> Call {
    page_call("/v1/subscriptions", ("customer", customer), after)
}

/// The call for a page of a subscription's items.
#[must_use]
pub fn list_items(subscription: &str, after: Option<&str>) -> Call {
    page_call(
        "/v1/subscription_items",
        ("subscription", subscription),
        after,
    )
}

fn page_call(path: &str, (name, owner): (&str, &str), after: Option<&str>) -> Call {
    let mut parameters = Form::default();
    parameters.push(name, owner);
    parameters.push("limit", "100");
    if let Some(after) = after {
        parameters.push("starting_after", after);
    }
    Call::get_list(path.to_owned(), parameters)
}

/// Reads the answer to [`list`] or [`list_items`].
///
/// # Errors
/// The answer is not such a list.
pub fn read_page<'a, T: Deserialize<'a>>(answer: &'a [u8]) -> Result<Page<T>, Failure> {
    serde_json::from_slice(answer)
        .map_err(|_| rejected("Stripe's answer is not a list of subscriptions or items"))
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
        let list: Page<Subscription> = read_page(list).unwrap();
        assert_eq!(list.data[0].items.data[0].price.product.id(), "prod_1");
        assert!(read_page::<Item>(b"{}").is_err());
    }
}
