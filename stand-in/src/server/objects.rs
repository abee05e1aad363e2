//! The handle's part about objects: what no client can do at Stripe, but a person or time can.

use serde_json::{Value, json};

use super::StripeStandIn;
use crate::objects::Kind;
use crate::resources::{checkout_session, customer, payment_page, price, product, subscription};
use crate::route;

impl StripeStandIn {
    /// Puts something on sale in the test mode, as if it had always been there: a product and a price of it, for
    /// `amount` cents of a dollar a month. The price has this lookup key.
    pub fn add_plan(&self, product: &str, name: &str, price: &str, lookup_key: &str, amount: u64) {
        let now = self.shared.settings.now();
        let objects = &mut self.shared.lock().objects;
        objects.insert(false, product::new(product, name, false, now));
        let mut new = price::monthly(price, product, amount, now);
        new["lookup_key"] = json!(lookup_key);
        objects.insert(false, new);
    }

    /// Gives a subscription a status, as time and failing payments do: `past_due`, `unpaid`, `canceled` and so on.
    ///
    /// # Panics
    ///
    /// When there is no such subscription, or no such status.
    pub fn set_subscription_status(&self, id: &str, status: &str) {
        assert!(
            subscription::STATUSES.contains(&status),
            "{status} is not a status of subscriptions"
        );
        let (live, found) = self
            .object(id, subscription::KIND)
            .expect("there is such a subscription");
        route::act(&self.shared, live, |call| {
            subscription::set_status(call, &found, status)
        });
    }

    /// Pays an open checkout session by card, as its buyer does on Stripe's page, and returns what has become of the
    /// session.
    ///
    /// # Panics
    ///
    /// When there is no such session, or it is not open.
    #[expect(
        clippy::must_use_candidate,
        reason = "the change is what it is called for"
    )]
    pub fn complete_checkout(&self, id: &str) -> Value {
        let (live, session) = self
            .object(id, checkout_session::KIND)
            .expect("there is such a session");
        route::act(&self.shared, live, |call| {
            payment_page::pay(call, &session, "pm_card_visa", None)
        })
        .unwrap_or_else(|error| panic!("{}", error.message))
    }

    /// Holds the index in which customers are searched: until it is let go, searches find customers as they are now.
    /// Stripe's index follows changes within a minute, and longer when Stripe has trouble.
    pub fn hold_search_index(&self, hold: bool) {
        customer::hold_search_index(&mut self.shared.lock(), hold);
    }

    /// An object of a kind that was not deleted, and whether it is one of the live mode.
    pub(super) fn object(&self, id: &str, kind: Kind) -> Option<(bool, Value)> {
        let state = self.shared.lock();
        let live = state.objects.mode(id)?;
        let object = state.objects.find(kind, id, "id", live).ok()?;
        Some((live, object.clone()))
    }
}
