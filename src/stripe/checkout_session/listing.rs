//! `GET /v1/checkout/sessions` (Stripe API, List all Checkout Sessions): those of a customer that Portico has made.

use serde_json::Value;

use super::PATH;
use super::mark::{METADATA_KEY, Mark};
use crate::error::Failure;
use crate::strict_json;
use crate::stripe::Call;
use crate::stripe::error::{Chosen, rejected};
use crate::stripe::list::{self, Cursor, Part};
use crate::stripe_id::{CheckoutSessionId, CustomerId};

/// A session that Portico has made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnSession {
    pub id: CheckoutSessionId,
    /// The mark that Portico put on it.
    pub mark: Mark,
    pub status: Status,
    /// The time of its creation, in Unix seconds.
    pub created: u64,
    /// The time at which it ends by itself, in Unix seconds.
    pub expires_at: u64,
    /// The address of its page, unchecked; empty once there is none.
    pub url: String,
}

/// The status of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// The session can be paid.
    Open,
    /// The session was paid, or the payment is on its way.
    Complete,
    /// The session can no longer be paid.
    Expired,
}

/// Portico's part of a page of the list.
#[derive(Debug, PartialEq, Eq)]
pub struct Found {
    pub own: Vec<OwnSession>,
    /// The beginning of the next page, if there is one.
    pub next: Option<Cursor>,
    /// The time of creation of the page's last session, in Unix seconds. The list's order within one second is
    /// arbitrary, so the next page may have others of that second.
    pub oldest: u64,
}

impl OwnSession {
    /// Reads the session, if Portico has made it for this customer.
    fn of(session: &Value, customer: &CustomerId) -> Option<Self> {
        let text = |name| session.get(name).and_then(Value::as_str);
        let time = |name| {
            session
                .get(name)
                .and_then(Value::as_u64)
                .unwrap_or_default()
        };
        let mark = session.get("metadata")?.get(METADATA_KEY)?.as_str()?;
        (text("customer")? == customer.as_str()).then_some(Self {
            id: CheckoutSessionId::parse(text("id")?)?,
            mark: Mark::parse(mark)?,
            status: match text("status")? {
                "open" => Status::Open,
                "complete" => Status::Complete,
                _ => Status::Expired,
            },
            created: time("created"),
            expires_at: time("expires_at"),
            url: text("url").unwrap_or_default().to_owned(),
        })
    }
}

/// Makes the call for the hundred sessions of a customer behind a cursor, the newest first.
#[must_use]
pub fn list(customer: &CustomerId, starting_after: Option<Cursor>) -> Call {
    let part = Part {
        limit: 100,
        starting_after,
    };
    Call {
        // The cursor is Stripe's own, and not the caller's.
        chosen: Chosen::Nothing,
        ..list::call(PATH, customer, &part)
    }
}

/// Reads the answer to [`list()`].
pub fn read(answer: &[u8], customer: &CustomerId) -> Result<Found, Failure> {
    let list = strict_json::parse(answer).unwrap_or_default();
    let (Some(data), Some(has_more)) = (
        list.get("data").and_then(Value::as_array),
        list.get("has_more").and_then(Value::as_bool),
    ) else {
        return Err(rejected(
            "Stripe's answer is not a list of checkout sessions",
        ));
    };
    let own = |session| OwnSession::of(session, customer);
    let oldest = data.last();
    let created = oldest.and_then(|session| session.get("created")?.as_u64());
    let id = oldest.and_then(|session| session.get("id")?.as_str());
    Ok(Found {
        own: data.iter().filter_map(own).collect(),
        oldest: created.unwrap_or_default(),
        next: id
            .filter(|_| has_more)
            .and_then(|id| Cursor::parse(id, CheckoutSessionId::PREFIXES)),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

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
        assert_eq!(call.limit, Some(100));
        assert_eq!(
            String::from_utf8(call.parameters.into_bytes()).unwrap(),
            "customer=cus_1&starting_after=cs_1"
        );
        assert!(read(b"{}", &customer()).is_err());
    }
}
