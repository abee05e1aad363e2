//! Stored bytes → the user's Stripe customer and plan.

use serde_json::Value;

use super::corrupt::CorruptRecord;
use super::members::Members;
use crate::plan::PlanName;
use crate::strict_json;
use crate::stripe_id::CustomerId;

/// A user's record, as the key-value store has it. A user without a record has the default one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CustomerRecord {
    /// The user's customer at Stripe, if there is one.
    pub customer: Option<CustomerId>,
    pub plan: PlanName,
    /// The mode that the customer belongs to (Stripe API, `livemode`), where the record tells.
    pub livemode: Option<bool>,
    /// The time at which Portico wrote the record, in Unix seconds; `None` where the operator did. A record that
    /// Portico wrote counts only as long as the customer's owner record names the user.
    pub synced_at: Option<u64>,
    /// The record as it was read, with the members that Portico does not know.
    text: Vec<u8>,
}

impl CustomerRecord {
    /// Reads a record: a JSON object, or the bare text of a customer's identifier. Members that Portico does not know
    /// are the operator's own and are passed over.
    pub fn parse(record: &[u8]) -> Result<Self, CorruptRecord> {
        let record = record.trim_ascii();
        if record.starts_with(b"cus_") {
            let id = std::str::from_utf8(record).unwrap_or_default();
            return Ok(Self {
                customer: Some(customer(id)?),
                ..Self::default()
            });
        }
        let Ok(Value::Object(members)) = strict_json::parse(record) else {
            return Err(CorruptRecord(
                "customer record is neither a JSON object nor a customer id",
            ));
        };
        let customer = match members.get("stripe_customer_id") {
            None | Some(Value::Null) => None,
            Some(id) => Some(customer(id.as_str().unwrap_or_default())?),
        };
        let plan = match members.get("plan") {
            None | Some(Value::Null) => PlanName::default(),
            Some(plan) => PlanName::parse(plan.as_str().unwrap_or_default()).ok_or(
                CorruptRecord("customer record has a plan that is not a plan's name"),
            )?,
        };
        let livemode = match members.get("livemode") {
            None | Some(Value::Null) => None,
            Some(Value::Bool(livemode)) => Some(*livemode),
            Some(_) => {
                return Err(CorruptRecord(
                    "customer record has a livemode that is not a boolean",
                ));
            }
        };
        let synced_at = match members.get("synced_at") {
            None | Some(Value::Null) => None,
            Some(time) => Some(time.as_u64().ok_or(CorruptRecord(
                "customer record has a synced_at that is not a number of seconds",
            ))?),
        };
        Ok(Self {
            customer,
            plan,
            livemode,
            synced_at,
            text: record.to_vec(),
        })
    }

    /// Makes the record that Portico writes in this one's place. Members that Portico does not know stay.
    #[must_use]
    pub fn synced(
        &self,
        customer: &CustomerId,
        plan: &PlanName,
        livemode: bool,
        synced_at: u64,
    ) -> Vec<u8> {
        let mut members = Members::of(&self.text);
        members.set("stripe_customer_id", customer.as_str());
        members.set("plan", plan.as_str());
        members.set("livemode", livemode);
        members.set("synced_at", synced_at);
        members.to_bytes()
    }

    /// Returns true if the operator wrote the record.
    #[must_use]
    pub fn is_the_operators(&self) -> bool {
        self.synced_at.is_none()
    }

    /// Returns true if [`Self::synced`] would change nothing but the time.
    #[must_use]
    pub fn says(&self, customer: &CustomerId, plan: &PlanName, livemode: bool) -> bool {
        !self.is_the_operators()
            && self.customer.as_ref() == Some(customer)
            && self.plan == *plan
            && self.livemode == Some(livemode)
    }

    /// Returns true if the customer can be used with a key of this mode. Where one of the two does not tell, Stripe
    /// will.
    #[must_use]
    pub fn fits_mode(&self, key_livemode: Option<bool>) -> bool {
        match (self.livemode, key_livemode) {
            (Some(record), Some(key)) => record == key,
            _ => true,
        }
    }
}

