//! A call of the API, as the resources answer it.

use serde_json::{Value, json};

use crate::error::StripeError;
use crate::events::API_VERSION;
use crate::objects::{CUSTOMER, Kind};
use crate::parameters::Parameters;
use crate::state::{Settings, Shared, State};

/// A call of the API whose key and headers are in order.
pub(crate) struct Call<'a> {
    pub(crate) state: &'a mut State,
    pub(crate) settings: &'a Settings,
    /// True if the API key is one of the live mode.
    pub(crate) live: bool,
    /// The segment of the path that names an object; empty if none does.
    pub(crate) id: &'a str,
    /// The parameters, decoded.
    pub(crate) pairs: &'a [(String, String)],
    /// The identifier of the request; none where the change is not a client's.
    pub(crate) request_id: Option<&'a str>,
    pub(crate) idempotency_key: Option<&'a str>,
}

/// Does what a person or time does at Stripe, in a mode, rather than a client.
pub(crate) fn act<T>(shared: &Shared, live: bool, what: impl FnOnce(&mut Call<'_>) -> T) -> T {
    what(&mut Call {
        state: &mut shared.lock(),
        settings: &shared.settings,
        live,
        id: "",
        pairs: &[],
        request_id: None,
        idempotency_key: None,
    })
}

impl<'a> Call<'a> {
    /// Returns the parameters, of which the names must be in `known`; see [`Parameters::new`].
    pub(crate) fn parameters(&self, known: &[&str]) -> Result<Parameters<'a>, StripeError> {
        Parameters::new(self.pairs, known)
    }

    /// Finds the object that the path names.
    ///
    /// Fails with 404 when there is none of this kind in the API key's mode, or no more.
    pub(crate) fn find(&self, kind: Kind) -> Result<Value, StripeError> {
        let found = self.state.objects.find(kind, self.id, "id", self.live);
        found.cloned().map_err(|error| error.with_status(404))
    }

    /// Finds the customer that the parameter `customer` names.
    ///
    /// Fails when there is none in the API key's mode, or no more.
    pub(crate) fn customer(&self, id: &str) -> Result<Value, StripeError> {
        let objects = &self.state.objects;
        objects.find(CUSTOMER, id, "customer", self.live).cloned()
    }

    /// Makes a new identifier with this prefix.
    pub(crate) fn new_id(&mut self, prefix: &str) -> String {
        let length = if prefix == "cus_" { 14 } else { 24 };
        self.state.names.next(prefix, length)
    }

    /// Makes an event of a change, and has it delivered.
    pub(crate) fn announce(&mut self, kind: &str, object: &Value) {
        let id = self.state.names.next("evt_1", 23);
        self.state.webhook.announce(&id);
        self.state.events.push(json!({
            "id": id,
            "object": "event",
            "api_version": API_VERSION,
            "created": self.settings.now(),
            "data": { "object": object },
            "livemode": self.live,
            "pending_webhooks": 1,
            "request": { "id": self.request_id, "idempotency_key": self.idempotency_key },
            "type": kind,
        }));
    }

    /// Keeps an object, and makes an event of what has happened to it.
    pub(crate) fn publish(&mut self, kind: &str, object: Value) -> Value {
        self.state.objects.insert(self.live, object.clone());
        self.announce(kind, &object);
        object
    }
}
