//! Whose a customer at Stripe is: what the store remembers of it, and what decides it.
//!
//! Nothing that a buyer can choose decides it, unless the operator says so, and an e-mail address never does.

use serde_json::{Map, Value, json};

use crate::record::CorruptRecord;
use crate::strict_json;
use crate::stripe::checkout_session::CheckoutSession;
use crate::stripe::customer::Customer;
use crate::stripe::objects::Metadata;
use crate::stripe::subscription::Subscription;
use crate::stripe_id::CustomerId;
use crate::user::User;

/// How many other customers of its user an owner's record remembers.
const MAX_OTHERS: usize = 8;

/// How customers are matched with users.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The metadata key that names the user at Stripe.
    pub user_metadata_key: String,
    /// Whether the `client_reference_id` of a Payment Link, which the buyer can choose, may link a customer.
    pub trust_payment_links: bool,
    /// Whether Stripe is searched for the customer of a user without a record.
    pub search: bool,
}

/// The record under `stripe:<cus_…>`: whose the customer is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnerRecord {
    /// The user.
    pub user: User,
    /// Other customers of the same user, which may take the customer's place once it has no subscription.
    pub others: Vec<CustomerId>,
    members: Map<String, Value>,
}

impl OwnerRecord {
    /// A new record.
    #[must_use]
    pub fn new(user: User) -> Self {
        Self {
            user,
            others: Vec::new(),
            members: Map::new(),
        }
    }

    /// Reads a record.
    ///
    /// # Errors
    /// It names no user.
    pub fn parse(record: &[u8]) -> Result<Self, CorruptRecord> {
        const CORRUPT: CorruptRecord = CorruptRecord("owner record of a customer names no user");
        let Ok(Value::Object(members)) = strict_json::parse(record) else {
            return Err(CORRUPT);
        };
        let user = members.get("user").and_then(Value::as_str);
        let user = user.and_then(User::named).ok_or(CORRUPT)?;
        let others = members.get("others").and_then(Value::as_array);
        let others = others
            .into_iter()
            .flatten()
            .filter_map(|other| CustomerId::parse(other.as_str()?))
            .collect();
        Ok(Self {
            user,
            others,
            members,
        })
    }

    /// The same record for a user and with these other customers; members that Portico does not know stay.
    #[must_use]
    pub fn with(&self, user: &User, mut others: Vec<CustomerId>) -> Self {
        others.sort();
        others.dedup();
        others.truncate(MAX_OTHERS);
        Self {
            user: user.clone(),
            others,
            members: self.members.clone(),
        }
    }

    /// The bytes to store.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut members = self.members.clone();
        members.insert("user".to_owned(), json!(self.user.as_str()));
        if self.others.is_empty() {
            members.remove("others");
        } else {
            let others: Vec<_> = self.others.iter().map(CustomerId::as_str).collect();
            members.insert("others".to_owned(), json!(others));
        }
        Value::Object(members).to_string().into_bytes()
    }
}

/// Whom a checkout session names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SessionLink {
    /// The user in the session's metadata.
    pub metadata: Option<User>,
    /// The user in `client_reference_id`, where it counts.
    pub reference: Option<User>,
}

impl SessionLink {
    /// What counts of a session.
    #[must_use]
    pub fn of(session: &CheckoutSession, settings: &Settings) -> Self {
        let metadata = session.metadata.as_ref();
        let by_link = session.payment_link.is_some();
        let reference = session.client_reference_id.as_deref();
        Self {
            metadata: metadata.and_then(|metadata| named(metadata, settings)),
            reference: reference
                .filter(|_| !by_link || settings.trust_payment_links)
                .and_then(User::named),
        }
    }
}

/// What says whose a customer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The customer's or a subscription's metadata.
    Stripe,
    /// What the store remembers.
    OwnerRecord,
    /// The metadata of a checkout session.
    SessionMetadata,
    /// The `client_reference_id` of a checkout session.
    ClientReference,
    /// The user's record, which the operator wrote.
    OperatorsRecord,
}

/// Everything that can say whose a customer is.
#[derive(Clone, Copy, Debug, Default)]
pub struct Evidence<'a> {
    /// The customer as Stripe has it, with the subscriptions; `None` for one that was deleted.
    pub customer: Option<(&'a Customer, &'a [Subscription])>,
    /// What the store remembers.
    pub owner_record: Option<&'a OwnerRecord>,
    /// Whom a checkout session names.
    pub session: Option<&'a SessionLink>,
    /// The user whose record, which the operator wrote, names the customer.
    pub operators_record: Option<&'a User>,
}

/// Whose a customer is, and what says so; the first that answers counts.
#[must_use]
pub fn owner(evidence: Evidence<'_>, settings: &Settings) -> Option<(User, Source)> {
    let (customer, subscriptions) = evidence.customer?;
    let of_customer = named(&customer.metadata, settings);
    let of_subscription = || {
        let mut current = subscriptions.iter().filter(|one| !one.is_over());
        current.find_map(|one| named(&one.metadata, settings))
    };
    if let Some(user) = of_customer.or_else(of_subscription) {
        return Some((user, Source::Stripe));
    }
    let remembered = evidence.owner_record.map(|record| &record.user);
    let session = evidence.session;
    let (user, source) = [
        (remembered, Source::OwnerRecord),
        (
            session.and_then(|session| session.metadata.as_ref()),
            Source::SessionMetadata,
        ),
        (
            session.and_then(|session| session.reference.as_ref()),
            Source::ClientReference,
        ),
        (evidence.operators_record, Source::OperatorsRecord),
    ]
    .into_iter()
    .find_map(|(user, source)| Some((user?, source)))?;
    Some((user.clone(), source))
}

/// The user that metadata names. A value counts if a token could name it.
fn named(metadata: &Metadata, settings: &Settings) -> Option<User> {
    User::named(metadata.get(&settings.user_metadata_key)?)
}

/// A living customer of a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The customer.
    pub id: CustomerId,
    /// Whether a subscription of it gives a plan.
    pub entitled: bool,
    /// When it was created, in Unix seconds.
    pub created: i64,
}

/// Which of a user's customers the record names: the one with an entitled subscription, else the record's, else the
/// newest.
#[must_use]
pub fn choose<'a>(
    candidates: &'a [Candidate],
    recorded: Option<&CustomerId>,
) -> Option<&'a Candidate> {
    candidates.iter().max_by_key(|candidate| {
        (
            candidate.entitled,
            Some(&candidate.id) == recorded,
            candidate.created,
            // Two customers of the same second: any order will do, as long as it is always the same one.
            candidate.id.clone(),
        )
    })
}

#[cfg(test)]
mod tests;
