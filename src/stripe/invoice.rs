//! `GET /v1/invoices` (Stripe API, List all invoices).

use serde::Deserialize;

use super::client::Call;
use super::list::{self, Owned, Page, Part, Text};
use crate::error::Failure;
use crate::stripe_id::CustomerId;

/// The path of the call.
pub const PATH: &str = "/v1/invoices";

/// The prefixes of an invoice's identifier.
pub const PREFIXES: &[&str] = &["in_"];

/// An invoice (Stripe API, The Invoice object), as far as a caller may see it. Its links are not checked yet. Amounts are
/// in the currency's minor unit, times in seconds since the Unix epoch.
#[derive(Debug, Deserialize)]
#[allow(missing_docs, reason = "the members are Stripe's, by Stripe's names")]
pub struct Invoice<'a> {
    #[serde(borrow)]
    customer: Option<Text<'a>>,
    #[serde(borrow)]
    pub id: Text<'a>,
    #[serde(borrow)]
    pub number: Option<Text<'a>>,
    #[serde(borrow)]
    pub status: Option<Text<'a>>,
    #[serde(borrow)]
    pub description: Option<Text<'a>>,
    #[serde(borrow)]
    pub currency: Option<Text<'a>>,
    pub amount_due: Option<i64>,
    pub amount_paid: Option<i64>,
    pub amount_remaining: Option<i64>,
    pub total: Option<i64>,
    pub created: Option<i64>,
    pub due_date: Option<i64>,
    pub period_start: Option<i64>,
    pub period_end: Option<i64>,
    #[serde(borrow)]
    pub hosted_invoice_url: Option<Text<'a>>,
    #[serde(borrow)]
    pub invoice_pdf: Option<Text<'a>>,
}

impl Invoice<'_> {
    /// Returns true for a draft, which Stripe has not finalised and may still change.
    #[must_use]
    pub fn is_draft(&self) -> bool {
        self.status.as_ref().map(Text::as_str) == Some("draft")
    }
}

impl Owned for Invoice<'_> {
    fn id(&self) -> &str {
        self.id.as_str()
    }

    fn customer(&self) -> Option<&str> {
        self.customer.as_ref().map(Text::as_str)
    }
}

/// Makes the call for a part of a customer's invoices.
#[must_use]
pub fn list(customer: &CustomerId, part: &Part) -> Call {
    list::call(PATH, customer, part)
}

/// Reads a page of a customer's invoices. Drafts are left out, so it may be shorter than what was asked for, and even
/// empty, although there are more.
pub fn page<'a>(answer: &'a [u8], customer: &CustomerId) -> Result<Page<Invoice<'a>>, Failure> {
    let mut page: Page<Invoice<'a>> = list::page(answer, customer)?;
    page.items.retain(|invoice| !invoice.is_draft());
    Ok(page)
}

#[cfg(test)]
mod tests;
