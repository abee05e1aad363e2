//! Lists (Stripe API, Pagination): the calls for them, and the reading of a page.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::client::Call;
use super::error::{Chosen, rejected};
use super::form::Form;
use crate::error::Failure;
use crate::stripe_id::{CustomerId, has_form};

/// The part of a list that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The longest that the page may be, from 1 to 100.
    pub limit: u64,
    /// The item before the page; the list's beginning where `None`.
    pub starting_after: Option<Cursor>,
}

/// The identifier of an item, behind which a page begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor(String);

impl Cursor {
    /// Checks the form of an identifier that begins with one of the prefixes; `None` if it is none.
    #[must_use]
    pub fn parse(text: &str, prefixes: &[&str]) -> Option<Self> {
        let is_one = prefixes.iter().any(|prefix| has_form(text, prefix));
        is_one.then(|| Self(text.to_owned()))
    }

    /// Returns the identifier as Stripe writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A page of a list.
#[derive(Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// The items, in Stripe's order: the newest first.
    pub items: Vec<T>,
    /// True if there are older ones.
    pub has_more: bool,
    /// The last of the items that Stripe answered, also if it is not among these; `None` where it is another customer's.
    pub last: Option<Cursor>,
}

impl<T> Page<T> {
    /// Returns the item to go on after, where nothing of the page can be shown although there is more.
    #[must_use]
    pub fn goes_on_after(&self) -> Option<&Cursor> {
        let nothing_yet = self.items.is_empty() && self.has_more;
        self.last.as_ref().filter(|_| nothing_yet)
    }
}

/// A text of Stripe's answer, borrowed from it where it has no escapes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(transparent)]
pub struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

impl Text<'_> {
    /// Returns the text itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// An item that belongs to a customer.
pub(super) trait Owned {
    fn id(&self) -> &str;
    /// Returns the customer's identifier, if the item names one.
    fn customer(&self) -> Option<&str>;
}

/// Makes the call for a part of a customer's list.
///
/// One sentence answers every refusal of the cursor by Stripe, so that a caller learns nothing about others' objects.
pub(super) fn call(path: &str, customer: &CustomerId, part: &Part) -> Call {
    let mut form = Form::default();
    form.push("customer", customer.as_str());
    let mut chosen = Chosen::Nothing;
    if let Some(cursor) = &part.starting_after {
        form.push("starting_after", cursor.as_str());
        chosen = Chosen::AllBut(
            &["customer", "limit"],
            "Stripe does not accept starting_after for this customer.",
        );
    }
    Call {
        chosen,
        limit: Some(part.limit),
        ..Call::get(path.to_owned(), form)
    }
}

/// A list as Stripe writes it. Serde skips members that are not named here, so no tree of them is built.
#[derive(Deserialize)]
struct List<'a, T> {
    #[serde(borrow)]
    object: Cow<'a, str>,
    data: Vec<T>,
    has_more: bool,
}

/// Reads a page. Items of another customer are left out: Stripe was asked for this one's, and yet each is checked.
pub(super) fn page<'a, T: Deserialize<'a> + Owned>(
    answer: &'a [u8],
    customer: &CustomerId,
) -> Result<Page<T>, Failure> {
    let not_a_list = || rejected("Stripe's answer is not the list that was asked for");
    let list: List<'a, T> = serde_json::from_slice(answer).map_err(|_| not_a_list())?;
    if list.object != "list" {
        return Err(not_a_list());
    }
    let mut items = list.data;
    let is_own = |item: &T| item.customer() == Some(customer.as_str());
    let final_one = items.last().filter(|item| is_own(item));
    let last_id = final_one.map(|item| Cursor(item.id().to_owned()));
    items.retain(is_own);
    Ok(Page {
        items,
        has_more: list.has_more,
        last: last_id,
    })
}
