//! One synchronisation: it takes tickets, reads, writes, and looks whether it had the last word.
//!
//! The store has no transactions, and synchronisations of the same customer run side by side, are overtaken, and break
//! off at any step. Tickets make the last word Stripe's: whoever synchronises takes one on the customer and on each user
//! whose record is touched, then reads Stripe, then writes, then looks whether somebody has taken a ticket since. If so,
//! what was written may be older than what the other one wrote, and all is read and written once more.
//!
//! That is enough, because a change at Stripe rings a bell of its own, and the synchronisation that it starts takes its
//! tickets after the change. One that read Stripe before the change and writes after that synchronisation is done looks
//! at the tickets after both, and sees that they have moved.
//!
//! That a customer is never two users' is not left to that. A record that Portico wrote counts only as long as the
//! customer's owner record, which is one value under one key, names the record's user.

use super::desk::{Desk, View};
use super::settle::{Change, Picture, Settled, names, settle};
use super::tickets::Tickets;
use crate::error::Failure;
use crate::ownership::{Evidence, OwnerRecord, SessionLink, Source, owner};
use crate::plan::PlanName;
use crate::platform::Platform;
use crate::record::{self, CustomerKind, Kind};
use crate::stripe_id::CustomerId;
use crate::user::User;

/// How many times all is read and written.
const ROUNDS: u32 = 3;

/// How many times a round reads anew because a user turned up whose ticket it does not hold.
const LOOKS: u32 = 5;

/// What synchronising came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The records are what Stripe's present state gives.
    Synced,
    /// No user is known for the customer; nothing was written.
    Unlinked,
    /// The customer may not take the place of another one; nothing was written.
    Conflict,
    /// Stripe has no such customer, although a user is known for it; nothing was written.
    Missing,
}

/// What is claimed of a customer besides its identifier.
#[derive(Clone, Debug, Default)]
pub struct Claim {
    /// Whom a checkout session names.
    pub session: Option<SessionLink>,
    /// The user who asks for it. Where the operator's record of this user names the customer, that counts if nothing
    /// else does.
    pub caller: Option<User>,
    /// Whether an event says that the customer was deleted. Only then is Stripe believed that it has no such customer:
    /// otherwise a wrong key would delete records.
    pub deleted: bool,
}

/// A synchronisation of one customer.
pub(super) struct Synchronisation<'t, 'i, P> {
    desk: Desk<'t, 'i, P>,
    customer: CustomerId,
    claim: Claim,
    tickets: Tickets,
    touched: Vec<User>,
}

impl<'t, 'i, P: Platform> Synchronisation<'t, 'i, P> {
    pub(super) fn new(desk: Desk<'t, 'i, P>, customer: CustomerId, claim: Claim) -> Self {
        Self {
            desk,
            customer,
            claim,
            tickets: Tickets::default(),
            touched: Vec::new(),
        }
    }

    /// Synchronises.
    pub(super) async fn run(mut self) -> Result<Outcome, Failure> {
        // Nothing is written of a stranger, not even a ticket, so the first look is without one.
        let mut found = None;
        let known = self.desk.owner(&self.customer).await?;
        if known.is_none() {
            let first = self.look_beside(None).await?;
            found = match (&first.picture.view, first.owner) {
                (View::Missing, _) if !self.claim.deleted => return Ok(self.missing()),
                (_, Some((user, Source::ClientReference))) => {
                    if settle(&mut self.desk, &user, &first.picture)
                        .await?
                        .another_is_entitled
                    {
                        self.log(&user);
                        return Ok(Outcome::Conflict);
                    }
                    Some(user)
                }
                (_, Some((user, _))) => Some(user),
                (_, None) if self.claim.caller.is_none() => return Ok(Outcome::Unlinked),
                (_, None) => None,
            };
        }
        let key = record::customer_key(CustomerKind::Tickets, &self.customer);
        self.tickets.take(self.desk.platform(), key).await?;
        // Those who are known before Stripe is read need no second reading.
        let known = known.map(|owner| owner.user);
        let touched = [known, self.claim.caller.clone(), found.clone()];
        for user in touched.into_iter().flatten() {
            self.touch(&user).await?;
        }
        if let Some(user) = found {
            self.introduce(&user).await?;
        }
        self.rounds().await
    }

