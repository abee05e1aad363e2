//! Which of a user's customers the user's record should name now.

use super::desk::{Desk, View};
use crate::customer::CustomerRecord;
use crate::error::Failure;
use crate::ownership::{Candidate, Evidence, OwnerRecord, choose, owner};
use crate::platform::Platform;
use crate::stripe_id::CustomerId;
use crate::user::User;

/// A customer as Stripe and the store have it.
#[derive(Debug)]
pub(super) struct Picture {
    /// The customer.
    pub(super) id: CustomerId,
    /// What Stripe has.
    pub(super) view: View,
    /// Whose it is by the store.
    pub(super) remembered: Option<OwnerRecord>,
    /// Whose it is.
    pub(super) owner: Option<User>,
}

impl Picture {
    /// What the customer is to a user; `None` where it is not the user's.
    fn candidate<P: Platform>(&self, user: &User, desk: &Desk<'_, '_, P>) -> Option<Candidate> {
        let (customer, subscriptions) = self.view.living()?;
        (self.owner.as_ref() == Some(user)).then(|| Candidate {
            id: self.id.clone(),
            entitled: desk.config.plans.is_entitled(subscriptions),
            created: customer.created,
        })
    }
}

/// What is to become of a user's record.
#[derive(Debug)]
pub(super) struct Settled {
    /// The record as it is.
    pub(super) record: CustomerRecord,
    /// What is to be done with it.
    pub(super) change: Change,
    /// The customer that the record is to name, and the user's others.
    pub(super) chosen: Option<CustomerId>,
    pub(super) others: Vec<CustomerId>,
    /// Whether another customer of the user than the one at hand has an entitled subscription.
    pub(super) another_is_entitled: bool,
    /// The pictures of the user's other customers.
    pub(super) pictures: Vec<Picture>,
}

/// What is to be done with a user's record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// It stays as it is.
    Keep,
    /// It goes.
    Delete,
    /// It is written for the chosen customer.
    Write,
}

/// Finds out which customer the user's record should name, with a customer at hand that is, was or may be the user's.
pub(super) async fn settle<P: Platform>(
    desk: &mut Desk<'_, '_, P>,
    user: &User,
    at_hand: &Picture,
) -> Result<Settled, Failure> {
    let record = desk.record(user).await?;
    let recorded = record.customer.clone();
    let mut pictures = Vec::new();
    for id in others(desk, user, &record, at_hand).await? {
        pictures.push(look(desk, user, &record, id).await?);
    }
    let of_others: Vec<_> = pictures
        .iter()
        .filter_map(|picture| picture.candidate(user, desk))
        .collect();
    let mut candidates = of_others.clone();
    candidates.extend(at_hand.candidate(user, desk));
    let chosen = choose(&candidates, recorded.as_ref()).map(|chosen| chosen.id.clone());
    let change = match &chosen {
        // The record names another customer, which is still the user's. Its own events keep it current.
        Some(chosen) if Some(chosen) == recorded.as_ref() && *chosen != at_hand.id => Change::Keep,
        Some(_) => Change::Write,
        None if recorded
            .as_ref()
            .is_some_and(|id| is_gone(id, at_hand, &pictures)) =>
        {
            Change::Delete
        }
        None => Change::Keep,
    };
    let others = candidates.iter().map(|one| one.id.clone());
    let others = others.filter(|id| Some(id) != chosen.as_ref()).collect();
    Ok(Settled {
        record,
        change,
        chosen,
        others,
        another_is_entitled: of_others.iter().any(|one| one.entitled),
        pictures,
    })
}

/// Whether a customer that the record names, and that is not the user's, may leave the record: all but one that Stripe
/// does not know, which can be the fault of a wrong key. The customer at hand is unknown there only where an event says
/// that it was deleted.
fn is_gone(id: &CustomerId, at_hand: &Picture, pictures: &[Picture]) -> bool {
    let known = |picture: &Picture| !matches!(picture.view, View::Missing);
    at_hand.id == *id
        || pictures
            .iter()
            .any(|picture| picture.id == *id && known(picture))
}

/// The customers besides the one at hand that may be the user's.
async fn others<P: Platform>(
    desk: &Desk<'_, '_, P>,
    user: &User,
    record: &CustomerRecord,
    at_hand: &Picture,
) -> Result<Vec<CustomerId>, Failure> {
    let of = |owner: Option<&OwnerRecord>| match owner {
        Some(owner) if owner.user == *user => owner.others.clone(),
        _ => Vec::new(),
    };
    let mut ids = of(at_hand.remembered.as_ref());
    if let Some(recorded) = &record.customer
        && *recorded != at_hand.id
        && record.fits_mode(desk.config.stripe.livemode)
    {
        ids.extend(of(desk.owner(recorded).await?.as_ref()));
        ids.push(recorded.clone());
    }
    ids.sort();
    ids.dedup();
    ids.retain(|id| *id != at_hand.id);
    Ok(ids)
}

/// Looks at one of a user's other customers.
async fn look<P: Platform>(
    desk: &mut Desk<'_, '_, P>,
    user: &User,
    record: &CustomerRecord,
    id: CustomerId,
) -> Result<Picture, Failure> {
    let remembered = desk.owner(&id).await?;
    let view = desk.view(&id).await?;
    let evidence = Evidence {
        customer: view.living(),
        owner_record: remembered.as_ref(),
        session: None,
        operators_record: names(record, &id).then_some(user),
    };
    let owner = owner(evidence, &desk.config.ownership).map(|(user, _)| user);
    Ok(Picture {
        id,
        view,
        remembered,
        owner,
    })
}

/// Whether the operator wrote the record, and it names this customer.
pub(super) fn names(record: &CustomerRecord, id: &CustomerId) -> bool {
    record.synced_at.is_none() && record.customer.as_ref() == Some(id)
}
