//! A row of the API's route table, and the call that a route answers.

use serde_json::Value;

use crate::error::StripeError;
use crate::parameters::Parameters;
use crate::state::{Settings, State};

/// Which calls a resource answers, and how.
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
    /// Whether the API key is one of the live mode.
    pub(crate) live: bool,
    /// The segment of the path that is `{id}` in the route; empty if it has none.
    pub(crate) id: &'a str,
    /// The parameters, decoded.
    pub(crate) pairs: &'a [(String, String)],
}

impl Route {
    /// Whether the route is for this method and path; if so, the segment that is `{id}`.
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
    /// The parameters, of which the names must be in `known`; see [`Parameters::new`].
    pub(crate) fn parameters(&self, known: &[&str]) -> Result<Parameters<'a>, StripeError> {
        Parameters::new(self.pairs, known)
    }
}

#[cfg(test)]
mod tests {
    use super::Route;

    #[test]
    fn an_identifier_in_a_path_is_one_segment() {
        let route = |path| Route {
            method: "GET",
            path,
            answer: |_| unreachable!(),
        };
        let one = route("/v1/customers/{id}");
        assert_eq!(one.matches("GET", "/v1/customers/cus_1"), Some("cus_1"));
        assert_eq!(one.matches("GET", "/v1/customers/"), None);
        assert_eq!(one.matches("GET", "/v1/customers"), None);
        assert_eq!(one.matches("GET", "/v1/customers/cus_1/sources"), None);
        assert_eq!(one.matches("DELETE", "/v1/customers/cus_1"), None);
        let inner = route("/v1/invoices/{id}/lines");
        assert_eq!(
            inner.matches("GET", "/v1/invoices/in_1/lines"),
            Some("in_1")
        );
        assert_eq!(inner.matches("GET", "/v1/invoices/lines"), None);
        assert_eq!(route("/v1/charges").matches("GET", "/v1/charges"), Some(""));
    }
}
