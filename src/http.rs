//! Routing, and what is read of a request's headers; the answers are in [`answer`].

use http::{HeaderMap, HeaderName, HeaderValue, Method};

use crate::config::Origin;
use crate::error::{Failure, FailureKind};

pub mod answer;

/// The header by which a request is found in the log.
pub const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What a path leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// Opens a portal session.
    BillingPortal,
    /// The plan gate: tells what the user has, and whether the portal will open.
    Account,
    /// Tells that the component runs.
    Health,
    /// Tells whether it can serve.
    Readiness,
}

/// A known path.
#[derive(Debug)]
pub struct Route {
    /// The path, compared to the byte.
    pub path: &'static str,
    /// The one method that it takes.
    pub method: Method,
    /// What it leads to.
    pub endpoint: Endpoint,
    /// Whether pages of allowed origins may call it, so that it answers preflights.
    pub cors: bool,
}

/// All known paths.
pub const ROUTES: &[Route] = &[
    Route {
        path: "/api/v1/account/billing-portal",
        method: Method::POST,
        endpoint: Endpoint::BillingPortal,
        cors: true,
    },
    Route {
        path: "/api/v1/account/balance",
        method: Method::GET,
        endpoint: Endpoint::Account,
        cors: true,
    },
    Route {
        path: "/healthz",
        method: Method::GET,
        endpoint: Endpoint::Health,
        cors: false,
    },
    Route {
        path: "/readyz",
        method: Method::GET,
        endpoint: Endpoint::Readiness,
        cors: false,
    },
];

impl Route {
    /// The route of a path, without its query. A trailing or a doubled slash makes another path.
    #[must_use]
    pub fn find(path: &str) -> Option<&'static Self> {
        ROUTES.iter().find(|route| route.path == path)
    }

    /// What the route does with a method.
    ///
    /// # Errors
    /// It does not take the method.
    pub fn action(&self, method: &Method) -> Result<Action, Failure> {
        if *method == self.method {
            Ok(Action::Serve(self.endpoint))
        } else if self.cors && *method == Method::OPTIONS {
            Ok(Action::Preflight)
        } else {
            let allow = self.allow();
            Err(Failure::new(
                FailureKind::MethodNotAllowed { allow },
                "the path does not take this method",
            ))
        }
    }

    fn allow(&self) -> &'static str {
        match (self.method == Method::POST, self.cors) {
            (true, true) => "POST, OPTIONS",
            (true, false) => "POST",
            (false, true) => "GET, OPTIONS",
            (false, false) => "GET",
        }
    }
}

/// What is to be done with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Serve it.
    Serve(Endpoint),
    /// Answer a CORS preflight (Fetch standard, CORS-preflight request).
    Preflight,
}

/// The request's origin, if it is one of the allowed ones. `values` are those of the `Origin` header.
#[must_use]
pub fn allowed_origin<'a>(values: &[HeaderValue], allowed: &'a [Origin]) -> Option<&'a Origin> {
    let [value] = values else {
        return None;
    };
    allowed
        .iter()
        .find(|origin| origin.as_str().as_bytes() == value.as_bytes())
}

/// The caller's request identifier, if it sent one that may stand in a header and in a log.
#[must_use]
pub fn request_id(headers: &HeaderMap) -> Option<String> {
    let mut values = headers.get_all(X_REQUEST_ID).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return None;
    };
    let id = value.to_str().ok()?;
    let valid = (1..=64).contains(&id.len())
        && id
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b));
    valid.then(|| id.to_owned())
}

/// The method, if it is one of those that RFC 9110 and RFC 5789 define; what else a caller makes up is not logged.
#[must_use]
pub fn method_name(method: &Method) -> Option<&'static str> {
    const KNOWN: [&str; 9] = [
        "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH",
    ];
    KNOWN.into_iter().find(|known| *known == method.as_str())
}
