//! Stripe's identifiers: a prefix that tells the kind of object, then letters, digits and underscores.
//!
//! Each kind is a type of its own that only [`parse`](CustomerId::parse) makes, so an identifier is checked once, and
//! what has the type can stand in a path, a form, a store key or a log line as it is.

use std::fmt;

/// The most bytes that an identifier may have (Stripe API, Object IDs).
const MAX_BYTES: usize = 255;

/// Returns true if the text is a prefix and then one or more letters, digits and underscores.
#[must_use]
pub fn has_form(text: &str, prefix: &str) -> bool {
    text.len() <= MAX_BYTES
        && text.strip_prefix(prefix).is_some_and(|rest| {
            !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        })
}

macro_rules! identifiers {
    ($($(#[$doc:meta])* $name:ident: $($prefix:literal),+;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub struct $name(String);

        impl $name {
            /// The prefixes that an identifier of this kind may begin with.
            pub const PREFIXES: &'static [&'static str] = &[$($prefix),+];

            /// Checks the form of an identifier; `None` if it is not one of this kind.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                Self::PREFIXES
                    .iter()
                    .any(|prefix| has_form(text, prefix))
                    .then(|| Self(text.to_owned()))
            }

            /// Returns the identifier as Stripe writes it.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

identifiers! {
    /// A customer (Stripe API, Customers).
    CustomerId: "cus_";
    /// A subscription (Stripe API, Subscriptions).
    SubscriptionId: "sub_";
    /// An item of a subscription (Stripe API, Subscription Items).
    SubscriptionItemId: "si_";
    /// A price (Stripe API, Prices).
    PriceId: "price_";
    /// A promotion code (Stripe API, Promotion Codes).
    PromotionCodeId: "promo_";
    /// A configuration of the customer portal (Stripe API, Portal Configuration).
    PortalConfigurationId: "bpc_";
    /// A connected account (Stripe API, Accounts).
    AccountId: "acct_";
    /// A checkout session (Stripe API, Checkout Sessions).
    CheckoutSessionId: "cs_";
    /// An event (Stripe API, Events).
    EventId: "evt_";
    /// A request to Stripe, by its `Request-Id` header (Stripe API, Request IDs).
    RequestId: "req_";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_has_its_prefix_and_then_letters_digits_and_underscores() {
        for text in ["cus_1", "cus_NffrFeUfNV2Hib", "cus_a_b"] {
            assert_eq!(CustomerId::parse(text).unwrap().as_str(), text);
        }
        for text in [
            "",
            "cus_",
            "cus",
            "sub_1",
            "cus_1 ",
            " cus_1",
            "cus_1/..",
            "cus_1&x=y",
            "cus_é",
            "CUS_1",
        ] {
            assert_eq!(CustomerId::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn an_identifier_has_at_most_255_bytes() {
        let longest = format!("cus_{}", "a".repeat(251));
        assert!(CustomerId::parse(&longest).is_some());
        assert_eq!(CustomerId::parse(&format!("{longest}a")), None);
    }
}
