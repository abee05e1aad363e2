//! `GET /v1/customers/{id}` and `GET /v1/customers/search` (Stripe API, Retrieve a customer, Search customers).

use serde::Deserialize;

use super::client::Call;
use super::error::rejected;
use super::form::Form;
use super::objects::Metadata;
use super::subscription::{Page, Subscription};
use crate::error::Failure;
use crate::stripe_id::CustomerId;
use crate::user::User;

pub mod creation;

/// A customer as Stripe has it now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Retrieved {
    /// A customer that exists.
    Living(Customer),
    /// A customer that was deleted.
    Deleted,
}

/// A customer that exists, with the subscriptions that are not over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Customer {
    /// The time of the customer's creation, in Unix seconds.
    pub created: i64,
    /// The mode that the customer belongs to.
    pub livemode: bool,
    /// The merchant's metadata on the customer.
    pub metadata: Metadata,
    /// The subscriptions: the first ten of them as Stripe answers the customer.
    pub subscriptions: Page<Subscription>,
}

/// Makes the call that reads a customer.
#[must_use]
pub fn retrieve(id: &CustomerId) -> Call {
    let mut parameters = Form::default();
    parameters.push("expand[]", "subscriptions");
    Call::get(format!("/v1/customers/{id}"), parameters)
}

/// Makes the call that searches for the customers on which the merchant has written this user. The search lags some
/// moments behind, and does not tell upper case from lower case.
#[must_use]
pub fn search(metadata_key: &str, user: &User) -> Call {
    // Stripe API, Search: quotes and backslashes are escaped in a string.
    let escaped = |text: &str| text.replace('\\', "\\\\").replace('\'', "\\'");
    let query = format!(
        "metadata['{}']:'{}'",
        escaped(metadata_key),
        escaped(user.as_str())
    );
    let mut parameters = Form::default();
    parameters.push("query", &query);
    parameters.push("limit", "100");
    Call::get("/v1/customers/search".to_owned(), parameters)
}

/// A customer, or the rest of a deleted one.
#[derive(Deserialize)]
struct Any {
    object: String,
    #[serde(default)]
    deleted: bool,
    id: String,
    #[serde(default)]
    created: i64,
    livemode: Option<bool>,
    #[serde(default)]
    metadata: Metadata,
    #[serde(default)]
    subscriptions: Page<Subscription>,
}

/// Reads the answer to [`retrieve`], which must be the customer that was asked for.
pub fn read(answer: &[u8], id: &CustomerId) -> Result<Retrieved, Failure> {
    let invalid = || rejected("Stripe's answer is not the customer that was asked for");
    let any: Any = serde_json::from_slice(answer).map_err(|_| invalid())?;
    if any.object != "customer" || any.id != id.as_str() {
        return Err(invalid());
    }
    if any.deleted {
        return Ok(Retrieved::Deleted);
    }
    Ok(Retrieved::Living(Customer {
        created: any.created,
        livemode: any.livemode.ok_or_else(invalid)?,
        metadata: any.metadata,
        subscriptions: any.subscriptions,
    }))
}

#[derive(Deserialize)]
struct Found {
    data: Vec<Hit>,
    #[serde(default)]
    has_more: bool,
}

#[derive(Deserialize)]
struct Hit {
    id: String,
    #[serde(default)]
    created: i64,
    #[serde(default)]
    deleted: bool,
    #[serde(default)]
    metadata: Metadata,
}

/// Reads the answer to [`creation::create`].
pub fn read_created(answer: &[u8]) -> Result<CustomerId, Failure> {
    serde_json::from_slice::<Any>(answer)
        .ok()
        .filter(|any| any.object == "customer")
        .and_then(|any| CustomerId::parse(&any.id))
        .ok_or_else(|| rejected("Stripe's answer is not a customer"))
}

/// Reads the answer to [`search`]: the one living customer whose metadata names the user to the byte; `None` where
/// there is none, and where there are several, since nothing tells which of them is meant.
pub fn the_only_hit(
    answer: &[u8],
    metadata_key: &str,
    user: &User,
) -> Result<Option<CustomerId>, Failure> {
    let (hits, has_more) = hits_of(answer, metadata_key, user)?;
    let mut hits = hits.into_iter();
    let (Some(hit), None, false) = (hits.next(), hits.next(), has_more) else {
        return Ok(None);
    };
    Ok(CustomerId::parse(&hit.id))
}

/// Reads the answer to [`search`]: the living customers whose metadata names the user to the byte, the oldest first.
pub fn oldest_first(
    answer: &[u8],
    metadata_key: &str,
    user: &User,
) -> Result<Vec<CustomerId>, Failure> {
    let (mut hits, _) = hits_of(answer, metadata_key, user)?;
    let mut ids = Vec::with_capacity(hits.len());
    // There is rarely more than one, and the library's sorting would be the larger part of this module.
    while let Some((oldest, _)) = hits
        .iter()
        .enumerate()
        .min_by_key(|(_, hit)| (hit.created, &hit.id))
    {
        ids.extend(CustomerId::parse(&hits.swap_remove(oldest).id));
    }
    Ok(ids)
}