fn customer(id: &str) -> Result<CustomerId, CorruptRecord> {
    CustomerId::parse(id).ok_or(CorruptRecord(
        "customer record has a stripe_customer_id that is not cus_…",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(customer: Option<&str>, plan: &str, livemode: Option<bool>) -> CustomerRecord {
        CustomerRecord {
            customer: customer.map(|id| CustomerId::parse(id).unwrap()),
            plan: PlanName::parse(plan).unwrap(),
            livemode,
            ..CustomerRecord::default()
        }
    }

    /// Reads the members of a record that Portico knows.
    fn known(text: &[u8]) -> Result<CustomerRecord, CorruptRecord> {
        CustomerRecord::parse(text).map(|record| CustomerRecord {
            text: Vec::new(),
            ..record
        })
    }

    #[test]
    fn a_record_that_portico_writes_keeps_what_it_does_not_know() {
        let record = CustomerRecord::parse(
            br#"{"note":[18446744073709551616, 1.0e2],"plan":"free","stripe_customer_id":"cus_1"}"#,
        );
        let written = record.unwrap().synced(
            &CustomerId::parse("cus_2").unwrap(),
            &PlanName::parse("paid").unwrap(),
            true,
            1_700_000_000,
        );
        assert_eq!(
            String::from_utf8(written.clone()).unwrap(),
            r#"{"note":[18446744073709551616, 1.0e2],"stripe_customer_id":"cus_2","plan":"paid","livemode":true,"synced_at":1700000000}"#
        );
        let read = CustomerRecord::parse(&written).unwrap();
        assert_eq!(read.synced_at, Some(1_700_000_000));
        assert!(CustomerRecord::parse(br#"{"synced_at":"now"}"#).is_err());
    }

    #[test]
    fn a_record_is_an_object_or_a_customers_identifier() {
        for (text, expected) in [
            ("cus_1", record(Some("cus_1"), "free", None)),
            (" cus_1\n", record(Some("cus_1"), "free", None)),
            (
                r#"{"stripe_customer_id":"cus_1"}"#,
                record(Some("cus_1"), "free", None),
            ),
            (
                r#"{"stripe_customer_id":"cus_1","plan":"paid","livemode":false}"#,
                record(Some("cus_1"), "paid", Some(false)),
            ),
            (
                r#"{"stripe_customer_id":"cus_1","plan":null,"livemode":null}"#,
                record(Some("cus_1"), "free", None),
            ),
            (
                r#"{"stripe_customer_id":"cus_1","plan":"Pro Plan"}"#,
                record(Some("cus_1"), "Pro Plan", None),
            ),
            (
                r#"{"stripe_customer_id":"cus_1","plan":"team.v2","livemode":true,"note":"ours"}"#,
                record(Some("cus_1"), "team.v2", Some(true)),
            ),
        ] {
            assert_eq!(known(text.as_bytes()), Ok(expected), "{text}");
        }
    }

    #[test]
    fn a_record_may_name_a_plan_and_no_customer() {
        for (text, plan) in [
            ("{}", "free"),
            (r#"{"plan":"free"}"#, "free"),
            (r#"{"plan":"paid"}"#, "paid"),
            (r#"{"stripe_customer_id":null}"#, "free"),
            (r#"{"stripe_customer_id":null,"plan":"trial"}"#, "trial"),
        ] {
            assert_eq!(
                known(text.as_bytes()),
                Ok(record(None, plan, None)),
                "{text}"
            );
        }
    }

    #[test]
    fn a_corrupt_record_is_refused() {
        for text in [
            "",
            "cus_",
            "cus_1 cus_2",
            "cus_1&customer=cus_2",
            "sub_1",
            "null",
            "[]",
            "\"cus_1\"",
            r#"{"stripe_customer_id":7}"#,
            r#"{"stripe_customer_id":""}"#,
            r#"{"stripe_customer_id":"sub_1"}"#,
            r#"{"stripe_customer_id":"cus_1","stripe_customer_id":"cus_2"}"#,
            r#"{"stripe_customer_id":"cus_1","plan":""}"#,
            r#"{"stripe_customer_id":"cus_1","plan":"a,b"}"#,
            r#"{"stripe_customer_id":"cus_1","livemode":"true"}"#,
        ] {
            assert!(CustomerRecord::parse(text.as_bytes()).is_err(), "{text}");
        }
        assert!(CustomerRecord::parse(b"cus_\xff").is_err());
    }

    #[test]
    fn a_customer_of_the_other_mode_does_not_fit_and_silence_does() {
        let of_mode = |livemode| record(Some("cus_1"), "paid", livemode);
        assert!(of_mode(Some(true)).fits_mode(Some(true)));
        assert!(!of_mode(Some(true)).fits_mode(Some(false)));
        assert!(!of_mode(Some(false)).fits_mode(Some(true)));
        assert!(of_mode(None).fits_mode(Some(true)));
        assert!(of_mode(Some(true)).fits_mode(None));
    }
}
