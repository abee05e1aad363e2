//! The handle's part about invoices and charges.

use serde_json::Value;

use super::StripeStandIn;
use crate::listing::Belonging;
use crate::resources::{charge, invoice};

impl StripeStandIn {
    /// Gives a customer an invoice, and returns its identifier. It is over 12 dollars and paid; each member of `changes`
    /// (Stripe API, The Invoice object) takes the place of its own, `id` and `created` among them. It belongs to the
    /// customer's mode, and to the test mode where the customer is not registered.
    pub fn add_invoice(&self, customer: &str, changes: &Value) -> String {
        self.add(customer, "in_", changes, invoice::new)
    }

    /// Gives a customer a charge, as [`StripeStandIn::add_invoice`] gives one an invoice (Stripe API, The Charge object).
    pub fn add_charge(&self, customer: &str, changes: &Value) -> String {
        self.add(customer, "ch_", changes, charge::new)
    }

    fn add(
        &self,
        customer: &str,
        prefix: &str,
        changes: &Value,
        make: impl FnOnce(&Belonging<'_>, &Value) -> Value,
    ) -> String {
        let mut state = self.shared.lock();
        let id = match changes["id"].as_str() {
            Some(id) => id.to_owned(),
            None => state.names.next(prefix, 24),
        };
        let new = Belonging {
            id: &id,
            customer,
            live: state.objects.get(customer, true).is_some(),
            settings: &self.shared.settings,
        };
        let (live, object) = (new.live, make(&new, changes));
        state.objects.insert(live, object);
        id
    }
}
