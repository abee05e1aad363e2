//! One synchronisation: it takes tickets, reads, decides, writes, and looks whether it had the last word.
//!
//! The store has no transactions, and synchronisations of the same customer run side by side, are overtaken, and break
//! off at any step. A synchronisation writes only on tickets that nobody has taken after it, and what it has read since
//! it took them; so it writes nothing older than what the others have written. One that is overtaken notes it, and reads
//! once more. Mostly the other one has then written what there was to write; if not, it takes new tickets.
//!
//! Tickets make the last word Stripe's. That no session opens another user's customer does not depend on them: see
//! [`Records::look_up`].

use std::time::Duration;

use super::outcome::Outcome;
use super::reader::Reader;
use super::reconcile::{Plan, Rules, Verdict, Write, reconcile};
use super::snapshot::{self, Hint};
use super::tickets::{Tickets, count};
use crate::error::Failure;
use crate::platform::{Clock, Platform, Random};
use crate::records::keys::{self, Kind};
use crate::records::places;
use crate::records::store::Records;
use crate::stripe_id::CustomerId;
use crate::user::User;

/// The most times that everything is read.
const ROUNDS: usize = 8;

/// The most customers that are synchronised for the sake of one.
const FIRSTS: usize = 4;

/// Synchronises a customer, and before it those that must come first.
pub(super) async fn synchronise<P: Platform>(
    reader: &Reader<'_, P>,
    customer: CustomerId,
    hint: Hint,
) -> Result<Outcome, Failure> {
    for _ in 0..=FIRSTS {
        match rounds(reader, &customer, &hint).await? {
            Verdict::First(first, caller) => {
                let hint = Hint {
                    caller: Some(caller),
                    comes_first: true,
                    ..Hint::default()
                };
                rounds(reader, &first, &hint).await?;
            }
            Verdict::Stop(outcome, user) => {
                if let Some(user) = user {
                    reader.note_user(&user, None);
                }
                return Ok(outcome);
            }
            Verdict::Write(plan) => {
                if let Some(user) = &plan.owner {
                    reader.note_user(user, plan.plan);
                }
                if let Some(note) = plan.note {
                    reader.note(note);
                }
                return Ok(Outcome::Synced);
            }
        }
    }
    Err(contended())
}

/// Reads and writes until nothing is left to be done; returns the plan that was carried out last.
async fn rounds<P: Platform>(
    reader: &Reader<'_, P>,
    customer: &CustomerId,
    hint: &Hint,
) -> Result<Verdict, Failure> {
    let platform = reader.platform;
    let shared = platform.shared();
    let rules = Rules::new(reader.config, platform.now().as_secs());
    let mut tickets = Tickets::default();
    // Nothing is written about a stranger, not even a ticket, so a customer without a known user is read without one.
    let known = Records(platform).owner(customer).await?;
    let users = known.iter().map(|owner| &owner.user).chain(&hint.caller);
    if shared && (known.is_some() || hint.caller.is_some()) {
        tickets.take(platform, customer, users).await?;
    }
    // A record that was written in an earlier round is looked at in each later one, whoever has the customer by then.
    let mut touched: Vec<User> = Vec::new();
    for round in 0..ROUNDS {
        if round > 1 {
            step_aside(platform, round).await;
        }
        let snapshot = snapshot::read(reader, customer, hint, &touched).await?;
        let plan = match reconcile(&snapshot, hint, &rules) {
            Verdict::Write(plan) => plan,
            verdict => return Ok(verdict),
        };
        touched = snapshot.users.into_iter().map(|one| one.user).collect();
        let held = !shared || tickets.take(platform, customer, touched.iter()).await?;
        if !held && !plan.introduces {
            continue;
        }
        if plan.writes.is_empty() {
            return Ok(Verdict::Write(plan));
        }
        // A run that was overtaken lets the other one come to its end, and takes new tickets only when nobody moves any
        // more.
        if tickets.moved(platform).await?
            || tickets.renew(platform).await?
            || !apply(platform, customer, &mut tickets, &plan).await?
        {
            continue;
        }
        // Without shared counters, the last step is a reading that agrees.
        if shared && !plan.introduces {
            if !tickets.moved(platform).await? {
                return Ok(Verdict::Write(plan));
            }
            tickets.renew(platform).await?;
        }
    }
    Err(contended())
}

/// Carries out a plan, as long as nobody has taken a ticket and nothing has changed; tells whether all of it was done.
async fn apply<P: Platform>(
    platform: &P,
    customer: &CustomerId,
    tickets: &mut Tickets,
    plan: &Plan,
) -> Result<bool, Failure> {
    let records = Records(platform);
    for (number, write) in plan.writes.iter().enumerate() {
        if number > 0 && tickets.moved(platform).await? {
            return Ok(false);
        }
        let unchanged = match write {
            Write::Record { user, before, .. } => records.customer(user).await? == *before,
            Write::Place { owner, .. } => records.owner(customer).await? == *owner,
            Write::Owner { before, .. } => records.owner(customer).await? == *before,
        };
        if !unchanged {
            return Ok(false);
        }
        match write {
            Write::Record { user, after, .. } => {
                records.write_customer(user, after.as_deref()).await?;
            }
            Write::Place { user, free, .. } => {
                let number = count(platform, &keys::key(Kind::Customers, user), 1).await?;
                if let Some(place) = places::choose(free, number) {
                    records.write_place(user, place, customer).await?;
                }
            }
            Write::Owner { after, .. } => records.write_owner(customer, after).await?,
        }
    }
    Ok(true)
}

/// Waits a moment, each time for longer, so that synchronisations that keep overtaking each other fall out of step: all
/// rounds together wait for about five seconds at the most.
async fn step_aside(platform: &(impl Clock + Random), round: usize) {
    let most = 20 << round;
    let [random, ..] = platform.random_bytes();
    let pause = u64::from(random) * most / u64::from(u8::MAX);
    platform.sleep(Duration::from_millis(pause)).await;
}

fn contended() -> Failure {
    Failure::store_unavailable("others kept synchronising the same customer")
}