/// Returns the living customers that name the user, and whether there are more.
fn hits_of(answer: &[u8], metadata_key: &str, user: &User) -> Result<(Vec<Hit>, bool), Failure> {
    let found: Found = serde_json::from_slice(answer)
        .map_err(|_| rejected("Stripe's answer is not a list of customers"))?;
    let mut hits = found.data;
    hits.retain(|hit| {
        !hit.deleted && hit.metadata.get(metadata_key).map(String::as_str) == Some(user.as_str())
    });
    Ok((hits, found.has_more))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id() -> CustomerId {
        CustomerId::parse("cus_1").unwrap()
    }

    #[test]
    fn a_customer_is_living_deleted_or_not_the_one_that_was_asked_for() {
        let living = br#"{"object":"customer","id":"cus_1","livemode":false,"created":7,"email":"x@example.com"}"#;
        let Ok(Retrieved::Living(customer)) = read(living, &id()) else {
            panic!("not living");
        };
        assert_eq!((customer.created, customer.livemode), (7, false));
        let deleted = br#"{"object":"customer","id":"cus_1","deleted":true}"#;
        assert_eq!(read(deleted, &id()), Ok(Retrieved::Deleted));
        for other in [
            r#"{"object":"customer","id":"cus_2","livemode":false}"#,
            r#"{"object":"subscription","id":"cus_1","livemode":false}"#,
            r#"{"object":"customer","id":"cus_1"}"#,
            r#"{"object":"customer","id":"cus_1","livemode":false,"metadata":{"a":1}}"#,
            "[]",
            "",
        ] {
            assert!(read(other.as_bytes(), &id()).is_err(), "{other}");
        }
    }

    #[test]
    fn a_search_quotes_what_it_looks_for() {
        let user = User::authenticated(r"o'brien\x").unwrap();
        let call = search("user_id", &user);
        assert_eq!(
            String::from_utf8(call.parameters.into_bytes()).unwrap(),
            "query=metadata%5B%27user_id%27%5D%3A%27o%5C%27brien%5C%5Cx%27&limit=100"
                .replace("%5B", "[")
                .replace("%5D", "]")
        );
    }

    #[test]
    fn a_search_finds_the_only_living_customer_that_names_the_user_to_the_byte() {
        let user = User::authenticated("user_1").unwrap();
        let hit = |id: &str, user: &str, rest: &str| {
            format!(r#"{{"id":"{id}","metadata":{{"user_id":"{user}"}}{rest}}}"#)
        };
        let ours = hit("cus_1", "user_1", "");
        for (hits, more, expected) in [
            (vec![], false, None),
            (vec![ours.clone()], false, Some("cus_1")),
            (vec![ours.clone()], true, None),
            (vec![ours.clone(), hit("cus_2", "user_1", "")], false, None),
            (
                vec![ours.clone(), hit("cus_2", "USER_1", "")],
                false,
                Some("cus_1"),
            ),
            (
                vec![hit("cus_2", "user_1", r#","deleted":true"#), ours.clone()],
                false,
                Some("cus_1"),
            ),
            (vec![r#"{"id":"cus_3"}"#.to_owned()], false, None),
        ] {
            let answer = format!(r#"{{"data":[{}],"has_more":{more}}}"#, hits.join(","));
            let found = the_only_hit(answer.as_bytes(), "user_id", &user).unwrap();
            assert_eq!(found.as_ref().map(CustomerId::as_str), expected, "{answer}");
        }
        assert!(the_only_hit(b"{}", "user_id", &user).is_err());
    }

    #[test]
    fn of_several_living_customers_the_oldest_comes_first() {
        let user = User::authenticated("user_1").unwrap();
        let answer = br#"{"data":[
            {"id":"cus_3","created":9,"metadata":{"user_id":"user_1"}},
            {"id":"cus_4","created":1,"metadata":{"user_id":"user_1"},"deleted":true},
            {"id":"cus_2","created":7,"metadata":{"user_id":"user_1"}},
            {"id":"cus_1","created":7,"metadata":{"user_id":"user_1"}},
            {"id":"cus_5","created":2,"metadata":{"user_id":"User_1"}}
        ],"has_more":true}"#;
        let found = oldest_first(answer, "user_id", &user).unwrap();
        let ids: Vec<_> = found.iter().map(CustomerId::as_str).collect();
        assert_eq!(ids, ["cus_1", "cus_2", "cus_3"]);
    }
}
