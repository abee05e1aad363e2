//! The table of error codes, one row for each failure that a caller can tell apart.

use http::StatusCode;

use crate::error::FailureKind;

/// The seconds that a client is asked to wait after a failure that passes.
const RETRY_AFTER_SECONDS: u64 = 5;

/// A row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ErrorCode {
    pub status: StatusCode,
    /// The member `error` of the body, by which clients tell failures apart.
    pub code: &'static str,
    /// The member `message`: one sentence for a developer. A broken request has a sentence of its own instead.
    pub message: &'static str,
    /// The value of `Retry-After`, in seconds, where it is always the same.
    pub retry_after: Option<u64>,
}

/// All error codes, in the order of their statuses.
pub const ERROR_CODES: [&ErrorCode; 17] = [
    &NO_STRIPE_CUSTOMER,
    &INVALID_REQUEST,
    &INVALID_SIGNATURE,
    &UNAUTHORIZED,
    &INSUFFICIENT_BALANCE,
    &FORBIDDEN,
    &NOT_FOUND,
    &METHOD_NOT_ALLOWED,
    &ALREADY_SUBSCRIBED,
    &RATE_LIMITED,
    &PORTAL_NOT_CONFIGURED,
    &STRIPE_UNAVAILABLE,
    &STRIPE_REJECTED,
    &KEYS_UNAVAILABLE,
    &STORE_UNAVAILABLE,
    &MISCONFIGURED,
    &INTERNAL_ERROR,
];

/// Returns the row of a failure.
#[must_use]
pub fn error_code(kind: &FailureKind) -> &'static ErrorCode {
    match kind {
        FailureKind::NoStripeCustomer => &NO_STRIPE_CUSTOMER,
        FailureKind::InvalidRequest(_) => &INVALID_REQUEST,
        FailureKind::InvalidSignature => &INVALID_SIGNATURE,
        FailureKind::Unauthorized { .. } => &UNAUTHORIZED,
        FailureKind::AlreadySubscribed => &ALREADY_SUBSCRIBED,
        FailureKind::InsufficientBalance(_) => &INSUFFICIENT_BALANCE,
        FailureKind::Forbidden => &FORBIDDEN,
        FailureKind::NotFound => &NOT_FOUND,
        FailureKind::MethodNotAllowed { .. } => &METHOD_NOT_ALLOWED,
        FailureKind::RateLimited { .. } => &RATE_LIMITED,
        FailureKind::PortalNotConfigured => &PORTAL_NOT_CONFIGURED,
        FailureKind::StripeUnavailable => &STRIPE_UNAVAILABLE,
        FailureKind::StripeRejected => &STRIPE_REJECTED,
        FailureKind::KeysUnavailable => &KEYS_UNAVAILABLE,
        FailureKind::StoreUnavailable => &STORE_UNAVAILABLE,
        FailureKind::Misconfigured => &MISCONFIGURED,
        FailureKind::Internal => &INTERNAL_ERROR,
    }
}

impl ErrorCode {
    const fn new(status: StatusCode, code: &'static str, message: &'static str) -> Self {
        Self {
            status,
            code,
            message,
            retry_after: None,
        }
    }

    const fn that_passes(self) -> Self {
        Self {
            retry_after: Some(RETRY_AFTER_SECONDS),
            ..self
        }
    }
}

const NO_STRIPE_CUSTOMER: ErrorCode = ErrorCode::new(
    StatusCode::BAD_REQUEST,
    "no_stripe_customer",
    "This user has no Stripe customer; offer an upgrade instead of the portal.",
);
const INVALID_REQUEST: ErrorCode = ErrorCode::new(
    StatusCode::BAD_REQUEST,
    "invalid_request",
    "The request breaks a rule of this route.",
);
const INVALID_SIGNATURE: ErrorCode = ErrorCode::new(
    StatusCode::BAD_REQUEST,
    "invalid_signature",
    "The event has no valid Stripe-Signature of the last five minutes.",
);
const UNAUTHORIZED: ErrorCode = ErrorCode::new(
    StatusCode::UNAUTHORIZED,
    "unauthorized",
    "Send a valid access token of the signed-in user as `Authorization: Bearer`.",
);
const INSUFFICIENT_BALANCE: ErrorCode = ErrorCode::new(
    StatusCode::PAYMENT_REQUIRED,
    "insufficient_balance",
    "The user has fewer tokens than this call costs.",
);
const FORBIDDEN: ErrorCode = ErrorCode::new(
    StatusCode::FORBIDDEN,
    "forbidden",
    "This user may not manage billing; an owner of the account can.",
);
const NOT_FOUND: ErrorCode = ErrorCode::new(
    StatusCode::NOT_FOUND,
    "not_found",
    "There is nothing at this path.",
);
const METHOD_NOT_ALLOWED: ErrorCode = ErrorCode::new(
    StatusCode::METHOD_NOT_ALLOWED,
    "method_not_allowed",
    "This path takes the methods of the Allow header.",
);
const ALREADY_SUBSCRIBED: ErrorCode = ErrorCode::new(
    StatusCode::CONFLICT,
    "already_subscribed",
    "This user has a subscription that is not over; open the portal with the flow subscription_update to change it.",
);
const RATE_LIMITED: ErrorCode = ErrorCode::new(
    StatusCode::TOO_MANY_REQUESTS,
    "rate_limited",
    "The user's plan has no request left in this window; wait as long as Retry-After says.",
);
const PORTAL_NOT_CONFIGURED: ErrorCode = ErrorCode::new(
    StatusCode::INTERNAL_SERVER_ERROR,
    "portal_not_configured",
    "Stripe has no customer portal configuration in this mode; save one in the Stripe Dashboard.",
);
const STRIPE_UNAVAILABLE: ErrorCode = ErrorCode::new(
    StatusCode::INTERNAL_SERVER_ERROR,
    "stripe_unavailable",
    "Stripe did not answer; try again in a few seconds.",
)
.that_passes();
const STRIPE_REJECTED: ErrorCode = ErrorCode::new(
    StatusCode::INTERNAL_SERVER_ERROR,
    "stripe_rejected",
    "Stripe did not accept the call; the operator finds the reason in the log.",
);
const KEYS_UNAVAILABLE: ErrorCode = ErrorCode::new(
    StatusCode::INTERNAL_SERVER_ERROR,
    "keys_unavailable",
    "The identity provider's keys could not be had; try again in a few seconds.",
)
.that_passes();
const STORE_UNAVAILABLE: ErrorCode = ErrorCode::new(
    StatusCode::INTERNAL_SERVER_ERROR,
    "store_unavailable",
    "The user's record could not be read; the operator finds the reason in the log.",
);
const MISCONFIGURED: ErrorCode = ErrorCode::new(
    StatusCode::INTERNAL_SERVER_ERROR,
    "misconfigured",
    "The service is not configured correctly; the operator finds the reason in the log.",
);
const INTERNAL_ERROR: ErrorCode = ErrorCode::new(
    StatusCode::INTERNAL_SERVER_ERROR,
    "internal_error",
    "Something went wrong inside of the service.",
);
