//! Counts the cost of a user's calls since the balance record was written.
//!
//! Each content of the balance record has a counter of its own, a generation of the user's ([`crate::counter`]); the
//! pointer names the present one and the one before. An instance that finds another record than the pointer knows begins
//! the next generation, also where the record equals an earlier one; so the pointer numbers them. The generation before
//! the present one is kept for those who are still charging to it. A user takes four keys, however long the user stays. One
//! more stays behind for each time that an operator writes two records within the moment in which two instances begin the
//! next generation, or within one call that fails: without transactions, no pointer leads to that counter.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::counter::{Generations, tried_again};
use crate::platform::{Clock, Counters, Random, Store};
use crate::records::balance::Balance;
use crate::records::corrupt::CorruptRecord;
use crate::records::keys::{self, Kind};
use crate::user::User;

/// The most users that an instance remembers. An instance serves a hundred or so requests before it is replaced.
const MAX_REMEMBERED: usize = 256;

/// The number of times that an instance looks again at a record that changes while it looks.
const MAX_LOOKS: u32 = 4;

/// The reason why a balance cannot be read or charged.
#[derive(Debug)]
pub enum SpendingError {
    Corrupt(CorruptRecord),
    Store(anyhow::Error),
}

impl From<anyhow::Error> for SpendingError {
    fn from(error: anyhow::Error) -> Self {
        Self::Store(error)
    }
}

/// The result of charging.
#[derive(Debug)]
pub enum Reserved {
    Taken(Reservation),
    /// The user has too little.
    TooLittle {
        balance: Balance,
        /// True if the cost, which had been taken to find out, could be given back.
        given_back: bool,
    },
}

/// The cost that was taken for a call.
#[derive(Debug)]
#[must_use = "a call that failed must give back what was taken"]
pub struct Reservation {
    counter: String,
    version: String,
    cost: i64,
}

/// The counters as an instance last read them, so that a gate that is asked again and again does not write again and
/// again: reading a counter is an `increment` by zero, which stores commit like any other.
#[derive(Debug, Default)]
pub struct SpendingMemory(Mutex<BTreeMap<String, Remembered>>);

/// A counter's value. It is good as long as the version is the same, because whoever changes the counter writes a new
/// version before the caller is answered.
#[derive(Clone, Debug)]
struct Remembered {
    version: Vec<u8>,
    spent: i64,
}

/// A user's counters, on the platform that keeps them.
struct Spending<'a, P> {
    platform: &'a P,
    user: &'a User,
    generations: Generations,
}

/// The names of two counters: the number of a record in the order in which they were found, a point, and the record's
/// digest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Pointer {
    present: String,
    before: String,
}

/// Returns the user's balance less what calls have cost since the record was written. It is read without a write,
/// unless the record or the counter has changed since this instance last looked.
pub async fn remaining<P: Clock + Store + Counters>(
    platform: &P,
    memory: &SpendingMemory,
    user: &User,
) -> Result<Balance, SpendingError> {
    let spending = Spending::new(platform, user);
    let mut balance = spending.record().await?;
    if balance.digest.is_none() {
        return Ok(balance);
    }
    let pointer = spending.read_pointer().await?;
    if pointer == Pointer::default() {
        // No call of this user ever cost anything.
        return Ok(balance);
    }
    let counter = spending.begin(&mut balance, pointer).await?;
    let Some(counter) = counter else {
        return Ok(balance);
    };
    let version = platform.get(&spending.version_key()).await?;
    let version = version.unwrap_or_default();
    if let Some(spent) = memory.find(&counter, &version) {
        return Ok(balance.less(spent));
    }
    let spent = tried_again(platform, async || platform.increment(&counter, 0).await).await?;
    memory.remember(counter, Remembered { version, spent });
    Ok(balance.less(spent))
}

/// Takes the cost of a call, before the call. Two calls at once never take more than there is. After an error the call
/// must not be made.
pub async fn reserve<P: Clock + Store + Counters + Random>(
    platform: &P,
    memory: &SpendingMemory,
    user: &User,
    cost: i64,
) -> Result<Reserved, SpendingError> {
    let spending = Spending::new(platform, user);
    let mut balance = spending.record().await?;
    if balance.current_balance < cost {
        return Ok(Reserved::TooLittle {
            balance: remaining(platform, memory, user).await?,
            given_back: true,
        });
    }
    let pointer = spending.read_pointer().await?;
    let Some(counter) = spending.begin(&mut balance, pointer).await? else {
        return Ok(Reserved::TooLittle {
            balance,
            given_back: true,
        });
    };
    let reservation = Reservation {
        counter,
        version: spending.version_key(),
        cost,
    };
    let spent = reservation.take(platform).await?;
    if spent <= balance.current_balance {
        return Ok(Reserved::Taken(reservation));
    }
    let (spent, given_back) = match reservation.put_back(platform).await {
        Ok(spent) => (spent, true),
        Err(_) => (spent, false),
    };
    Ok(Reserved::TooLittle {
        balance: balance.less(spent),
        given_back,
    })
}

