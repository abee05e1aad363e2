//! The one place that turns an outcome into status, headers and JSON.

use std::borrow::Cow;

use http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use serde::Serialize;

use crate::cors::Cors;
use crate::error::{Failure, FailureKind, Shortfall};
use crate::rate_limit::Admission;

mod codes;

pub use codes::{ERROR_CODES, ErrorCode, error_code};

/// The header by which a request is found in the log.
pub const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// A route's reply to a request that it serves.
#[derive(Debug, PartialEq, Eq)]
pub struct Reply {
    status: StatusCode,
    body: Vec<u8>,
}

impl Reply {
    /// Makes a reply whose body is written as JSON.
    pub fn json(status: StatusCode, body: &impl Serialize) -> Result<Self, Failure> {
        let body = serde_json::to_vec(body)
            .map_err(|_| Failure::new(FailureKind::Internal, "the answer cannot be written"))?;
        Ok(Self { status, body })
    }

    /// Makes a reply without content, as to a preflight.
    #[must_use]
    pub fn no_content() -> Self {
        Self {
            status: StatusCode::NO_CONTENT,
            body: Vec::new(),
        }
    }
}

/// An answer and, for the log, its error code.
pub struct Answer {
    pub response: Response<Vec<u8>>,
    /// The member `error` of the body; `None` where the request was served.
    pub error: Option<&'static str>,
    /// The reason why the request was not served, for the log.
    pub reason: Option<Cow<'static, str>>,
}

/// The context of an answer: all that it depends on besides the outcome.
#[derive(Clone, Copy, Debug)]
pub struct AnswerContext<'a> {
    pub request_id: &'a str,
    /// The rights of pages on the answer, on routes that pages call.
    pub cors: Option<Cors<'a>>,
    /// The rate limit's decision, if it was asked.
    pub admission: Option<&'a Admission>,
}

/// Writes the answer to a request.
#[must_use]
pub fn answer(outcome: Result<Reply, Failure>, context: AnswerContext<'_>) -> Answer {
    let AnswerContext {
        request_id,
        cors,
        admission,
    } = context;
    let mut headers = HeaderMap::with_capacity(12);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if let Ok(value) = HeaderValue::from_str(request_id) {
        headers.insert(X_REQUEST_ID, value);
    }
    if let Some(cors) = cors {
        cors.write(&mut headers);
    }
    if let Some(admission) = admission {
        rate_limit_headers(&mut headers, admission);
    }
    let (Reply { status, body }, error, reason) = match outcome {
        Ok(reply) => (reply, None, None),
        Err(failure) => {
            let row = error_code(&failure.kind);
            failure_headers(&mut headers, &failure.kind, row);
            let body = error_body(&failure.kind, row, request_id);
            let reply = Reply {
                status: row.status,
                body,
            };
            (reply, Some(row.code), Some(failure.reason))
        }
    };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    Answer {
        response,
        error,
        reason,
    }
}

#[derive(Serialize)]
struct ErrorBody<'a> {
    error: &'static str,
    message: &'static str,
    request_id: &'a str,
    #[serde(flatten)]
    shortfall: Option<ShortfallMembers<'a>>,
}

/// The members that tell a caller with too little what is missing.
#[derive(Serialize)]
struct ShortfallMembers<'a> {
    current_balance: i64,
    required_cost: i64,
    plan: &'a str,
    next_refill_at: Option<&'a str>,
    upgrade_url: Option<&'a str>,
}

impl<'a> ShortfallMembers<'a> {
    fn of(shortfall: &'a Shortfall) -> Self {
        Self {
            current_balance: shortfall.current_balance,
            required_cost: shortfall.required_cost,
            plan: shortfall.plan.as_str(),
            next_refill_at: shortfall.next_refill_at.as_deref(),
            upgrade_url: shortfall.upgrade_url.as_deref(),
        }
    }
}

fn error_body(kind: &FailureKind, row: &ErrorCode, request_id: &str) -> Vec<u8> {
    let body = ErrorBody {
        error: row.code,
        message: match kind {
            FailureKind::InvalidRequest(message) => message,
            _ => row.message,
        },
        request_id,
        shortfall: match kind {
            FailureKind::InsufficientBalance(shortfall) => Some(ShortfallMembers::of(shortfall)),
            _ => None,
        },
    };
    // Strings and numbers always serialise; an empty body would be the least harm if they did not.
    serde_json::to_vec(&body).unwrap_or_default()
}

fn failure_headers(headers: &mut HeaderMap, kind: &FailureKind, row: &ErrorCode) {
    match kind {
        FailureKind::Unauthorized { token_sent } => {
            // RFC 6750, section 3.1: without credentials the challenge has no error code.
            let challenge = if *token_sent {
                "Bearer error=\"invalid_token\""
            } else {
                "Bearer"
            };
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        FailureKind::MethodNotAllowed { allow } => {
            headers.insert(ALLOW, HeaderValue::from_static(allow));
        }
        _ => {}
    }
    let retry_after = match kind {
        FailureKind::RateLimited { retry_after } => Some(*retry_after),
        _ => row.retry_after,
    };
    if let Some(seconds) = retry_after {
        headers.insert(RETRY_AFTER, seconds.into());
    }
}

/// Writes the two fields of draft-ietf-httpapi-ratelimit-headers, as structured fields (RFC 9651).
fn rate_limit_headers(headers: &mut HeaderMap, admission: &Admission) {
    let plan = &admission.limit.plan;
    let policy = format!(
        "\"{plan}\";q={};w={}",
        admission.limit.requests, admission.limit.window
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
