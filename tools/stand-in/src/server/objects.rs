//! The handle's part about objects: the changes that no client can make at Stripe, but a person or time can.

use serde_json::{Value, json};

use super::StripeStandIn;
use crate::api;
use crate::call::{self, Call};
use crate::resources::{checkout_session, customer, price, subscription};

impl StripeStandIn {
    /// Puts a plan on sale in the test mode, as if it had always been there: a price of a product, for `amount` cents of
    /// a dollar a month. The price has this lookup key, and the plan's name as its nickname.
    pub fn add_plan(&self, product: &str, name: &str, price: &str, lookup_key: &str, amount: u64) {
        let members = json!({ "nickname": name, "lookup_key": lookup_key, "unit_amount": amount });
        self.add_price(product, price, &members);
    }

    /// Puts a price of a product on sale in the test mode, with these members (Stripe API, The Price object) in place of
    /// a monthly price's. One without a `unit_amount` has tiers.
    pub fn add_price(&self, product: &str, id: &str, members: &Value) {
        let new = price::new(id, product, self.shared.settings.now(), members);
        self.shared.lock().objects.insert(false, new);
    }

    /// Gives a customer of the test mode, who may be registered already, an active subscription to a price, as if it had
    /// always been there.
    ///
    /// # Panics
    ///
    /// When there is no such customer or price.
    pub fn add_subscription(&self, id: &str, customer: &str, price: &str) {
        call::act(&self.shared, false, |call| {
            let new = subscription::to_price(call, id, customer, price);
            let new = new.unwrap_or_else(|error| panic!("{}", error.message));
            call.state.objects.insert(call.live, new);
        });
    }

    /// Sets a member of a customer's metadata, as if it had always been there.
    pub fn set_customer_metadata(&self, id: &str, key: &str, value: &str) {
        let objects = &mut self.shared.lock().objects;
        if let Some((live, mut customer)) = objects.any(customer::KIND, id) {
            customer["metadata"][key] = json!(value);
            objects.insert(live, customer);
        }
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
        self.with_subscription(id, |call, found| match status {
            "canceled" => subscription::end(call, found, "payment_failed"),
            _ => subscription::change(call, found, &json!({ "status": status })),
        });
    }

    /// Changes members of a subscription (Stripe API, The Subscription object), as people and time do: `cancel_at`,
    /// `pause_collection` and so on.
    ///
    /// Panics when there is no such subscription.
    pub fn change_subscription(&self, id: &str, changes: &Value) {
        self.with_subscription(id, |call, found| subscription::change(call, found, changes));
    }

    fn with_subscription(&self, id: &str, what: impl FnOnce(&mut Call<'_>, &Value) -> Value) {
        let found = self.shared.lock().objects.any(subscription::KIND, id);
        let (live, found) = found.expect("there is such a subscription");
        call::act(&self.shared, live, |call| what(call, &found));
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
        let found = self.shared.lock().objects.any(checkout_session::KIND, id);
        let (live, _) = found.expect("there is such a session");
        call::act(&self.shared, live, |call| {
            checkout_session::pay(call, id, Some("buyer@example.com"), false)
        })
        .unwrap_or_else(|error| panic!("{}", error.message))
    }

    /// Makes a call of the API in the test mode without a connection: the status and the JSON of its answer. It needs no
    /// key, is not recorded, and no fault concerns it, so that a test can change what is at Stripe while it looks at the
    /// requests of others.
    #[must_use]
    pub fn call(&self, method: &str, target: &str, form: &str) -> (u16, Value) {
        api::call(&self.shared, method, target, form)
    }
}
