//! Routing, CORS, and the answer: status, headers and JSON of every outcome.

use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ALLOW, CACHE_CONTROL, CONTENT_TYPE,
    ORIGIN, RETRY_AFTER, VARY, WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode};
use serde::Serialize;

use crate::config::Origin;
use crate::error::{Failure, FailureKind};
use crate::stripe::answer::SessionUrl;

/// The header by which a request is found in the log.
pub const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// How long a client is asked to wait after a failure that passes, in seconds.
const RETRY_AFTER_SECONDS: &str = "5";

/// What a path leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// Opens a portal session.
    BillingPortal,
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

/// What a request came to, short of a failure.
#[derive(Debug)]
pub enum Success {
    /// A portal session was opened.
    Portal(SessionUrl),
    /// The component runs.
    Healthy,
    /// It can serve.
    Ready,
    /// It cannot.
    Unready(Checks),
    /// A preflight was answered.
    Preflight,
}

/// What stands in the way of serving: each `ok` or a one-line reason without secrets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Checks {
    /// The variables.
    pub config: String,
    /// The key material.
    pub keys: String,
    /// The key-value store.
    pub store: String,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Body<'a> {
    Session {
        url: &'a str,
    },
    Status {
        status: &'static str,
    },
    Unready {
        status: &'static str,
        checks: Checks,
    },
    Error {
        error: &'static str,
        message: &'a str,
        request_id: &'a str,
    },
}

/// The answer and, for the log, its error code.
pub struct Answer {
    /// Status, headers and body.
    pub response: Response<Vec<u8>>,
    /// The member `error` of the body, where it is an error.
    pub error: Option<&'static str>,
}

/// Writes the answer. `route` and `allowed_origin` are for CORS: the second is the request's origin, if it may read.
#[must_use]
pub fn answer(
    outcome: &Result<Success, Failure>,
    request_id: &str,
    route: Option<&'static Route>,
    allowed_origin: Option<&Origin>,
) -> Answer {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if let Ok(value) = HeaderValue::from_str(request_id) {
        headers.insert(X_REQUEST_ID, value);
    }
    if let Some(route) = route.filter(|route| route.cors) {
        let preflight = matches!(outcome, Ok(Success::Preflight));
        cors_headers(&mut headers, route, allowed_origin, preflight);
    }
    let (status, body, error) = match outcome {
        Ok(success) => {
            let (status, body) = success_body(success);
            (status, body, None)
        }
        Err(failure) => {
            let (status, error, message) = describe(failure.kind, &mut headers);
            (
                status,
                Some(Body::Error {
                    error,
                    message,
                    request_id,
                }),
                Some(error),
            )
        }
    };
    // Strings and an enumeration always serialise; an empty body would be the least harm if they did not.
    let body = body.map_or_else(Vec::new, |body| {
        serde_json::to_vec(&body).unwrap_or_default()
    });
    let mut response = Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    Answer { response, error }
}

fn success_body(success: &Success) -> (StatusCode, Option<Body<'_>>) {
    match success {
        Success::Portal(url) => (StatusCode::OK, Some(Body::Session { url: url.expose() })),
        Success::Healthy => (StatusCode::OK, Some(Body::Status { status: "ok" })),
        Success::Ready => (StatusCode::OK, Some(Body::Status { status: "ready" })),
        Success::Unready(checks) => (
            StatusCode::SERVICE_UNAVAILABLE,
            Some(Body::Unready {
                status: "unready",
                checks: checks.clone(),
            }),
        ),
        Success::Preflight => (StatusCode::NO_CONTENT, None),
    }
}

/// Failure → status, error code, one sentence for a developer, and the headers that go with them.
fn describe(
    kind: FailureKind,
    headers: &mut HeaderMap,
) -> (StatusCode, &'static str, &'static str) {
    const SERVER: StatusCode = StatusCode::INTERNAL_SERVER_ERROR;
    let mut retry_later =
        || headers.insert(RETRY_AFTER, HeaderValue::from_static(RETRY_AFTER_SECONDS));
    match kind {
        FailureKind::NoStripeCustomer => (
            StatusCode::BAD_REQUEST,
            "no_stripe_customer",
            "This user has no Stripe customer; offer an upgrade instead of the portal.",
        ),
        FailureKind::InvalidRequest(message) => {
            (StatusCode::BAD_REQUEST, "invalid_request", message)
        }
        FailureKind::Unauthorized { token_sent } => {
            // RFC 6750, section 3.1: without credentials the challenge has no error code.
            let challenge = if token_sent {
                "Bearer error=\"invalid_token\""
            } else {
                "Bearer"
            };
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
            (
                StatusCode::UNAUTHORIZED,
                "unauthorized",
                "Send a valid access token of the signed-in user as `Authorization: Bearer`.",
            )
        }
        FailureKind::NotFound => (
            StatusCode::NOT_FOUND,
            "not_found",
            "There is nothing at this path.",
        ),
        FailureKind::MethodNotAllowed { allow } => {
            headers.insert(ALLOW, HeaderValue::from_static(allow));
            (
                StatusCode::METHOD_NOT_ALLOWED,
                "method_not_allowed",
                "This path takes the methods of the Allow header.",
            )
        }
        FailureKind::PortalNotConfigured => (
            SERVER,
            "portal_not_configured",
            "Stripe has no customer portal configuration in this mode; save one in the Stripe Dashboard.",
        ),
        FailureKind::StripeUnavailable => {
            retry_later();
            (
                SERVER,
                "stripe_unavailable",
                "Stripe did not answer; try again in a few seconds.",
            )
        }
        FailureKind::StripeRejected => (
            SERVER,
            "stripe_rejected",
            "Stripe did not accept the call; the operator finds the reason in the log.",
        ),
        FailureKind::KeysUnavailable => {
            retry_later();
            (
                SERVER,
                "keys_unavailable",
                "The identity provider's keys could not be had; try again in a few seconds.",
            )
        }
        FailureKind::StoreUnavailable => (
            SERVER,
            "store_unavailable",
            "The user's record could not be read; the operator finds the reason in the log.",
        ),
        FailureKind::Misconfigured => (
            SERVER,
            "misconfigured",
            "The service is not configured correctly; the operator finds the reason in the log.",
        ),
        FailureKind::Internal => (
            SERVER,
            "internal_error",
            "Something went wrong on our side.",
        ),
    }
}

fn cors_headers(
    headers: &mut HeaderMap,
    route: &Route,
    allowed_origin: Option<&Origin>,
    preflight: bool,
) {
    // Whether allowed or not, the answer depends on the origin, and a cache must know.
    headers.insert(VARY, HeaderValue::from_static("Origin"));
    let Some(origin) =
        allowed_origin.and_then(|origin| HeaderValue::from_str(origin.as_str()).ok())
    else {
        return;
    };
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    if preflight {
        let methods = if route.method == Method::POST {
            "POST"
        } else {
            "GET"
        };
        headers.insert(
            ACCESS_CONTROL_ALLOW_METHODS,
            HeaderValue::from_static(methods),
        );
        headers.insert(
            ACCESS_CONTROL_ALLOW_HEADERS,
            HeaderValue::from_static("authorization, content-type, x-request-id"),
        );
        headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("86400"));
    } else {
        headers.insert(
            ACCESS_CONTROL_EXPOSE_HEADERS,
            HeaderValue::from_static("x-request-id, retry-after, ratelimit, ratelimit-policy"),
        );
    }
}

/// The request's origin, if it is one of the allowed ones.
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
