//! The handle's part about objects: what no client can do at Stripe, but a person or time can.

use std::sync::Arc;

use serde_json::{Value, json};

use super::StripeStandIn;
use crate::api;
use crate::form::decode_form;
use crate::resources::{
    checkout_session, customer, payment_page, price, product, subscription, subscription_creation,
};
use crate::route;
use crate::state::Shared;

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

    /// Gives a customer of the test mode, who may be registered already, an active subscription to a price, as if it had
    /// always been there.
    ///
    /// # Panics
    ///
    /// When there is no such customer or price.
    pub fn add_subscription(&self, id: &str, customer: &str, price: &str) {
        let item = format!("customer={customer}&items[0][price]={price}");
        route::act(&self.shared, false, |call| {
            subscription_creation::always_there(call, id, &decode_form(item.as_bytes()))
        })
        .unwrap_or_else(|error| panic!("{}", error.message));
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
        let found = self.shared.lock().objects.any(subscription::KIND, id);
        let (live, found) = found.expect("there is such a subscription");
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
        let found = self.shared.lock().objects.any(checkout_session::KIND, id);
        let (live, session) = found.expect("there is such a session");
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

    /// Makes a call of the API in the test mode without a connection: the status and the JSON of its answer. It needs no
    /// key, is not recorded, and no fault concerns it, so that a test can change what is at Stripe while it looks at the
    /// requests of others.
    ///
    /// ```no_run
    /// # async fn example() -> std::io::Result<()> {
    /// # let stripe = portico_stand_in::StripeStandIn::start("127.0.0.1:0").await?;
    /// let (status, customer) = stripe.call("POST", "/v1/customers", "metadata[user_id]=u_1");
    /// assert_eq!((status, customer["object"].as_str()), (200, Some("customer")));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn call(&self, method: &str, target: &str, form: &str) -> (u16, Value) {
        self.caller().call(method, target, form)
    }

    /// What makes such calls by itself, for a part of a program that does not have the stand-in.
    #[must_use]
    pub fn caller(&self) -> Caller {
        Caller(Arc::clone(&self.shared))
    }
}

/// Makes calls of the API without a connection; see [`StripeStandIn::call`].
#[derive(Debug, Clone)]
pub struct Caller(Arc<Shared>);

impl Caller {
    /// The status and the JSON that the API answers.
    #[must_use]
    pub fn call(&self, method: &str, target: &str, form: &str) -> (u16, Value) {
        api::call(&self.0, method, target, form)
    }
}
