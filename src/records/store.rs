//! The one place that reads and writes the records of customers and users.

use std::pin::Pin;

use super::corrupt::CorruptRecord;
use super::customer::CustomerRecord;
use super::keys::{self, CustomerKind, Kind};
use super::owner::OwnerRecord;
use super::places::{PLACES, Places};
use crate::error::Failure;
use crate::platform::{Store, side_by_side};
use crate::stripe_id::CustomerId;
use crate::text::parse_digits;
use crate::user::User;

/// The records in a store. All that is written was decided elsewhere.
#[derive(Debug)]
pub struct Records<'s, S>(pub &'s S);

/// A user's record, if it counts.
#[derive(Debug, PartialEq, Eq)]
pub enum Lookup {
    /// The record counts. A user without a record has the default one.
    Counts(CustomerRecord),
    /// The record's customer is not this user's.
    IsAnothers,
}

impl<S: Store> Records<'_, S> {
    /// Looks up the customer that a user's requests may use. A record that Portico wrote counts only if the customer's
    /// own record names the user; one that the operator wrote counts unless that record names somebody else.
    pub async fn look_up(&self, user: &User) -> Result<Lookup, Failure> {
        let record = self.customer(user).await?;
        let Some(customer) = &record.customer else {
            return Ok(Lookup::Counts(record));
        };
        // The customer's record is read last. It is one value, so no two users' records count at the same moment.
        let counts = match self.owner(customer).await? {
            Some(owner) => owner.user == *user,
            None => record.is_the_operators(),
        };
        Ok(if counts {
            Lookup::Counts(record)
        } else {
            Lookup::IsAnothers
        })
    }

    /// Returns true if a customer is known to be somebody else's.
    pub async fn is_anothers(&self, customer: &CustomerId, user: &User) -> Result<bool, Failure> {
        let owner = self.owner(customer).await?;
        Ok(owner.is_some_and(|owner| owner.user != *user))
    }

    /// Reads a user's record as it is in the store, even if it does not count. A user without one has the default
    /// record.
    pub async fn customer(&self, user: &User) -> Result<CustomerRecord, Failure> {
        let record = self.read(keys::key(Kind::Customer, user)).await?;
        let record = record.map(|record| CustomerRecord::parse(&record));
        Ok(record.transpose().map_err(corrupt)?.unwrap_or_default())
    }

    /// Writes a user's record, or removes it. After an error the store may have changed all the same.
    pub async fn write_customer(&self, user: &User, record: Option<&[u8]>) -> Result<(), Failure> {
        self.write(keys::key(Kind::Customer, user), record).await
    }

    /// Reads the owner of a customer.
    pub async fn owner(&self, customer: &CustomerId) -> Result<Option<OwnerRecord>, Failure> {
        let key = keys::customer_key(CustomerKind::Owner, customer);
        let record = self.read(key).await?;
        let record = record.map(|record| OwnerRecord::parse(&record));
        record.transpose().map_err(corrupt)
    }

    /// Writes the owner of a customer. After an error the store may have changed all the same.
    pub async fn write_owner(
        &self,
        customer: &CustomerId,
        owner: &OwnerRecord,
    ) -> Result<(), Failure> {
        let key = keys::customer_key(CustomerKind::Owner, customer);
        self.write(key, Some(&owner.to_bytes())).await
    }

    /// Reads the customers that a user is known to have.
    pub async fn places(&self, user: &User) -> Result<Places, Failure> {
        let places = (0..PLACES).map(|place| self.read(keys::place_key(user, place)));
        let values = side_by_side(places).await;
        Ok(Places::new(
            values.into_iter().collect::<Result<Vec<_>, _>>()?,
        ))
    }

    /// Writes a customer into a place of a user. After an error the store may have changed all the same.
    pub async fn write_place(
        &self,
        user: &User,
        place: usize,
        customer: &CustomerId,
    ) -> Result<(), Failure> {
        let key = keys::place_key(user, place);
        self.write(key, Some(customer.as_str().as_bytes())).await
    }

    /// Reads when Stripe was last searched for a user, in Unix seconds.
    pub async fn searched_at(&self, user: &User) -> Result<Option<u64>, Failure> {
        let time = self.read(keys::search_key(user)).await?;
        Ok(time.and_then(|time| parse_digits(std::str::from_utf8(&time).ok()?)))
    }

    /// Writes when Stripe was last searched for a user, in Unix seconds. After an error the store may have changed all
    /// the same.
    pub async fn write_searched_at(&self, user: &User, time: u64) -> Result<(), Failure> {
        let time = time.to_string();
        self.write(keys::search_key(user), Some(time.as_bytes()))
            .await
    }

    fn read(&self, key: String) -> Operation<'_, Option<Vec<u8>>> {
        Box::pin(async move {
            let record = self.0.get(&key).await;
            record.map_err(|error| {
                Failure::store_unavailable(format!("customer lookup failed: {error}"))
            })
        })
    }

    /// Writes a value, or removes it.
    fn write<'a>(&'a self, key: String, value: Option<&'a [u8]>) -> Operation<'a, ()> {
        Box::pin(async move {
            let written = match value {
                Some(value) => self.0.set(&key, value).await,
                None => self.0.delete(&key).await,
            };
            written.map_err(|error| {
                Failure::store_unavailable(format!("writing a record failed: {error}"))
            })
        })
    }
}

/// An operation of the store. It is boxed, so that the code for it is there once and not wherever it is awaited.
type Operation<'a, T> = Pin<Box<dyn Future<Output = Result<T, Failure>> + 'a>>;

fn corrupt(corrupt: CorruptRecord) -> Failure {
    Failure::store_unavailable(corrupt.0)
}

#[cfg(test)]
mod tests {
    use futures::executor::block_on;

    use super::*;
    use crate::platform::memory::MemoryPlatform;

    #[test]
    fn a_record_counts_as_long_as_its_customers_own_record_does_not_say_otherwise() {
        let operators = r#"{"stripe_customer_id":"cus_1","plan":"paid"}"#;
        let ours = r#"{"stripe_customer_id":"cus_1","plan":"paid","synced_at":7}"#;
        for (record, owner, counts) in [
            (operators, "", true),
            (operators, r#"{"user":"a"}"#, true),
            (operators, r#"{"user":"b"}"#, false),
            ("cus_1", r#"{"user":"b"}"#, false),
            ("cus_1", "", true),
            (ours, "", false),
            (ours, r#"{"user":"a"}"#, true),
            (ours, r#"{"user":"b"}"#, false),
            (r#"{"plan":"trial"}"#, "", true),
            (r#"{"plan":"trial","synced_at":7}"#, "", true),
        ] {
            let store = MemoryPlatform::default();
            store.put("customer:a", record.as_bytes());
            if !owner.is_empty() {
                store.put("stripe:cus_1", owner.as_bytes());
            }
            let found =
                block_on(Records(&store).look_up(&User::authenticated("a").unwrap())).unwrap();
            let expected = if counts {
                Lookup::Counts(CustomerRecord::parse(record.as_bytes()).unwrap())
            } else {
                Lookup::IsAnothers
            };
            assert_eq!(found, expected, "{record}, {owner}");
        }
    }
}
