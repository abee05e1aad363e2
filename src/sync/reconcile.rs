//! Decides, from a snapshot, what is to be written: a pure function.

use super::outcome::Outcome;
use super::reader::State;
use super::snapshot::{Hint, Known, Snapshot, Touched};
use crate::config::Config;
use crate::ownership::{Candidate, OwnershipSettings, Source, choose};
use crate::plan::PlanName;
use crate::plans::PlanSettings;
use crate::rate_limit::RateLimits;
use crate::records::customer::CustomerRecord;
use crate::records::owner::{LinkedBy, OwnerRecord};
use crate::stripe::customer::Customer;
use crate::stripe_id::CustomerId;
use crate::user::User;

/// The rules of the decision.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules<'a> {
    ownership: &'a OwnershipSettings,
    plans: &'a PlanSettings,
    limits: &'a RateLimits,
    livemode: Option<bool>,
    /// The time, in Unix seconds.
    now: u64,
}

impl<'a> Rules<'a> {
    pub(super) fn new(config: &'a Config, now: u64) -> Self {
        Self {
            ownership: &config.ownership,
            plans: &config.plans,
            limits: &config.rate_limits,
            livemode: config.stripe.livemode,
            now,
        }
    }
}

/// The decision on a snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Nothing is written; the user is the one whose customer it would be.
    Stop(Outcome, Option<User>),
    /// This other customer is synchronised for this user first: the user's record is to name it, and its own record does
    /// not name the user.
    First(CustomerId, User),
    /// These writes are to be done.
    Write(Plan),
}

/// The writes that a snapshot asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(
    clippy::struct_field_names,
    reason = "a plan of writes, and the plan that a user has by them"
)]
pub(super) struct Plan {
    /// The writes, in their order.
    pub(super) writes: Vec<Write>,
    /// True if a customer is introduced that the store did not know. Then Stripe is read once more: an event that came
    /// before this found nobody, and is done with.
    pub(super) introduces: bool,
    /// The customer's owner, and the user's plan.
    pub(super) owner: Option<User>,
    pub(super) plan: Option<PlanName>,
    /// A note for the operator.
    pub(super) note: Option<String>,
}

/// A write, and the value that was read in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Write {
    /// A user's record; `None` removes it.
    Record {
        user: User,
        before: CustomerRecord,
        after: Option<Vec<u8>>,
    },
    /// One of these places of a user, for the customer at hand.
    Place {
        user: User,
        free: Vec<usize>,
        owner: Option<OwnerRecord>,
    },
    /// The owner of the customer at hand.
    Owner {
        before: Option<OwnerRecord>,
        after: OwnerRecord,
    },
}

/// Decides what a snapshot asks for.
pub(super) fn reconcile(snapshot: &Snapshot, hint: &Hint, rules: &Rules<'_>) -> Verdict {
    let deciding = Deciding {
        snapshot,
        hint,
        rules,
    };
    deciding.verdict()
}

struct Deciding<'a> {
    snapshot: &'a Snapshot,
    hint: &'a Hint,
    rules: &'a Rules<'a>,
}

/// The fate of a user's record.
enum Settled {
    Keep,
    Remove,
    Write(Vec<u8>),
    First(CustomerId),
}

