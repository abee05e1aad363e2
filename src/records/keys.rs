//! The keys of users' and customers' things in the key-value store.

use crate::stripe_id::CustomerId;
use crate::user::User;

/// The kinds of things that are kept under a key of a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The user's Stripe customer and plan.
    Customer,
    /// The tokens that the user has been given to spend.
    Balance,
    /// The cost of the user's calls since the balance was written.
    Spent,
    /// The requests that the user has made in a window.
    Rate,
    /// The tickets of synchronisations that may change the user's record.
    Tickets,
    /// The number of customers that have become the user's.
    Customers,
}

/// The kinds of things that are kept under a key of a customer at Stripe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CustomerKind {
    /// The user whom the customer belongs to.
    Owner,
    /// The tickets of synchronisations of the customer.
    Tickets,
}

/// Returns the key of one kind of a customer's things. An identifier has letters, digits and underscores alone, so it
/// stands in the key as it is, and no key of a user looks like this one.
#[must_use]
pub fn customer_key(kind: CustomerKind, customer: &CustomerId) -> String {
    match kind {
        CustomerKind::Owner => format!("stripe:{customer}"),
        CustomerKind::Tickets => format!("sync:c:{customer}"),
    }
}

/// Returns the key of one kind of a user's things. Only a [`User`] makes one, so no other text can lead to a record.
///
/// The key is the user as it is, but for characters that are percent-encoded. Quotes and the backslash could make a
/// store that builds a query of its keys find another user's record. The slash, the question mark and the number sign
/// are refused by stores that put keys into a path. The percent sign is encoded so that no two users have one key.
#[must_use]
pub fn key(kind: Kind, user: &User) -> String {
    let kind = match kind {
        Kind::Customer => "customer",
        Kind::Balance => "balance",
        Kind::Spent => "spent",
        Kind::Rate => "rate",
        Kind::Tickets => "sync:u",
        Kind::Customers => "sync:n",
    };
    let mut key = format!("{kind}:");
    for character in user.as_str().chars() {
        match character {
            '%' => key.push_str("%25"),
            '\'' => key.push_str("%27"),
            '"' => key.push_str("%22"),
            '\\' => key.push_str("%5C"),
            '/' => key.push_str("%2F"),
            '?' => key.push_str("%3F"),
            '#' => key.push_str("%23"),
            other => key.push(other),
        }
    }
    key
}

/// Returns the key of one of a user's places. In a user's key, a percent sign is followed by two digits, so that no
/// other user's key looks like this one.
#[must_use]
pub fn place_key(user: &User, place: usize) -> String {
    format!(
        "{}%~{}",
        key(Kind::Customers, user),
        place.saturating_add(1)
    )
}

/// Returns the key of the time at which Stripe was last searched for a user. The limiter's own keys of a route have no
/// such end.
#[must_use]
pub fn search_key(user: &User) -> String {
    format!("{}%searched", key(Kind::Rate, user))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_has_a_character_that_a_store_refuses() {
        let user = User::authenticated("/a\\b?c#d%e'f\"g").unwrap();
        let customer = CustomerId::parse("cus_1").unwrap();
        let of_user = [
            Kind::Customer,
            Kind::Balance,
            Kind::Spent,
            Kind::Rate,
            Kind::Tickets,
            Kind::Customers,
        ];
        let mut keys: Vec<_> = of_user.iter().map(|kind| key(*kind, &user)).collect();
        keys.push(place_key(&user, 0));
        keys.push(search_key(&user));
        keys.push(customer_key(CustomerKind::Owner, &customer));
        keys.push(customer_key(CustomerKind::Tickets, &customer));
        for key in &keys {
            assert!(!key.contains(['/', '\\', '?', '#']), "{key}");
        }
        keys.sort();
        keys.dedup();
        assert_eq!(keys.len(), of_user.len() + 4);
        assert_eq!(
            place_key(&User::authenticated("u").unwrap(), 0),
            "sync:n:u%~1"
        );
    }

    #[test]
    fn a_key_is_the_user_as_it_is_but_for_what_a_store_could_misread() {
        for (user, expected) in [
            ("user_1", "customer:user_1"),
            (
                "auth0|x y@example.com:ü",
                "customer:auth0|x y@example.com:ü",
            ),
            ("o'brien", "customer:o%27brien"),
            ("o%27brien", "customer:o%2527brien"),
            (
                "x' OR c.id='customer:y",
                "customer:x%27 OR c.id=%27customer:y",
            ),
            ("\"\\", "customer:%22%5C"),
            ("https://id/?u#1", "customer:https:%2F%2Fid%2F%3Fu%231"),
        ] {
            assert_eq!(
                key(Kind::Customer, &User::authenticated(user).unwrap()),
                expected
            );
        }
    }

    #[test]
    fn no_key_of_any_kind_has_a_character_that_a_store_could_refuse() {
        let user = User::authenticated("/\\?#%'\"").unwrap();
        let customer = CustomerId::parse("cus_1").unwrap();
        let of_users = [
            Kind::Customer,
            Kind::Balance,
            Kind::Spent,
            Kind::Rate,
            Kind::Tickets,
        ];
        let of_customers = [CustomerKind::Owner, CustomerKind::Tickets];
        let keys = of_users.map(|kind| key(kind, &user)).into_iter();
        for key in keys.chain(of_customers.map(|kind| customer_key(kind, &customer))) {
            assert!(!key.contains(['/', '\\', '?', '#', '\'', '"']), "{key}");
        }
    }
}
