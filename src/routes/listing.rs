//! The steps that the routes of lists have in common, from the token to Stripe's answer.

use std::time::Duration;

use http::StatusCode;
use serde::{Serialize, Serializer};

use crate::answer::Reply;
use crate::error::{Failure, FailureKind};
use crate::inbound::Head;
use crate::platform::Platform;
use crate::stripe::link::{Link, LinkHosts};
use crate::stripe::list::{Cursor, Part, Text};
use crate::stripe::{Call, Chosen};
use crate::stripe_id::CustomerId;
use crate::trip::{Payer, Trip};
use crate::user::User;

mod query;

pub(super) use query::Rules;

/// The caller's customer.
pub(super) struct Customer {
    user: User,
    pub(super) id: CustomerId,
    /// The time at which it was looked up, by the monotonic clock.
    looked_up: Duration,
}

impl Customer {
    pub(super) fn as_payer(&self) -> Payer<'_> {
        Payer {
            user: &self.user,
            customer: &self.id,
            looked_up: self.looked_up,
        }
    }
}

/// A customer and Stripe's answer about them.
pub(super) struct Answered {
    pub(super) customer: Customer,
    pub(super) body: Vec<u8>,
    limit: u64,
    deadline: Duration,
}

/// Asks Stripe for the part of the caller's list that the query chooses. Returns `None` where the caller has no
/// customer: nothing was bought, so the list is empty.
pub(super) async fn ask<P: Platform>(
    trip: &mut Trip<'_, P>,
    head: &Head,
    rules: &Rules,
    call: fn(&CustomerId, &Part) -> Call,
) -> Result<Option<Answered>, Failure> {
    let read = |query: &str| rules.read(query);
    let Some((customer, part)) = customer_and_query(trip, head, read).await? else {
        return Ok(None);
    };
    let deadline = trip.stripe_deadline();
    let limit = part.limit;
    let body = answered(trip, &customer, deadline, call(&customer.id, &part)).await?;
    Ok(body.map(|body| Answered {
        customer,
        body,
        limit,
        deadline,
    }))
}

/// Admits the caller and reads the query. Returns the caller's customer with it, or `None` where the caller has none.
pub(super) async fn customer_and_query<P: Platform, Q>(
    trip: &mut Trip<'_, P>,
    head: &Head,
    read: impl FnOnce(&str) -> Result<Q, &'static str>,
) -> Result<Option<(Customer, Q)>, Failure> {
    let mut caller = trip.admit_caller(&head.headers).await?;
    let query = read(head.query.as_deref().unwrap_or_default());
    let query = query.map_err(Failure::invalid_request)?;
    trip.look_again(&mut caller).await;
    let record = caller.record?;
    let fits_mode = record.fits_mode(trip.config.stripe.livemode);
    let customer = record.customer.filter(|_| fits_mode);
    let found = |id| Customer {
        user: caller.user,
        id,
        looked_up: caller.looked_up,
    };
    Ok(customer.map(|id| (found(id), query)))
}

/// Asks Stripe about the caller's customer; `None` where [`or_none`] has it.
pub(super) async fn answered<P: Platform>(
    trip: &mut Trip<'_, P>,
    caller: &Customer,
    deadline: Duration,
    call: Call,
) -> Result<Option<Vec<u8>>, Failure> {
    let answer = trip.ask_about(caller.as_payer(), deadline, call).await;
    or_none(trip, answer)
}

/// Turns the failure that the caller has no customer, because Stripe does not know that customer any more or because it
/// became another user's, into `None`.
pub(super) fn or_none<P, T>(
    trip: &mut Trip<'_, P>,
    told: Result<T, Failure>,
) -> Result<Option<T>, Failure> {
    match told {
        Ok(told) => Ok(Some(told)),
        Err(Failure {
            kind: FailureKind::NoStripeCustomer,
            reason,
        }) => {
            // The caller is served all the same; the operator should know of a record that leads nowhere.
            trip.entry.add_reason(reason);
            Ok(None)
        }
        Err(failure) => Err(failure),
    }
}

/// Asks Stripe for the page after the one that it answered, because nothing of that one can be shown; `None` where
/// Stripe does not know the customer any more.
pub(super) async fn go_on<P: Platform>(
    trip: &mut Trip<'_, P>,
    page: &Answered,
    after: Cursor,
    call: fn(&CustomerId, &Part) -> Call,
) -> Result<Option<Vec<u8>>, Failure> {
    let part = Part {
        limit: page.limit,
        starting_after: Some(after),
    };
    let call = Call {
        // The cursor is Stripe's own, and not the caller's.
        chosen: Chosen::Nothing,
        ..call(&page.customer.id, &part)
    };
    answered(trip, &page.customer, page.deadline, call).await
}

pub(super) fn reply(page: &impl Serialize) -> Result<Reply, Failure> {
    Reply::json(StatusCode::OK, page)
}

/// A link on its way into an answer.
pub(super) struct ShownLink(Link);

impl ShownLink {
    /// Checks a link of Stripe's; `None`, which is `null` in the answer, if it is not on one of the hosts.
    pub(super) fn parse(text: Option<&Text<'_>>, hosts: &LinkHosts) -> Option<Self> {
        Link::parse(text?.as_str(), hosts).map(Self)
    }
}

impl Serialize for ShownLink {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.expose())
    }
}
