//! Stored bytes → the tokens that a user has been given to spend.
//!
//! The record under `balance:<user>` is the operator's, and Portico never writes it. The cost of calls since it was
//! written is counted beside it ([`crate::spending`]); the user has the difference.

use serde_json::Value;

use super::corrupt::CorruptRecord;
use crate::strict_json;
use crate::text::sha256_hex;

/// The cost of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cost {
    /// Tokens that one call costs; 0 where calls are exempt.
    pub request_cost: i64,
    /// The page where a user can top up.
    pub upgrade_url: Option<String>,
}

/// A user's balance.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Balance {
    /// Tokens that the user has.
    pub current_balance: i64,
    /// The time at which the user gets more, as the operator wrote it.
    pub next_refill_at: Option<String>,
    /// Tells one record from another; `None` where there is no record.
    pub digest: Option<String>,
}

impl Balance {
    /// Reads a record; no record is a balance of nothing.
    pub fn parse(record: Option<&[u8]>) -> Result<Self, CorruptRecord> {
        let Some(record) = record else {
            return Ok(Self::default());
        };
        let Ok(Value::Object(members)) = strict_json::parse(record) else {
            return Err(CorruptRecord("balance record is not a JSON object"));
        };
        let current_balance = members
            .get("current_balance")
            .and_then(whole_number)
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
        Ok(Self {
            current_balance: current_balance.max(0),
            next_refill_at,
            digest: Some(sha256_hex(record, 16)),
        })
    }

    /// Returns the rest of the balance after spending.
    #[must_use]
    pub fn less(self, spent: i64) -> Self {
        Self {
            current_balance: self.current_balance.saturating_sub(spent.max(0)).max(0),
            ..self
        }
    }
}

/// Reads a whole number, which some languages write as a float (`1200.0`).
fn whole_number(value: &Value) -> Option<i64> {
    /// The largest whole number up to which a float tells each from its neighbours.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if let Some(number) = value.as_i64() {
        return Some(number);
    }
    let float = value.as_f64()?;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the float is whole and within the bounds"
    )]
    (float.fract() == 0.0 && float.abs() <= EXACT).then_some(float as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(record: &str) -> Balance {
        Balance::parse(Some(record.as_bytes())).unwrap()
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
    fn a_whole_number_may_be_written_as_a_float() {
        for (text, balance) in [("1200.0", 1_200), ("1.2e3", 1_200), ("-0.0", 0)] {
            let record = format!(r#"{{"current_balance":{text}}}"#);
            assert_eq!(parse(&record).current_balance, balance, "{text}");
        }
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
            r#"{"current_balance":1e300}"#,
            r#"{"current_balance":9007199254740994.0}"#,
            r#"{"current_balance":1,"current_balance":2}"#,
            r#"{"current_balance":1,"next_refill_at":7}"#,
        ] {
            assert!(Balance::parse(Some(record.as_bytes())).is_err(), "{record}");
        }
    }

    #[test]
    fn what_is_left_is_never_less_than_nothing() {
        for (spent, left) in [(-3, 10), (0, 10), (4, 6), (10, 0), (11, 0), (i64::MAX, 0)] {
            assert_eq!(
                parse(r#"{"current_balance":10}"#)
                    .less(spent)
                    .current_balance,
                left
            );
        }
    }
}
