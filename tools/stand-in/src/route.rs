//! A row of the API's route table, and the call that a route answers.

use serde_json::Value;

use crate::error::StripeError;
use crate::events::Change;
use crate::objects::{CUSTOMER, Kind};
use crate::parameters::Parameters;
use crate::state::{Settings, Shared, State};

/// A call that a resource answers.
#[derive(Clone, Copy)]
pub(crate) struct Route {
    pub(crate) method: &'static str,
    /// The path. In it, `{id}` stands for one segment, which the call gets.
    pub(crate) path: &'static str,
    /// Makes the object that answers the call with 200.
    pub(crate) answer: fn(&mut Call<'_>) -> Result<Value, StripeError>,
}

/// A call of the API whose key and headers are in order.
pub(crate) struct Call<'a> {
    pub(crate) state: &'a mut State,
    pub(crate) settings: &'a Settings,
    /// True if the API key is one of the live mode.
    pub(crate) live: bool,
    /// The segment of the path that is `{id}` in the route; empty if it has none.
    pub(crate) id: &'a str,
    /// The parameters, decoded.
    pub(crate) pairs: &'a [(String, String)],
    /// The identifier of the request; none where the change is not a client's.
    pub(crate) request_id: Option<&'a str>,
    pub(crate) idempotency_key: Option<&'a str>,
}

/// Makes a row of the table.
pub(crate) const fn route(
    method: &'static str,
    path: &'static str,
    answer: fn(&mut Call<'_>) -> Result<Value, StripeError>,
) -> Route {
    Route {
        method,
        path,
        answer,
    }
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

impl Route {
    /// Returns the segment that is `{id}` if the route is for this method and path.
    pub(crate) fn matches<'p>(&self, method: &str, path: &'p str) -> Option<&'p str> {
        if method != self.method {
            return None;
        }
        let Some((before, after)) = self.path.split_once("{id}") else {
            return (path == self.path).then_some("");
        };
        let id = path.strip_prefix(before)?.strip_suffix(after)?;
        (!id.is_empty() && !id.contains('/')).then_some(id)
    }
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

    /// Finds the customer that a parameter names.
    ///
    /// Fails when there is none in the API key's mode, or no more.
    pub(crate) fn customer(&self, id: &str, param: &str) -> Result<Value, StripeError> {
        let objects = &self.state.objects;
        objects.find(CUSTOMER, id, param, self.live).cloned()
    }

    /// Makes a new identifier with this prefix.
    pub(crate) fn new_id(&mut self, prefix: &str) -> String {
        let length = if prefix == "cus_" { 14 } else { 24 };
        self.state.names.next(prefix, length)
    }

    /// Makes an event of a change, and has it delivered.
    pub(crate) fn announce(&mut self, kind: &str, object: Value) {
        let change = Change {
            kind,
            object,
            live: self.live,
            now: self.settings.now(),
            request_id: self.request_id,
            idempotency_key: self.idempotency_key,
        };
        let state = &mut *self.state;
        let id = state.events.record(&change, &mut state.names);
        state.webhook.announce(&id);
    }

    /// Keeps an object, and makes an event of what has happened to it.
    pub(crate) fn publish(&mut self, kind: &str, object: Value) -> Value {
        self.state.objects.insert(self.live, object.clone());
        self.announce(kind, object.clone());
        object
    }

    /// Makes an event of an update, unless nothing is different from `before`.
    pub(crate) fn announce_update(&mut self, kind: &str, before: &Value, after: Value) {
        if *before != after {
            self.announce(kind, after);
        }
    }
}