impl Reservation {
    /// Gives the cost back, because the call failed. After an error the user may have paid for nothing.
    pub async fn give_back(
        self,
        platform: &(impl Clock + Store + Counters + Random),
    ) -> anyhow::Result<()> {
        self.put_back(platform).await.map(drop)
    }

    /// Adds the cost to the counter. A try that failed may have counted all the same: then the user has paid twice, and
    /// nobody has more than there is.
    async fn take(
        &self,
        platform: &(impl Clock + Store + Counters + Random),
    ) -> anyhow::Result<i64> {
        let add = async || platform.increment(&self.counter, self.cost).await;
        let spent = tried_again(platform, add).await?;
        self.tell(platform).await;
        Ok(spent)
    }

    /// Takes the cost from the counter, once. An answer that was lost is no reason to do it again: it may have been done,
    /// and a second time would give away what others have paid.
    async fn put_back(
        &self,
        platform: &(impl Clock + Store + Counters + Random),
    ) -> anyhow::Result<i64> {
        let delta = self.cost.saturating_neg();
        let spent = platform.increment(&self.counter, delta).await?;
        self.tell(platform).await;
        Ok(spent)
    }

    /// Tells all instances that the counter has changed. If that fails, a gate may show the former balance until
    /// the next change; nothing else goes by it.
    async fn tell(&self, platform: &(impl Clock + Store + Random)) {
        let version = platform.random_bytes();
        let announced = async || platform.set(&self.version, &version).await;
        let _ = tried_again(platform, announced).await;
    }
}

impl<'a, P: Clock + Store + Counters> Spending<'a, P> {
    fn new(platform: &'a P, user: &'a User) -> Self {
        Self {
            platform,
            user,
            generations: Generations::new(keys::key(Kind::Spent, user)),
        }
    }

    async fn record(&self) -> Result<Balance, SpendingError> {
        let key = keys::key(Kind::Balance, self.user);
        let record = self.platform.get(&key).await?;
        Balance::parse(record.as_deref()).map_err(SpendingError::Corrupt)
    }

    async fn read_pointer(&self) -> anyhow::Result<Pointer> {
        let pointer = self.generations.pointer(self.platform).await?;
        Ok(Pointer::parse(&pointer))
    }

    /// Returns the key of the counter for the balance; `None` where there is no record. If the pointer names another
    /// record, the record is read once more, since it may have changed since; if it is still the same, its counter
    /// begins.
    async fn begin(
        &self,
        balance: &mut Balance,
        mut pointer: Pointer,
    ) -> Result<Option<String>, SpendingError> {
        for _ in 0..MAX_LOOKS {
            let Some(digest) = balance.digest.clone() else {
                return Ok(None);
            };
            if pointer.names(&digest) {
                return Ok(Some(self.generations.counter_key(&pointer.present)));
            }
            let again = self.record().await?;
            if again.digest.as_ref() == Some(&digest) {
                let next = pointer.next(&digest);
                let falls_off = Some(pointer.before).filter(|name| !name.is_empty());
                self.generations
                    .begin(self.platform, &next.to_string(), falls_off)
                    .await?;
                return Ok(Some(self.generations.counter_key(&next.present)));
            }
            *balance = again;
            pointer = self.read_pointer().await?;
        }
        let changing = anyhow::anyhow!("the balance record changes again and again");
        Err(SpendingError::Store(changing))
    }

    fn version_key(&self) -> String {
        format!("{}%v", keys::key(Kind::Spent, self.user))
    }
}

impl Pointer {
    fn parse(text: &str) -> Self {
        let (present, before) = text.split_once(' ').unwrap_or((text, ""));
        Self {
            present: present.to_owned(),
            before: before.to_owned(),
        }
    }

    fn names(&self, digest: &str) -> bool {
        let named = self.present.split_once('.').map(|(_, digest)| digest);
        named == Some(digest)
    }

    /// Returns the pointer once the counter of the next record has begun.
    fn next(&self, digest: &str) -> Self {
        let number = self.present.split('.').next().unwrap_or_default();
        let number: u64 = number.parse().unwrap_or_default();
        Self {
            present: format!("{}.{digest}", number.wrapping_add(1)),
            before: self.present.clone(),
        }
    }
}

impl std::fmt::Display for Pointer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.present, self.before)
    }
}

impl SpendingMemory {
    fn find(&self, counter: &str, version: &[u8]) -> Option<i64> {
        let memory = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let remembered = memory.get(counter)?;
        (remembered.version == version).then_some(remembered.spent)
    }

    fn remember(&self, counter: String, remembered: Remembered) {
        let mut memory = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if memory.len() >= MAX_REMEMBERED {
            memory.clear();
        }
        memory.insert(counter, remembered);
    }
}

#[cfg(test)]
mod tests;
