//! What a user has, and what calls cost.
//!
//! The record under `balance:<user>` is the operator's: what the user has been given. What calls have cost since that
//! record was written is counted beside it, by the store's atomic `increment`, in an epoch that is the record's content.
//! What a user has is the difference. A new record is a new epoch, so it is written with what the user then has.

use jwt_simple::reexports::ct_codecs::{Encoder, Hex};
use serde_json::Value;

use crate::counter::EpochCounter;
use crate::customer::{CorruptRecord, user_key};
use crate::host::Store;
use crate::strict_json;

/// A user's balance record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Balance {
    /// Tokens that the user has.
    pub current_balance: i64,
    /// When the user gets more, as the operator wrote it.
    pub next_refill_at: Option<String>,
    /// Tells one record from another.
    epoch: Option<String>,
}

/// The key under which a user's balance is stored.
#[must_use]
pub fn record_key(user: &str) -> String {
    user_key("balance", user)
}

impl Balance {
    /// Reads a record; no record is a balance of nothing.
    ///
    /// # Errors
    /// The record is not one.
    pub fn parse(record: Option<&[u8]>) -> Result<Self, CorruptRecord> {
        let Some(record) = record else {
            return Ok(Self::default());
        };
        let Ok(Value::Object(members)) = strict_json::parse(record) else {
            return Err(CorruptRecord("balance record is not a JSON object"));
        };
        let current_balance = members
            .get("current_balance")
            .and_then(Value::as_i64)
            .ok_or(CorruptRecord("balance record has no whole current_balance"))?;
        let next_refill_at = match members.get("next_refill_at") {
            None | Some(Value::Null) => None,
            Some(Value::String(time)) => Some(time.clone()),
            Some(_) => {
                return Err(CorruptRecord(
                    "balance record has a next_refill_at that is not text",
                ));
            }
        };
        let mut epoch = Hex::encode_to_string(hmac_sha256::Hash::hash(record)).unwrap_or_default();
        epoch.truncate(16);
        Ok(Self {
            current_balance: current_balance.max(0),
            next_refill_at,
            epoch: Some(epoch),
        })
    }

    /// The balance less what calls have cost since the record was written.
    ///
    /// # Errors
    /// The store failed.
    pub async fn less_spent(self, store: &impl Store, user: &str) -> anyhow::Result<Self> {
        match self.counter(user) {
            Some(counter) => {
                let spent = counter.add(store, 0).await?.value;
                Ok(self.after(spent))
            }
            None => Ok(self),
        }
    }

    /// Takes what a call costs, before the call. What two calls take at once is never more than there is.
    ///
    /// # Errors
    /// The store failed; the call must not be made.
    pub async fn reserve(
        self,
        store: &impl Store,
        user: &str,
        cost: i64,
    ) -> anyhow::Result<Result<Reservation, Self>> {
        let Some(counter) = self.counter(user).filter(|_| self.current_balance >= cost) else {
            return Ok(Err(self.less_spent(store, user).await?));
        };
        let spent = counter.add(store, cost).await?.value;
        if spent <= self.current_balance {
            return Ok(Ok(Reservation { counter, cost }));
        }
        let spent = counter.add_again(store, cost.saturating_neg()).await?;
        Ok(Err(self.after(spent)))
    }

    fn after(self, spent: i64) -> Self {
        Self {
            current_balance: self.current_balance.saturating_sub(spent.max(0)).max(0),
            ..self
        }
    }

    fn counter(&self, user: &str) -> Option<EpochCounter> {
        let epoch = self.epoch.clone()?;
        Some(EpochCounter::by_decision(user_key("spent", user), epoch))
    }
}

/// What was taken for a call.
#[derive(Debug)]
#[must_use = "a call that failed must give back what was taken"]
pub struct Reservation {
    counter: EpochCounter,
    cost: i64,
}

