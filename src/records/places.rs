//! The customers that a user has: a few places, each with one customer.
//!
//! A set in one value would be read, changed and written back, and two synchronisations that do so at the same moment
//! would lose a customer. A customer that is new to a user gets a place of its own instead, by a number that nobody else
//! gets.

use crate::stripe_id::CustomerId;

/// The number of places that a user has.
pub const PLACES: usize = 8;

/// The places of a user, each of them empty or with one customer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Places(Vec<Option<CustomerId>>);

impl Places {
    /// Reads the places from the store's values. One whose value is no customer is empty.
    #[must_use]
    pub fn new(values: impl IntoIterator<Item = Option<Vec<u8>>>) -> Self {
        let customer = |value: Option<Vec<u8>>| {
            let value = value?;
            CustomerId::parse(std::str::from_utf8(&value).ok()?)
        };
        Self(values.into_iter().map(customer).collect())
    }

    /// Returns the customer in each place.
    pub fn iter(&self) -> impl Iterator<Item = Option<&CustomerId>> {
        self.0.iter().map(Option::as_ref)
    }

    /// Returns the customers, in the order of their places.
    pub fn customers(&self) -> impl Iterator<Item = &CustomerId> {
        self.0.iter().flatten()
    }
}

/// Chooses, of the free places, the one for the customer with this number: the one of its own number, if that is free.
#[must_use]
pub fn choose(free: &[usize], number: i64) -> Option<usize> {
    let number = usize::try_from(number.saturating_sub(1)).unwrap_or_default();
    if free.contains(&number) {
        return Some(number);
    }
    free.get(number.checked_rem(free.len())?).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_customer_gets_the_place_of_its_number_or_else_one_that_is_free() {
        for (free, number, chosen) in [
            (&[0, 1, 2, 3, 4, 5, 6, 7][..], 1, Some(0)),
            (&[1, 2, 3, 4, 5, 6, 7], 2, Some(1)),
            (&[1, 2, 3, 4, 5, 6, 7], 8, Some(7)),
            (&[1, 2], 1, Some(1)),
            (&[3, 5], 9, Some(3)),
            (&[3, 5], 10, Some(5)),
            (&[3], 10, Some(3)),
            (&[3], -7, Some(3)),
            (&[], 1, None),
        ] {
            assert_eq!(choose(free, number), chosen, "{free:?}, {number}");
        }
    }

    #[test]
    fn a_place_whose_value_is_no_customer_is_empty() {
        let places = Places::new([
            Some(b"cus_1".to_vec()),
            None,
            Some(b"sub_1".to_vec()),
            Some(b"\xff".to_vec()),
        ]);
        let customers: Vec<_> = places
            .iter()
            .map(|place| place.map(CustomerId::as_str))
            .collect();
        assert_eq!(customers, [Some("cus_1"), None, None, None]);
        assert_eq!(places.customers().count(), 1);
    }
}
