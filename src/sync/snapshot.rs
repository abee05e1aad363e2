//! Reads everything that a synchronisation decides on, into one value.

use super::reader::{Reader, State};
use crate::error::Failure;
use crate::ownership::{self, Evidence, OwnershipSettings, SessionLink, Source};
use crate::platform::{Platform, side_by_side};
use crate::records::customer::CustomerRecord;
use crate::records::owner::OwnerRecord;
use crate::records::places::Places;
use crate::records::store::Records;
use crate::stripe_id::CustomerId;
use crate::user::User;

/// The circumstances in which the customer at hand is synchronised.
#[derive(Clone, Debug, Default)]
pub(super) struct Hint {
    /// The users that a checkout session names.
    pub(super) session: Option<SessionLink>,
    /// The user for whom the customer is synchronised. Where the operator's record of this user names the customer, that
    /// counts if nothing else does.
    pub(super) caller: Option<User>,
    /// True if an event says that the customer was deleted. Only then does a customer count as gone that
    /// Stripe does not know: otherwise a wrong key would delete records.
    pub(super) deleted: bool,
    /// True if the customer is synchronised for the sake of another one. Then none comes before it in turn: two
    /// customers that change places between two users would wait for each other.
    pub(super) comes_first: bool,
}

/// A customer as Stripe and the store have it.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) id: CustomerId,
    pub(super) state: State,
    pub(super) owner: Option<OwnerRecord>,
}

/// A user whose record may change.
#[derive(Clone, Debug)]
pub(super) struct Touched {
    pub(super) user: User,
    pub(super) record: CustomerRecord,
    pub(super) places: Places,
}

/// The customer at hand; its present, former and possible users; and all their other customers.
#[derive(Clone, Debug)]
pub(super) struct Snapshot {
    pub(super) at_hand: Known,
    pub(super) users: Vec<Touched>,
    pub(super) others: Vec<Known>,
}

impl Snapshot {
    /// Returns all customers of the snapshot.
    pub(super) fn customers(&self) -> impl Iterator<Item = &Known> {
        std::iter::once(&self.at_hand).chain(&self.others)
    }

    /// Finds a customer's owner, and the source that names the owner.
    pub(super) fn owner_of(
        &self,
        known: &Known,
        hint: &Hint,
        settings: &OwnershipSettings,
    ) -> Option<(User, Source)> {
        let operators = self.users.iter().find(|touched| {
            touched.record.is_the_operators() && touched.record.customer.as_ref() == Some(&known.id)
        });
        let living = known.state.living();
        let evidence = Evidence {
            customer: living.map(|customer| (customer, &*customer.subscriptions.data)),
            owner_record: known.owner.as_ref(),
            session: (hint.session.as_ref()).filter(|_| known.id == self.at_hand.id),
            operators_record: operators.map(|touched| &touched.user),
        };
        ownership::owner(evidence, settings)
    }
}

/// Reads a snapshot that includes these users.
pub(super) async fn read<P: Platform>(
    reader: &Reader<'_, P>,
    customer: &CustomerId,
    hint: &Hint,
    with: &[User],
) -> Result<Snapshot, Failure> {
    let mut at_hand = known(reader, customer.clone()).await?;
    if hint.deleted && matches!(at_hand.state, State::Missing) {
        at_hand.state = State::Deleted;
    }
    let mut snapshot = Snapshot {
        at_hand,
        users: Vec::new(),
        others: Vec::new(),
    };
    let owner = snapshot.owner_of(&snapshot.at_hand, hint, &reader.config.ownership);
    let former = snapshot.at_hand.owner.as_ref().map(|owner| &owner.user);
    let users = former.into_iter().chain(&hint.caller).chain(with);
    let users = different(users.chain(owner.as_ref().map(|(user, _)| user)));
    let users = users.into_iter().map(|user| touched(reader, user.clone()));
    snapshot.users = all(users).await?;
    let ids = snapshot.users.iter().flat_map(|touched| {
        let record = &touched.record;
        // With this key, Stripe does not know a customer of the other mode.
        let recorded = record.customer.as_ref();
        let recorded = recorded.filter(|_| record.fits_mode(reader.config.stripe.livemode));
        touched.places.customers().chain(recorded)
    });
    let ids = different(ids.filter(|id| *id != customer)).into_iter();
    snapshot.others = all(ids.map(|id| known(reader, id.clone()))).await?;
    Ok(snapshot)
}

/// Returns each of the values once. There are never many.
fn different<'a, T: PartialEq>(values: impl Iterator<Item = &'a T>) -> Vec<&'a T> {
    let mut different = Vec::new();
    for value in values {
        if !different.contains(&value) {
            different.push(value);
        }
    }
    different
}

async fn known<P: Platform>(reader: &Reader<'_, P>, id: CustomerId) -> Result<Known, Failure> {
    let owner = Records(reader.platform).owner(&id).await?;
    let state = reader.customer(&id).await?;
    Ok(Known { id, state, owner })
}

async fn touched<P: Platform>(reader: &Reader<'_, P>, user: User) -> Result<Touched, Failure> {
    let records = Records(reader.platform);
    Ok(Touched {
        record: records.customer(&user).await?,
        places: records.places(&user).await?,
        user,
    })
}

async fn all<T>(
    reading: impl Iterator<Item = impl Future<Output = Result<T, Failure>>>,
) -> Result<Vec<T>, Failure> {
    side_by_side(reading).await.into_iter().collect()
}
