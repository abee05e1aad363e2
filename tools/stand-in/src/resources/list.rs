//! Lists of objects that belong to a customer, the newest first.
//!
//! <https://docs.stripe.com/api/pagination>

use serde_json::Value;

use super::document::Documents;
use crate::error::StripeError;
use crate::listing;
use crate::objects::Kind;
use crate::route::Call;

/// An object of a customer's that is to be made.
pub(crate) struct New<'a> {
    pub(crate) id: &'a str,
    pub(crate) customer: &'a str,
    pub(crate) live: bool,
    pub(crate) created: u64,
    pub(crate) documents: &'a Documents,
}

/// Answers with a page. A cursor is an object of the list that is asked for: one of another customer, or of the other
/// mode, is as unknown as one that does not exist.
pub(super) fn answer(call: &Call<'_>, kind: Kind, path: &str) -> Result<Value, StripeError> {
    let parameters = call.parameters(&[&listing::PARAMETERS[..], &["customer"]].concat())?;
    let customer = parameters.get("customer");
    if let Some(id) = customer {
        call.customer(id, "customer")?;
    }
    let all = call.state.objects.of(kind);
    let all = all
        .filter(|(live, _)| *live == call.live)
        .map(|(_, object)| object)
        .filter(|object| customer.is_none_or(|customer| object["customer"] == customer));
    listing::of(&parameters, &listing::newest(all), kind, path, |_| true)
}