    async fn rounds(&mut self) -> Result<Outcome, Failure> {
        let mut before = None;
        for _ in 0..ROUNDS {
            let Some(picture) = self.picture().await? else {
                return Ok(Outcome::Missing);
            };
            let written = self.write(&picture).await?;
            let done = if written.overtaken {
                false
            } else if self.desk.platform().shared() {
                !self.tickets.moved(self.desk.platform()).await?
            } else {
                // Nobody can be seen to come in between. Two readings that agree are the best that can be had.
                before.as_ref() == Some(&written)
            };
            if done {
                return Ok(Outcome::Synced);
            }
            before = Some(written);
        }
        // What was written last is in the store, whatever other instances without shared counters do at this moment.
        let is_written = before.is_some_and(|last| !last.overtaken);
        if is_written && !self.desk.platform().shared() {
            Ok(Outcome::Synced)
        } else {
            Err(contended())
        }
    }

    /// Takes a ticket on a user whose record will be touched; tells whether the user is new.
    async fn touch(&mut self, user: &User) -> Result<bool, Failure> {
        if self.touched.contains(user) {
            return Ok(false);
        }
        let key = record::key(Kind::Tickets, user);
        self.tickets.take(self.desk.platform(), key).await?;
        self.touched.push(user.clone());
        Ok(true)
    }

    /// Writes whose a customer is that nobody was known for. Stripe is read after that: an event that comes before this
    /// finds nobody and is done with, and the change that it tells of has then been made before Stripe is read.
    async fn introduce(&mut self, user: &User) -> Result<(), Failure> {
        if self.desk.owner(&self.customer).await?.is_none() {
            let owner = OwnerRecord::new(user.clone());
            self.desk.write_owner(&self.customer, &owner).await?;
        }
        Ok(())
    }

    /// Reads the customer while tickets are held on everybody whose record that touches; `None` if Stripe has no such
    /// customer.
    async fn picture(&mut self) -> Result<Option<Picture>, Failure> {
        for _ in 0..LOOKS {
            let Look { picture, owner } = self.look().await?;
            if matches!(picture.view, View::Missing) && !self.claim.deleted {
                return Ok(None);
            }
            let remembered = picture.remembered.as_ref().map(|record| &record.user);
            let mut new = false;
            for user in remembered.into_iter().chain(&picture.owner) {
                new |= self.touch(user).await?;
            }
            match (owner, &picture.remembered) {
                (Some((user, _)), None) if !new => self.introduce(&user).await?,
                _ if !new => return Ok(Some(picture)),
                _ => {}
            }
        }
        Err(contended())
    }

    /// Reads the customer, and whose it is by the store.
    async fn look(&mut self) -> Result<Look, Failure> {
        let remembered = self.desk.owner(&self.customer).await?;
        self.look_beside(remembered).await
    }

    /// Reads the customer, beside what the store said of it.
    async fn look_beside(&mut self, remembered: Option<OwnerRecord>) -> Result<Look, Failure> {
        let view = self.desk.view(&self.customer).await?;
        let mut operators_record = None;
        if let Some(caller) = &self.claim.caller {
            let record = self.desk.record(caller).await?;
            operators_record = names(&record, &self.customer).then_some(caller);
        }
        let evidence = Evidence {
            customer: view.living(),
            owner_record: remembered.as_ref(),
            session: self.claim.session.as_ref(),
            operators_record,
        };
        let owner = owner(evidence, &self.desk.config.ownership);
        Ok(Look {
            picture: Picture {
                id: self.customer.clone(),
                view,
                remembered,
                owner: owner.as_ref().map(|(user, _)| user.clone()),
            },
            owner,
        })
    }

