//! `GET /v1/checkout/sessions` (Stripe API, List all Checkout Sessions): those of a customer that Portico has made.

use serde::Deserialize;

use super::PATH;
use super::mark::{METADATA_KEY, Mark};
use crate::error::Failure;
use crate::stripe::Call;
use crate::stripe::list::{self, Cursor, Owned, Part, Text};
use crate::stripe::objects::Metadata;
use crate::stripe_id::{CheckoutSessionId, CustomerId};

/// A session that Portico has made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnSession {
    /// The identifier.
    pub id: CheckoutSessionId,
    /// What it was marked with.
    pub mark: Mark,
    /// What has become of it.
    pub status: Status,
    /// When it was made, in Unix seconds.
    pub created: u64,
    /// When it ends by itself, in Unix seconds.
    pub expires_at: u64,
    /// The address of its page, unchecked; empty once there is none.
    pub url: String,
}

/// What has become of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// It can be paid.
    Open,
    /// It was paid, or the payment is on its way.
    Complete,
    /// It can no longer be paid.
    Expired,
}

/// What a page of the list has.
#[derive(Debug, PartialEq, Eq)]
pub struct Found {
    /// Portico's sessions.
    pub own: Vec<OwnSession>,
    /// Where the next page begins, if there is one.
    pub next: Option<Cursor>,
    /// When the last session of the page was made, in Unix seconds. The list's order within one second is arbitrary, so
    /// the next page may have others of that second.
    pub oldest: u64,
}

#[derive(Deserialize)]
struct Session<'a> {
    #[serde(borrow)]
    customer: Option<Text<'a>>,
    #[serde(borrow)]
    id: Text<'a>,
    status: Option<Status>,
    #[serde(default)]
    created: u64,
    expires_at: Option<u64>,
    #[serde(borrow)]
    url: Option<Text<'a>>,
    #[serde(default)]
    metadata: Option<Metadata>,
}

impl Owned for Session<'_> {
    fn id(&self) -> &str {
        self.id.as_str()
    }

    fn customer(&self) -> Option<&str> {
        self.customer.as_ref().map(Text::as_str)
    }
}

impl Session<'_> {
    /// The session, if Portico has made it.
    fn own(&self) -> Option<OwnSession> {
        Some(OwnSession {
            id: CheckoutSessionId::parse(self.id.as_str())?,
            mark: Mark::parse(self.metadata.as_ref()?.get(METADATA_KEY)?)?,
            status: self.status?,
            created: self.created,
            expires_at: self.expires_at.unwrap_or_default(),
            url: self
                .url
                .as_ref()
                .map(Text::as_str)
                .unwrap_or_default()
                .to_owned(),
        })
    }
}

/// The call for the hundred sessions of a customer behind a cursor, the newest first.
#[must_use]
pub fn list(customer: &CustomerId, starting_after: Option<Cursor>) -> Call {
    let part = Part {
        limit: 100,
        starting_after,
    };
    list::call(PATH, customer, &part)
}

/// Reads the answer to [`list`].
///
/// # Errors
/// The answer is not a list of sessions.
pub fn read(answer: &[u8], customer: &CustomerId) -> Result<Found, Failure> {
    let page = list::page::<Session<'_>>(answer, customer)?;
    let oldest = page.items.last().map(|last| last.created);
    Ok(Found {
        own: page.items.iter().filter_map(Session::own).collect(),
        oldest: oldest.unwrap_or_default(),
        next: page.last.filter(|_| page.has_more),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn customer() -> CustomerId {
        CustomerId::parse("cus_1").unwrap()
    }

    fn session(id: &str, metadata: &Value) -> Value {
        json!({
            "id": id, "object": "checkout.session", "customer": "cus_1", "status": "open", "expires_at": 100,
            "url": "https://checkout.stripe.com/c/pay/1", "metadata": metadata,
        })
    }

    fn read_list(data: &Value, has_more: bool) -> Found {
        let list = json!({"object": "list", "data": data, "has_more": has_more});
        read(list.to_string().as_bytes(), &customer()).unwrap()
    }

    #[test]
    fn sessions_that_others_made_are_passed_over() {
        let mut anothers = session("cs_2", &json!({"portico_checkout": "2 x"}));
        anothers["customer"] = json!("cus_2");
        let found = read_list(
            &json!([
                session("cs_3", &json!({"portico_checkout": "theirs"})),
                anothers,
                session("cs_1", &json!({"portico_checkout": "1 x"})),
                session("cs_0", &json!({})),
                session("cs_00", &Value::Null),
            ]),
            false,
        );
        let own: Vec<_> = found.own.iter().map(|one| one.id.as_str()).collect();
        assert_eq!((own, found.next), (vec!["cs_1"], None));
        assert_eq!(found.own[0].status, Status::Open);
        assert_eq!(found.own[0].expires_at, 100);
    }

    #[test]
    fn the_next_page_begins_behind_the_last_session_whoever_made_it() {
        let found = read_list(
            &json!([session("cs_2", &json!({})), session("cs_1", &json!({}))]),
            true,
        );
        assert_eq!(found.next.as_ref().map(Cursor::as_str), Some("cs_1"));
        let call = list(&customer(), found.next);
        assert_eq!(
            String::from_utf8(call.parameters.into_bytes()).unwrap(),
            "customer=cus_1&limit=100&starting_after=cs_1"
        );
        assert!(read(b"{}", &customer()).is_err());
    }
}
