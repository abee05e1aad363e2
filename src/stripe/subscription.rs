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
    /// True if there are more.
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

/// A subscription (Stripe API, The Subscription object). Times are in Unix seconds.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
pub struct Subscription {
    #[serde(default)]
    pub id: String,
    /// The customer who subscribes; `None` where an account of Accounts v2 does (`customer_account`).
    #[serde(default)]
    pub customer: Option<Reference>,
    /// The status, e.g. `active`.
    pub status: String,
    /// The time of the subscription's creation.
    #[serde(default)]
    pub created: i64,
    /// The time at which it is going to be canceled.
    #[serde(default)]
    pub cancel_at: Option<i64>,
    /// True if it is going to be canceled when the present period ends.
    #[serde(default)]
    pub cancel_at_period_end: Option<bool>,
    /// The end of the present period, in API versions before 2025-03-31; later ones have it on the items.
    #[serde(default)]
    pub current_period_end: Option<i64>,
    /// The end of the trial, past or future.
    #[serde(default)]
    pub trial_end: Option<i64>,
    /// Set while no payment is collected.
    #[serde(default)]
    pub pause_collection: Option<PauseCollection>,
    /// The merchant's metadata on the subscription.
    #[serde(default)]
    pub metadata: Metadata,
    /// The prices that are subscribed to.
    #[serde(default)]
    pub items: Page<Item>,
}

/// A pause in which no payment is collected. The subscription's status stays as it is.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct PauseCollection {
    /// The time at which the pause ends, in Unix seconds; `None` where nobody has said.
    #[serde(default)]
    pub resumes_at: Option<i64>,
}

/// An item of a subscription.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct Item {
    #[serde(default)]
    pub id: String,
    /// The quantity of the price; `None` where use is metered.
    #[serde(default)]
    pub quantity: Option<u64>,
    /// The end of the present period, in Unix seconds.
    #[serde(default)]
    pub current_period_end: Option<i64>,
    pub price: Price,
}

/// A price (Stripe API, The Price object).
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct Price {
    pub id: String,
    /// The product that it is the price of.
    pub product: Reference,
    /// A name that the merchant gave it, and may move to another price.
    #[serde(default)]
    pub lookup_key: Option<String>,
    /// The merchant's metadata on the price.
    #[serde(default)]
    pub metadata: Metadata,
    /// The amount for one, in the currency's minor unit; `None` where tiers or a decimal amount say it.
    #[serde(default)]
    pub unit_amount: Option<i64>,
    /// The currency (ISO 4217, in lower case).
    #[serde(default)]
    pub currency: Option<String>,
    /// The interval at which the price is paid.
    #[serde(default)]
    pub recurring: Option<Recurring>,
}

/// The interval at which a price is paid: once in `interval_count` intervals.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct Recurring {
    /// `day`, `week`, `month` or `year`.
    pub interval: String,
    /// The number of intervals between two payments.
    #[serde(default)]
    pub interval_count: Option<u64>,
}

impl Subscription {
    /// Returns true if the subscription is over, so that it counts for nobody (Stripe API, Subscriptions, `status`).
    #[must_use]
    pub fn is_over(&self) -> bool {
        matches!(self.status.as_str(), "canceled" | "incomplete_expired")
    }

    /// Returns the end of the present period: for the item whose period ends last, or, from an API version before
    /// 2025-03-31, for the subscription as a whole.
    #[must_use]
    pub fn period_end(&self) -> Option<i64> {
        let items = self.items.data.iter();
        let latest = items.filter_map(|item| item.current_period_end).max();
        latest.or(self.current_period_end)
    }

    /// Returns the time at which the subscription is going to end, if somebody has canceled it.
    #[must_use]
    pub fn ends_at(&self) -> Option<i64> {
        let at_period_end = self.cancel_at_period_end == Some(true);
        self.cancel_at
            .or_else(|| self.period_end().filter(|_| at_period_end))
    }

    /// Returns true if nothing is paid at present: the trial ended without a way to pay, or somebody paused the
    /// collection.
    #[must_use]
    pub fn is_paused(&self) -> bool {
        self.status == "paused" || self.pause_collection.is_some()
    }

