//! Tickets: counters by which synchronisations learn of each other.

use std::pin::Pin;

use crate::counter::tried_again;
use crate::error::Failure;
use crate::platform::{Clock, Counters};
use crate::records::keys::{self, CustomerKind, Kind};
use crate::stripe_id::CustomerId;
use crate::user::User;

/// The tickets that a synchronisation holds.
#[derive(Debug, Default)]
pub(super) struct Tickets {
    held: Vec<(String, i64)>,
    /// True if a number that is held is somebody else's, taken after the last one of its own.
    noted: bool,
}

impl Tickets {
    /// Takes a ticket on the customer and on each user, where none is held; tells whether all were held already.
    pub(super) async fn take<'u>(
        &mut self,
        platform: &(impl Clock + Counters),
        customer: &CustomerId,
        users: impl Iterator<Item = &'u User>,
    ) -> Result<bool, Failure> {
        let mut all_held = true;
        let of_users = users.map(|user| keys::key(Kind::Tickets, user));
        let of_customer = keys::customer_key(CustomerKind::Tickets, customer);
        for key in std::iter::once(of_customer).chain(of_users) {
            if self.held.iter().all(|(held, _)| *held != key) {
                let number = count(platform, &key, 1).await?;
                self.held.push((key, number));
                all_held = false;
            }
        }
        Ok(all_held)
    }

    /// Returns true if somebody has taken a ticket since. If so, the present numbers are noted: all that is read from
    /// now on is newer than the change that made them take it.
    pub(super) async fn moved(
        &mut self,
        platform: &(impl Clock + Counters),
    ) -> Result<bool, Failure> {
        let mut moved = false;
        for (key, held) in &mut self.held {
            let now = count(platform, key, 0).await?;
            moved |= now != *held;
            *held = now;
        }
        self.noted |= moved;
        Ok(moved)
    }

    /// Takes new tickets in the place of those that are held, if any was only noted; tells whether it did.
    ///
    /// Two that have both noted the present numbers would not see each other write.
    pub(super) async fn renew(
        &mut self,
        platform: &(impl Clock + Counters),
    ) -> Result<bool, Failure> {
        if !self.noted {
            return Ok(false);
        }
        for (key, held) in &mut self.held {
            *held = count(platform, key, 1).await?;
        }
        self.noted = false;
        Ok(true)
    }
}

/// Adds to a counter, and returns its value. It is boxed, so that the code for it is there once and not wherever it is
/// awaited.
pub(super) fn count<'a>(
    platform: &'a (impl Clock + Counters),
    key: &'a str,
    by: u32,
) -> Pin<Box<dyn Future<Output = Result<i64, Failure>> + 'a>> {
    Box::pin(async move {
        tried_again(platform, async || platform.count_up(key, by).await)
            .await
            .map_err(|error| Failure::store_unavailable(format!("taking a ticket failed: {error}")))
    })
}
