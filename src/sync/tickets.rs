//! Tickets: counters by which synchronisations learn of each other.

use crate::counter::tried_again;
use crate::error::Failure;
use crate::platform::{Clock, Counters};

/// The tickets that a synchronisation holds.
#[derive(Debug, Default)]
pub(super) struct Tickets(Vec<(String, i64)>);

impl Tickets {
    /// Takes a ticket, if none is held under this key.
    pub(super) async fn take(
        &mut self,
        platform: &(impl Clock + Counters),
        key: String,
    ) -> Result<(), Failure> {
        if self.0.iter().all(|(held, _)| *held != key) {
            let number = count(platform, &key, 1).await?;
            self.0.push((key, number));
        }
        Ok(())
    }

    /// Whether somebody has taken a ticket under one of the keys since. From then on the tickets are as good as theirs:
    /// what is read after this is newer than what made them take it.
    pub(super) async fn moved(
        &mut self,
        platform: &(impl Clock + Counters),
    ) -> Result<bool, Failure> {
        let mut moved = false;
        for (key, held) in &mut self.0 {
            let now = count(platform, key, 0).await?;
            moved |= now != *held;
            *held = now;
        }
        Ok(moved)
    }
}

async fn count(platform: &(impl Clock + Counters), key: &str, by: u32) -> Result<i64, Failure> {
    tried_again(platform, async || platform.count_up(key, by).await)
        .await
        .map_err(|error| Failure::store_unavailable(format!("taking a ticket failed: {error}")))
}