    /// Writes what the picture gives: first those who lose the customer, then whose it is, then its owner.
    async fn write(&mut self, picture: &Picture) -> Result<Written, Failure> {
        let mut written = Written::default();
        for user in self.touched.clone() {
            if Some(&user) != picture.owner.as_ref() {
                let settled = settle(&mut self.desk, &user, picture).await?;
                self.settle_record(&user, picture, settled, &mut written)
                    .await?;
            }
        }
        let Some(user) = &picture.owner else {
            return Ok(written);
        };
        let settled = settle(&mut self.desk, user, picture).await?;
        let is_chosen = settled.chosen.as_ref() == Some(&self.customer);
        if let Some(remembered) = &picture.remembered {
            let others = if is_chosen {
                settled.others.clone()
            } else {
                Vec::new()
            };
            self.remember(&self.customer, remembered, user, others)
                .await?;
        }
        self.log(user);
        self.settle_record(user, picture, settled, &mut written)
            .await?;
        Ok(written)
    }

    /// Makes a user's record what was settled.
    async fn settle_record(
        &mut self,
        user: &User,
        at_hand: &Picture,
        settled: Settled,
        written: &mut Written,
    ) -> Result<(), Failure> {
        let changes = settled.change != Change::Keep;
        if changes && !self.desk.is_still(user, &settled.record).await? {
            written.overtaken = true;
            return Ok(());
        }
        let mut plan = None;
        match settled.change {
            Change::Keep => {}
            Change::Delete => self.desk.delete(user).await?,
            Change::Write => {
                let mut pictures = settled.pictures.iter().chain([at_hand]);
                let chosen = pictures.find(|picture| Some(&picture.id) == settled.chosen.as_ref());
                if let Some(Picture { id, view, .. }) = chosen
                    && let Some(living) = view.living()
                {
                    plan = Some(self.desk.write(user, &settled.record, living, id).await?);
                }
            }
        }
        // The chosen customer remembers the others, for the time when it has no subscription any more.
        for picture in &settled.pictures {
            if Some(&picture.id) == settled.chosen.as_ref()
                && let Some(remembered) = &picture.remembered
                && remembered.user == *user
            {
                let others = settled.others.clone();
                self.remember(&picture.id, remembered, user, others).await?;
            }
        }
        if self.claim.caller.is_none() {
            self.desk.trip.entry.plan.clone_from(&plan);
        }
        written
            .records
            .push((user.clone(), settled.change, settled.chosen, plan));
        Ok(())
    }

    /// Writes whose a customer is, if that is not written yet.
    async fn remember(
        &self,
        id: &CustomerId,
        remembered: &OwnerRecord,
        user: &User,
        others: Vec<CustomerId>,
    ) -> Result<(), Failure> {
        let record = remembered.with(user, others);
        if record == *remembered {
            return Ok(());
        }
        self.desk.write_owner(id, &record).await
    }

    /// What is said of a customer that Stripe does not have and that the store does not know.
    fn missing(&mut self) -> Outcome {
        let session = self.claim.session.as_ref();
        let known = session.is_some_and(|link| link.metadata.is_some() || link.reference.is_some());
        if known || self.claim.caller.is_some() {
            return Outcome::Missing;
        }
        self.desk.note("Stripe has no such customer");
        Outcome::Unlinked
    }

    /// Notes for the log whose customer it is, where nobody asks for themselves.
    fn log(&mut self, user: &User) {
        if self.claim.caller.is_none() {
            self.desk.trip.entry.user = Some(user.digest().to_owned());
        }
    }
}

/// A customer as it was found, and what says whose it is.
struct Look {
    picture: Picture,
    owner: Option<(User, Source)>,
}

/// What a round came to, to tell whether the next one comes to the same.
#[derive(Debug, Default, PartialEq, Eq)]
struct Written {
    records: Vec<(User, Change, Option<CustomerId>, Option<PlanName>)>,
    /// Whether a record was not written, because another synchronisation had just written it.
    overtaken: bool,
}

fn contended() -> Failure {
    Failure::store_unavailable("others kept synchronising the same customer")
}