    /// Returns true if the subscription is this customer's.
    #[must_use]
    pub fn is_of(&self, customer: &CustomerId) -> bool {
        let named = self.customer.as_ref().map(Reference::id);
        named == Some(customer.as_str())
    }
}

/// An object of a list that is read page after page.
pub trait Listed {
    /// Returns the identifier, behind which the next page begins.
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

/// Makes the call for a page of a customer's subscriptions, those left out that are over: the first one, or the one
/// behind a subscription.
#[must_use]
pub fn list(customer: &CustomerId, after: Option<&str>) -> Call {
    let owner = ("customer", customer.as_str());
    page_call("/v1/subscriptions", owner, after)
}

/// Makes the call for a page of a subscription's items: the first one, or the one behind an item.
#[must_use]
pub fn list_items(subscription: &str, after: Option<&str>) -> Call {
    let owner = ("subscription", subscription);
    page_call("/v1/subscription_items", owner, after)
}

fn page_call(path: &str, (name, owner): (&str, &str), after: Option<&str>) -> Call {
    let mut parameters = Form::default();
    parameters.push(name, owner);
    if let Some(after) = after {
        parameters.push("starting_after", after);
    }
    Call {
        limit: Some(100),
        ..Call::get(path.to_owned(), parameters)
    }
}

/// Makes the call that tells whether a customer has ever had a subscription, those included that are over.
#[must_use]
pub fn ever(customer: &CustomerId) -> Call {
    let mut parameters = Form::default();
    parameters.push("customer", customer.as_str());
    parameters.push("status", "all");
    parameters.push("limit", "1");
    Call::get("/v1/subscriptions".to_owned(), parameters)
}

/// Reads the answer to [`list`], [`list_items`] or [`ever`].
pub fn read_page<'a, T: Deserialize<'a>>(answer: &'a [u8]) -> Result<Page<T>, Failure> {
    serde_json::from_slice(answer)
        .map_err(|_| rejected("Stripe's answer is not a list of subscriptions or items"))
}

/// Makes the call that reads a subscription.
#[must_use]
pub fn retrieve(id: &SubscriptionId) -> Call {
    Call::get(format!("/v1/subscriptions/{id}"), Form::default())
}

#[derive(Deserialize)]
struct Owned {
    customer: Option<Reference>,
    #[serde(default)]
    customer_account: Option<Reference>,
}

/// Reads the answer to [`retrieve`]: the customer who subscribes; `None` where an account of Accounts v2 does.
pub fn read_customer(answer: &[u8]) -> Result<Option<CustomerId>, Failure> {
    let invalid = || rejected("Stripe's answer is not a subscription of a customer");
    let owned: Owned = serde_json::from_slice(answer).map_err(|_| invalid())?;
    match (owned.customer, owned.customer_account) {
        (Some(customer), _) => CustomerId::parse(customer.id())
            .map(Some)
            .ok_or_else(invalid),
        (None, Some(_)) => Ok(None),
        (None, None) => Err(invalid()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_product_and_a_customer_are_named_or_whole() {
        for (text, customer) in [
            (r#"{"customer":"cus_1"}"#, Some(Some("cus_1"))),
            (
                r#"{"customer":{"id":"cus_1","object":"customer"}}"#,
                Some(Some("cus_1")),
            ),
            (
                r#"{"customer":"cus_1","customer_account":"acct_1"}"#,
                Some(Some("cus_1")),
            ),
            (
                r#"{"customer":null,"customer_account":"acct_1"}"#,
                Some(None),
            ),
            (r#"{"customer":null}"#, None),
            (r#"{"customer":"acct_1"}"#, None),
            ("{}", None),
            ("[]", None),
        ] {
            let read = read_customer(text.as_bytes()).ok();
            let read = read
                .as_ref()
                .map(|read| read.as_ref().map(CustomerId::as_str));
            assert_eq!(read, customer, "{text}");
        }
        let list = br#"{"data":[{"status":"active","items":{"data":[
            {"price":{"id":"price_1","product":{"id":"prod_1"},"lookup_key":null}}]}}],"has_more":false}"#;
        let list: Page<Subscription> = read_page(list).unwrap();
        assert_eq!(list.data[0].items.data[0].price.product.id(), "prod_1");
        assert!(read_page::<Item>(b"{}").is_err());
    }
}