impl Deciding<'_> {
    fn verdict(&self) -> Verdict {
        let at_hand = &self.snapshot.at_hand;
        if matches!(at_hand.state, State::Missing) {
            let session = self.hint.session.as_ref();
            let somebodys = at_hand.owner.is_some()
                || self.hint.caller.is_some()
                || session.is_some_and(|link| link.metadata.is_some() || link.reference.is_some());
            let outcome = if somebodys {
                Outcome::Missing
            } else {
                Outcome::Unlinked
            };
            return Verdict::Stop(outcome, None);
        }
        let owner = self.owner_of(at_hand);
        let Some((user, source)) = owner else {
            if self.snapshot.users.is_empty() {
                return Verdict::Stop(Outcome::Unlinked, None);
            }
            return self.write(None);
        };
        // One that the buyer names never takes the place of one that pays.
        let pays = |known: &Known| self.candidate(known, &user).is_some_and(|it| it.entitled);
        if source == Source::ClientReference && self.snapshot.others.iter().any(pays) {
            return Verdict::Stop(Outcome::Conflict, Some(user));
        }
        self.write(Some((user, source)))
    }

    fn write(&self, owner: Option<(User, Source)>) -> Verdict {
        let at_hand = &self.snapshot.at_hand;
        let mut plan = Plan {
            introduces: at_hand.owner.is_none() && owner.is_some(),
            ..Plan::default()
        };
        let (losers, winner): (Vec<_>, Vec<_>) = self
            .snapshot
            .users
            .iter()
            .partition(|touched| owner.as_ref().is_none_or(|(user, _)| *user != touched.user));
        // First the users who lose the customer, then its owner record, then its user's record.
        if !plan.introduces {
            for touched in losers {
                if let Some(first) = self.settle(touched, &mut plan) {
                    return Verdict::First(first, touched.user.clone());
                }
            }
            plan.note = None;
            plan.plan = None;
        }
        let Some((user, source)) = owner else {
            return Verdict::Write(plan);
        };
        let [touched] = winner.as_slice() else {
            return Verdict::Write(plan);
        };
        self.remember(touched, source, &mut plan);
        if !plan.introduces
            && let Some(first) = self.settle(touched, &mut plan)
        {
            return Verdict::First(first, user);
        }
        plan.owner = Some(user);
        Verdict::Write(plan)
    }

    /// Remembers the owner of the customer at hand. The place is written first: a customer that is somebody's has to be
    /// found.
    fn remember(&self, touched: &Touched, source: Source, plan: &mut Plan) {
        let at_hand = &self.snapshot.at_hand;
        let before = at_hand.owner.clone();
        if touched.places.customers().all(|id| *id != at_hand.id) {
            let free = self.free_places(touched);
            if !free.is_empty() {
                plan.writes.push(Write::Place {
                    user: touched.user.clone(),
                    free,
                    owner: before.clone(),
                });
            }
        }
        let by = linked_by(at_hand, source);
        let user = touched.user.clone();
        let after = match &before {
            Some(owner) => owner.with(user, by),
            None => OwnerRecord::new(user, by),
        };
        if before.as_ref() != Some(&after) {
            plan.writes.push(Write::Owner { before, after });
        }
    }

    /// Decides which customer a user's record names; returns one that has to be synchronised first.
    fn settle(&self, touched: &Touched, plan: &mut Plan) -> Option<CustomerId> {
        let Touched { user, record, .. } = touched;
        let after = match self.settled(touched, plan) {
            Settled::Keep => return None,
            Settled::First(first) => return Some(first),
            Settled::Remove => None,
            Settled::Write(record) => Some(record),
        };
        plan.writes.push(Write::Record {
            user: user.clone(),
            before: record.clone(),
            after,
        });
        None
    }

    fn settled(&self, touched: &Touched, plan: &mut Plan) -> Settled {
        let Touched { user, record, .. } = touched;
        let names_user = |owner: &OwnerRecord| owner.user == *user;
        let is_known = |known: &Known| {
            known.id == self.snapshot.at_hand.id || known.owner.as_ref().is_some_and(names_user)
        };
        let customers = self.snapshot.customers();
        let candidates: Vec<_> = customers
            .filter(|known| !self.hint.comes_first || is_known(known))
            .filter_map(|known| self.candidate(known, user))
            .collect();
        let chosen = choose(&candidates, record.customer.as_ref());
        let Some(chosen) = chosen.and_then(|chosen| self.find(&chosen.id)) else {
            return self.without_a_customer(touched);
        };
        if !is_known(chosen) {
            return Settled::First(chosen.id.clone());
        }
        let Some(customer) = chosen.state.living() else {
            return Settled::Keep;
        };
        let given = self.plan_of(customer, plan);
        plan.plan = Some(given.clone());
        if record.says(&chosen.id, &given, customer.livemode) {
            return Settled::Keep;
        }
        let now = self.rules.now;
        Settled::Write(record.synced(&chosen.id, &given, customer.livemode, now))
    }

    /// A record goes if the customer that it names is known not to be the user's. One that Stripe does not know may be the
    /// fault of a wrong key; and that the operator's customer is deleted is for the operator to mend.
    fn without_a_customer(&self, touched: &Touched) -> Settled {
        let Touched { user, record, .. } = touched;
        let named = record.customer.as_ref().and_then(|id| self.find(id));
        let goes = named.is_some_and(|known| match &known.state {
            State::Living(_) => self.candidate(known, user).is_none(),
            State::Deleted => !record.is_the_operators(),
            State::Missing => false,
        });
        let fits = record.fits_mode(self.rules.livemode);
        if goes && fits {
            Settled::Remove
        } else {
            Settled::Keep
        }
    }

    fn plan_of(&self, customer: &Customer, plan: &mut Plan) -> PlanName {
        let Rules { plans, limits, .. } = *self.rules;
        let subscriptions = &customer.subscriptions.data;
        plans
            .plan_of(customer, subscriptions, limits)
            .unwrap_or_else(|| {
                if let Some(price) = plans.entitled_prices(subscriptions).next() {
                    plan.note = Some(fits_no_plan(&price.id));
                }
                PlanName::default()
            })
    }

    /// Returns the places that a customer may have which is new to the user: an empty one, else one whose customer is
    /// no longer the user's, else that of the customer that the record would name last of all.
    fn free_places(&self, touched: &Touched) -> Vec<usize> {
        let Touched {
            user,
            record,
            places,
        } = touched;
        let recorded = record.customer.as_ref();
        let rank = |known: &Known| Some(self.candidate(known, user)?.rank(recorded));
        let own = rank(&self.snapshot.at_hand);
        let mut worst = own.clone();
        let mut classes: [Vec<usize>; 4] = [const { Vec::new() }; 4];
        let [empty, anothers, missing, last] = &mut classes;
        for (place, id) in places.iter().enumerate() {
            let Some(id) = id else {
                empty.push(place);
                continue;
            };
            let twice = places.iter().take(place).any(|before| before == Some(id));
            let Some(known) = self.find(id).filter(|_| !twice) else {
                anothers.push(place);
                continue;
            };
            let rank = rank(known);
            match (&known.state, &rank) {
                (State::Missing, _) => missing.push(place),
                (_, None) => anothers.push(place),
                (_, Some(_)) if rank < worst => {
                    worst = rank;
                    *last = vec![place];
                }
                (_, Some(_)) => {}
            }
        }
        let free = classes.into_iter().find(|places| !places.is_empty());
        free.unwrap_or_default()
    }

    fn candidate(&self, known: &Known, user: &User) -> Option<Candidate> {
        let customer = known.state.living()?;
        let (owner, source) = self.owner_of(known)?;
        (owner == *user).then(|| Candidate {
            id: known.id.clone(),
            entitled: self.rules.plans.is_entitled(&customer.subscriptions.data),
            by: linked_by(known, source),
            created: customer.created,
        })
    }

    fn owner_of(&self, known: &Known) -> Option<(User, Source)> {
        self.snapshot
            .owner_of(known, self.hint, self.rules.ownership)
    }

    fn find(&self, id: &CustomerId) -> Option<&Known> {
        self.snapshot.customers().find(|known| known.id == *id)
    }
}

/// Returns the source of the customer's owner: metadata, or a reference alone.
fn linked_by(known: &Known, source: Source) -> LinkedBy {
    match (source, &known.owner) {
        (Source::OwnerRecord, Some(owner)) => owner.by,
        _ => source.linked_by(),
    }
}

/// Writes the note for the operator about a subscription that gives nothing.
fn fits_no_plan(price: &str) -> String {
    let may_be_logged = (1..=255).contains(&price.len())
        && price
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"_-.".contains(&b));
    let price = if may_be_logged { price } else { "a price" };
    format!("an entitled subscription fits no plan: {price}")
}

#[cfg(test)]
mod tests;
