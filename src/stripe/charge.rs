//! `GET /v1/charges` (Stripe API, List all charges): each attempt to move money, those that failed among them.

use serde::Deserialize;

use super::client::Call;
use super::list::{self, Owned, Page, Part, Text};
use crate::error::Failure;
use crate::stripe_id::CustomerId;

/// The path of the call.
pub const PATH: &str = "/v1/charges";

/// The prefixes of a charge's identifier. Payments by other means than cards have one of their own.
pub const PREFIXES: &[&str] = &["ch_", "py_"];

/// A charge (Stripe API, The Charge object), as far as a caller may see it: no billing details, no failure message, no
/// outcome. Its link is not checked yet. Amounts are in the currency's minor unit, times in seconds since the Unix epoch.
#[derive(Debug, Deserialize)]
#[allow(missing_docs, reason = "the members are Stripe's, by Stripe's names")]
pub struct Charge<'a> {
    #[serde(borrow)]
    customer: Option<Text<'a>>,
    #[serde(borrow)]
    pub id: Text<'a>,
    status: Status,
    captured: Option<bool>,
    pub amount: Option<i64>,
    pub amount_refunded: Option<i64>,
    #[serde(borrow)]
    pub currency: Option<Text<'a>>,
    pub created: Option<i64>,
    #[serde(borrow)]
    pub description: Option<Text<'a>>,
    #[serde(borrow)]
    payment_method_details: Option<PaymentMethodDetails<'a>>,
    #[serde(borrow)]
    pub receipt_url: Option<Text<'a>>,
}

/// The outcome of a charge. Of a card whose charge is not captured, Stripe says `succeeded` as well, although no money
/// has moved and none may ever move.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// The money has moved.
    Succeeded,
    /// The payment method takes its time, or the merchant does.
    Pending,
    /// The payment method was refused.
    Failed,
}

/// The payment method's details. Stripe has a member for each kind of payment method.
#[derive(Debug, Deserialize)]
struct PaymentMethodDetails<'a> {
    #[serde(borrow)]
    card: Option<Card<'a>>,
}

/// A card, as far as it may be shown.
#[derive(Debug, Deserialize)]
#[allow(missing_docs, reason = "the members are Stripe's, by Stripe's names")]
pub struct Card<'a> {
    #[serde(borrow)]
    pub brand: Option<Text<'a>>,
    #[serde(borrow)]
    pub last4: Option<Text<'a>>,
}

impl<'a> Charge<'a> {
    /// Returns the outcome of the charge.
    #[must_use]
    pub fn status(&self) -> Status {
        match self.status {
            Status::Succeeded if self.captured == Some(false) => Status::Pending,
            status => status,
        }
    }

    /// Returns the card that was charged; `None` for other ways to pay.
    #[must_use]
    pub fn card(&self) -> Option<&Card<'a>> {
        self.payment_method_details.as_ref()?.card.as_ref()
    }
}

impl Owned for Charge<'_> {
    fn id(&self) -> &str {
        self.id.as_str()
    }

    fn customer(&self) -> Option<&str> {
        self.customer.as_ref().map(Text::as_str)
    }
}

/// Makes the call for a part of a customer's charges.
#[must_use]
pub fn list(customer: &CustomerId, part: &Part) -> Call {
    list::call(PATH, customer, part)
}

/// Reads a page of a customer's charges.
pub fn page<'a>(answer: &'a [u8], customer: &CustomerId) -> Result<Page<Charge<'a>>, Failure> {
    list::page(answer, customer)
}

#[cfg(test)]
mod tests;
