//! The answer: status, headers and JSON of every outcome.

use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ALLOW, CACHE_CONTROL, CONTENT_TYPE,
    RETRY_AFTER, VARY, WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode};
use serde::Serialize;

use super::{Route, X_REQUEST_ID};
use crate::config::Origin;
use crate::error::{Failure, FailureKind, Shortfall};
use crate::rate_limit::Admission;
use crate::stripe::answer::SessionUrl;

/// How long a client is asked to wait after a failure that passes, in seconds.
const RETRY_AFTER_SECONDS: u64 = 5;

/// What a request came to, short of a failure.
#[derive(Debug)]
pub enum Success {
    /// A portal session was opened.
    Portal(SessionUrl),
    /// The user's account was looked up.
    Account(Account),
    /// The component runs.
    Healthy,
    /// It can serve.
    Ready,
    /// It cannot.
    Unready(Checks),
    /// A preflight was answered.
    Preflight,
}

/// What a page asks before it shows the button.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Account {
    /// The user's plan.
    pub plan: String,
    /// Whether a portal request of this user would find a customer of the right mode.
    pub portal_available: bool,
    /// Tokens that the user has.
    pub current_balance: i64,
    /// When the user gets more, where that is known.
    pub next_refill_at: Option<String>,
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
    Account(&'a Account),
    Error {
        error: &'static str,
        message: &'a str,
        request_id: &'a str,
        #[serde(flatten)]
        shortfall: Option<Lack<'a>>,
    },
}

/// What the answer to a caller with too little tells beyond the error.
#[derive(Serialize)]
struct Lack<'a> {
    current_balance: i64,
    required_cost: i64,
    plan: &'a str,
    next_refill_at: Option<&'a str>,
    upgrade_url: Option<&'a str>,
}

impl<'a> Lack<'a> {
    fn of(shortfall: &'a Shortfall) -> Self {
        Self {
            current_balance: shortfall.current_balance,
            required_cost: shortfall.required_cost,
            plan: &shortfall.plan,
            next_refill_at: shortfall.next_refill_at.as_deref(),
            upgrade_url: shortfall.upgrade_url.as_deref(),
        }
    }
}

/// The answer and, for the log, its error code.
pub struct Answer {
    /// Status, headers and body.
    pub response: Response<Vec<u8>>,
    /// The member `error` of the body, where it is an error.
    pub error: Option<&'static str>,
}

/// What an answer depends on besides the outcome.
#[derive(Clone, Copy, Debug)]
pub struct Circumstances<'a> {
    /// The request's identifier.
    pub request_id: &'a str,
    /// The route that took the request.
    pub route: Option<&'static Route>,
    /// The request's origin, if its pages may read the answer.
    pub allowed_origin: Option<&'a Origin>,
    /// What the rate limit said, if it was asked.
    pub admission: Option<&'a Admission>,
}

/// Writes the answer.
#[must_use]
pub fn answer(outcome: &Result<Success, Failure>, circumstances: Circumstances<'_>) -> Answer {
    let Circumstances {
        request_id,
        route,
        allowed_origin,
        admission,
    } = circumstances;
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
    if let Some(admission) = admission {
        rate_limit_headers(&mut headers, admission);
    }
    let (status, body, error) = match outcome {
        Ok(success) => {
            let (status, body) = success_body(success);
            (status, body, None)
        }
        Err(failure) => {
            let (status, error, message) = describe(&failure.kind, &mut headers);
            (
                status,
                Some(Body::Error {
                    error,
                    message,
                    request_id,
                    shortfall: match &failure.kind {
                        FailureKind::InsufficientBalance(shortfall) => Some(Lack::of(shortfall)),
                        _ => None,
                    },
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
        Success::Account(account) => (StatusCode::OK, Some(Body::Account(account))),
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
    kind: &FailureKind,
    headers: &mut HeaderMap,
) -> (StatusCode, &'static str, &'static str) {
    const SERVER: StatusCode = StatusCode::INTERNAL_SERVER_ERROR;
    let mut retry_after = |seconds: u64| headers.insert(RETRY_AFTER, seconds.into());
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
            let challenge = if *token_sent {
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
        FailureKind::InsufficientBalance(_) => (
            StatusCode::PAYMENT_REQUIRED,
            "insufficient_balance",
            "The user has fewer tokens than this call costs.",
        ),
        FailureKind::RateLimited {
            retry_after: seconds,
        } => {
            retry_after(*seconds);
            (
                StatusCode::TOO_MANY_REQUESTS,
                "rate_limited",
                "The user's plan has no request left in this window; wait as long as Retry-After says.",
            )
        }
        FailureKind::PortalNotConfigured => (
            SERVER,
            "portal_not_configured",
            "Stripe has no customer portal configuration in this mode; save one in the Stripe Dashboard.",
        ),
        FailureKind::StripeUnavailable => {
            retry_after(RETRY_AFTER_SECONDS);
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
            retry_after(RETRY_AFTER_SECONDS);
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

/// The two fields of draft-ietf-httpapi-ratelimit-headers, as structured fields (RFC 9651).
fn rate_limit_headers(headers: &mut HeaderMap, admission: &Admission) {
    let plan = &admission.limit.plan;
    let policy = format!(
        "\"{plan}\";q={};w={}",
        admission.limit.requests,
        admission.limit.window.as_secs()
    );
    let limit = format!(
        "\"{plan}\";r={};t={}",
        admission.remaining, admission.reset_seconds
    );
    for (name, value) in [("ratelimit-policy", policy), ("ratelimit", limit)] {
        // A plan's name is made of characters that a header may have.
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(HeaderName::from_static(name), value);
        }
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
