//! Cross-origin resource sharing: the pages that may read the answers (Fetch standard, HTTP extensions).

use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ORIGIN, VARY,
};
use http::{HeaderMap, HeaderValue};

use crate::origin::Origin;

/// The rights of pages on an answer, on a route that they may call.
#[derive(Clone, Copy, Debug)]
pub struct Cors<'a> {
    /// The request's origin, if it is an allowed one.
    pub allowed_origin: Option<&'a Origin>,
    /// The method that a preflight's answer allows; `None` where the answer is not one to a preflight.
    pub preflight_for: Option<&'static str>,
}

impl Cors<'_> {
    /// Adds the header fields to an answer.
    pub fn write(&self, headers: &mut HeaderMap) {
        // The answer depends on the origin even if that is not allowed, and a cache must know.
        headers.insert(VARY, HeaderValue::from_static("Origin"));
        let origin = self.allowed_origin.map(Origin::as_str);
        let Some(Ok(origin)) = origin.map(HeaderValue::from_str) else {
            return;
        };
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        let fields = match self.preflight_for {
            Some(method) => &[
                (ACCESS_CONTROL_ALLOW_METHODS, method),
                (ACCESS_CONTROL_ALLOW_HEADERS, ALLOWED_HEADERS),
                (ACCESS_CONTROL_MAX_AGE, "86400"),
            ][..],
            None => &[(
                ACCESS_CONTROL_EXPOSE_HEADERS,
                "x-request-id, retry-after, ratelimit, ratelimit-policy",
            )],
        };
        for (name, value) in fields {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
}

/// The header fields that a page may send: those that Portico reads, and those that tracing libraries add to every request
/// (W3C Trace Context and Baggage, and Sentry's).
const ALLOWED_HEADERS: &str =
    "authorization, content-type, x-request-id, traceparent, tracestate, baggage, sentry-trace";

/// Returns the origin of a request, if it has exactly one and that is allowed.
#[must_use]
pub fn allowed_origin<'a>(headers: &HeaderMap, allowed: &'a [Origin]) -> Option<&'a Origin> {
    let mut values = headers.get_all(ORIGIN).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return None;
    };
    allowed
        .iter()
        .find(|origin| origin.as_str().as_bytes() == value.as_bytes())
}