impl Reservation {
    /// Gives it back, because the call failed.
    ///
    /// # Errors
    /// The store failed; the user has paid for nothing.
    pub async fn give_back(self, store: &impl Store) -> anyhow::Result<()> {
        self.counter
            .add_again(store, self.cost.saturating_neg())
            .await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use futures::executor::block_on;
    use proptest::prelude::*;

    use super::*;
    use crate::host::memory::MemoryHost;

    fn parse(record: &str) -> Balance {
        Balance::parse(Some(record.as_bytes())).unwrap()
    }

    fn host() -> MemoryHost {
        MemoryHost::at(std::time::Duration::ZERO)
    }

    fn reserve(host: &MemoryHost, record: &str, cost: i64) -> Result<Reservation, Balance> {
        block_on(parse(record).reserve(host, "user", cost)).unwrap()
    }

    fn left(host: &MemoryHost, record: &str) -> i64 {
        block_on(parse(record).less_spent(host, "user"))
            .unwrap()
            .current_balance
    }

    #[test]
    fn a_record_is_read_and_no_record_is_nothing() {
        assert_eq!(Balance::parse(None), Ok(Balance::default()));
        let balance =
            parse(r#"{"current_balance":1200,"next_refill_at":"2026-12-01T00:00:00Z","note":1}"#);
        assert_eq!(balance.current_balance, 1_200);
        assert_eq!(
            balance.next_refill_at.as_deref(),
            Some("2026-12-01T00:00:00Z")
        );
        assert_eq!(
            parse(r#"{"current_balance":0,"next_refill_at":null}"#).next_refill_at,
            None
        );
        assert_eq!(parse(r#"{"current_balance":-5}"#).current_balance, 0);
    }

    #[test]
    fn a_corrupt_record_is_refused() {
        for record in [
            "",
            "1200",
            "[]",
            "{}",
            r#"{"current_balance":"1"}"#,
            r#"{"current_balance":1.5}"#,
            r#"{"current_balance":1,"current_balance":2}"#,
            r#"{"current_balance":1,"next_refill_at":7}"#,
        ] {
            assert!(Balance::parse(Some(record.as_bytes())).is_err(), "{record}");
        }
    }

    #[test]
    fn calls_are_paid_until_nothing_is_left() {
        let (host, record) = (host(), r#"{"current_balance":25}"#);
        assert!(reserve(&host, record, 10).is_ok());
        assert!(reserve(&host, record, 10).is_ok());
        assert_eq!(reserve(&host, record, 10).unwrap_err().current_balance, 5);
        assert_eq!(left(&host, record), 5);
        assert!(reserve(&host, record, 5).is_ok());
        assert_eq!(left(&host, record), 0);
    }

    #[test]
    fn a_call_that_failed_costs_nothing() {
        let (host, record) = (host(), r#"{"current_balance":10}"#);
        let reservation = reserve(&host, record, 10).unwrap();
        assert!(reserve(&host, record, 1).is_err());
        block_on(reservation.give_back(&host)).unwrap();
        assert_eq!(left(&host, record), 10);
        assert!(reserve(&host, record, 10).is_ok());
    }

    #[test]
    fn a_new_record_says_anew_what_there_is() {
        let host = host();
        assert!(reserve(&host, r#"{"current_balance":10}"#, 10).is_ok());
        let refilled = r#"{"current_balance":10,"next_refill_at":"2027-01-01T00:00:00Z"}"#;
        assert_eq!(left(&host, refilled), 10);
        assert_eq!(host.keys(), 3);
    }

    #[test]
    fn what_is_told_to_one_who_cannot_pay_is_what_is_left() {
        let (host, record) = (host(), r#"{"current_balance":25}"#);
        assert!(reserve(&host, record, 20).is_ok());
        for cost in [10, 30] {
            assert_eq!(reserve(&host, record, cost).unwrap_err().current_balance, 5);
        }
    }

    #[test]
    fn without_a_record_there_is_nothing_to_pay_with_and_nothing_is_counted() {
        let host = host();
        let refused = block_on(Balance::default().reserve(&host, "user", 1)).unwrap();
        assert_eq!(refused.unwrap_err().current_balance, 0);
        assert_eq!(host.keys(), 0);
    }

    proptest! {
        #[test]
        fn whatever_is_taken_and_given_back_is_never_more_than_there_is(
            balance in 0_i64..200,
            steps in prop::collection::vec((1_i64..50, any::<bool>()), 0..60),
        ) {
            let host = host();
            let record = format!("{{\"current_balance\":{balance}}}");
            let mut open: Vec<(i64, Reservation)> = Vec::new();
            let mut taken = 0;
            for (cost, gives_back) in steps {
                if gives_back && !open.is_empty() {
                    let (cost, reservation) = open.remove(0);
                    block_on(reservation.give_back(&host)).unwrap();
                    taken -= cost;
                } else if let Ok(reservation) = reserve(&host, &record, cost) {
                    open.push((cost, reservation));
                    taken += cost;
                }
                prop_assert!((0..=balance).contains(&taken));
                prop_assert_eq!(left(&host, &record), balance - taken);
            }
        }
    }
}
