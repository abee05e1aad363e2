//! Lists of objects that belong to a customer, the newest first.
//!
//! <https://docs.stripe.com/api/pagination>

use serde_json::Value;

use crate::error::StripeError;
use crate::listing;
use crate::objects::Kind;
use crate::route::Call;
use crate::state::Settings;

/// An object of a customer's that is to be made.
pub(crate) struct New<'a> {
    pub(crate) id: &'a str,
    pub(crate) customer: &'a str,
    pub(crate) live: bool,
    pub(crate) settings: &'a Settings,
}

/// Answers with a page. A cursor is an object of the list that is asked for: one of another customer, or of the other
/// mode, is as unknown as one that does not exist.
pub(super) fn answer(call: &Call<'_>, kind: Kind, path: &str) -> Result<Value, StripeError> {
    let parameters = call.parameters(&[&listing::PARAMETERS[..], &["customer"]].concat())?;
    let customer = parameters.get("customer");
    if let Some(id) = customer {
        call.customer(id, "customer")?;
    }
    let all = listing::newest(call.state.objects.newest(kind, call.live));
    let own = |object: &&Value| customer.is_none_or(|customer| object["customer"] == customer);
    listing::of(&parameters, all.into_iter().filter(own), kind, path, |_| {
        true
    })
}
