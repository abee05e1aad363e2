//! Decides which user a customer at Stripe belongs to, by the store's records and Stripe's objects.
//!
//! Nothing that a buyer can choose decides it, unless the operator says so, and an e-mail address never does.

use crate::records::owner::{LinkedBy, OwnerRecord};
use crate::stripe::checkout_session::CheckoutSession;
use crate::stripe::customer::Customer;
use crate::stripe::objects::Metadata;
use crate::stripe::subscription::Subscription;
use crate::stripe_id::CustomerId;
use crate::user::User;

/// The rules that match customers with users.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnershipSettings {
    /// The metadata key that names the user at Stripe.
    pub user_metadata_key: String,
    /// True if the `client_reference_id` of a checkout session may link a customer. With Payment Links, pricing tables
    /// and client-side Checkout the buyer writes it, and shops put order numbers there.
    pub trust_client_reference_id: bool,
    /// True if Stripe is searched for the customer of a user without a record.
    pub search: bool,
}

/// The users that a checkout session names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SessionLink {
    /// The user in the session's metadata.
    pub metadata: Option<User>,
    /// The user in `client_reference_id`, where it counts.
    pub reference: Option<User>,
}

impl SessionLink {
    /// Reads those names of a session that count.
    #[must_use]
    pub fn of(session: &CheckoutSession, settings: &OwnershipSettings) -> Self {
        let metadata = session.metadata.as_ref();
        let reference = session.client_reference_id.as_deref();
        Self {
            metadata: metadata.and_then(|metadata| named(metadata, settings)),
            reference: reference
                .filter(|_| settings.trust_client_reference_id)
                .and_then(User::linked),
        }
    }
}

/// The source that links a customer with a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The customer's or a subscription's metadata.
    Stripe,
    /// The customer's owner record in the store.
    OwnerRecord,
    /// The metadata of a checkout session.
    SessionMetadata,
    /// The `client_reference_id` of a checkout session.
    ClientReference,
    /// The user's record, which the operator wrote.
    OperatorsRecord,
}

impl Source {
    /// Returns what the owner record says of the link, where there is no record yet.
    #[must_use]
    pub fn linked_by(self) -> LinkedBy {
        match self {
            Self::ClientReference => LinkedBy::Reference,
            Self::Stripe | Self::OwnerRecord | Self::SessionMetadata | Self::OperatorsRecord => {
                LinkedBy::Metadata
            }
        }
    }
}

/// All evidence of a customer's owner.
#[derive(Clone, Copy, Debug, Default)]
pub struct Evidence<'a> {
    /// The customer as Stripe has it, with the subscriptions; `None` for one that was deleted.
    pub customer: Option<(&'a Customer, &'a [Subscription])>,
    /// The customer's owner record in the store.
    pub owner_record: Option<&'a OwnerRecord>,
    /// The users that a checkout session names.
    pub session: Option<&'a SessionLink>,
    /// The user whose record, which the operator wrote, names the customer.
    pub operators_record: Option<&'a User>,
}

/// Finds a customer's owner, and the source that names the owner; the first source that has an answer counts.
#[must_use]
pub fn owner(evidence: Evidence<'_>, settings: &OwnershipSettings) -> Option<(User, Source)> {
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

/// Reads the user that metadata names. A value counts if a token could name it.
fn named(metadata: &Metadata, settings: &OwnershipSettings) -> Option<User> {
    User::linked(metadata.get(&settings.user_metadata_key)?)
}

/// A customer of a user that was not deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    pub id: CustomerId,
    /// True if one of its subscriptions gives a plan.
    pub entitled: bool,
    /// The source that links it with the user.
    pub by: LinkedBy,
    /// The time of its creation, in Unix seconds.
    pub created: i64,
}

impl Candidate {
    /// Ranks the candidate: the user's record names the highest. An entitled one comes first, then one that metadata
    /// links, then the one that the record names already, then the newest.
    #[must_use]
    pub fn rank(&self, recorded: Option<&CustomerId>) -> impl Ord + Clone + use<> {
        (
            self.entitled,
            self.by,
            Some(&self.id) == recorded,
            self.created,
            // Two customers of the same second: any order will do, as long as it is always the same one.
            self.id.clone(),
        )
    }
}

/// Chooses which of a user's customers the user's record names.
#[must_use]
pub fn choose<'a>(
    candidates: &'a [Candidate],
    recorded: Option<&CustomerId>,
) -> Option<&'a Candidate> {
    candidates
        .iter()
        .max_by_key(|candidate| candidate.rank(recorded))
}

#[cfg(test)]
mod tests;
