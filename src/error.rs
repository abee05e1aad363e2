//! The failures of a request, without HTTP in them.

use std::borrow::Cow;

use crate::plan::PlanName;

/// A request that was not served, and why.
///
/// The kind decides the caller's answer; the reason is for the operator's log alone. Reasons are written here, in the
/// code: none carries a token, a key, a URL, a body or an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The failure as the caller sees it.
    pub kind: FailureKind,
    /// The failure as the operator's log has it.
    pub reason: Cow<'static, str>,
}

impl Failure {
    /// Makes a failure with its reason.
    pub fn new(kind: FailureKind, reason: impl Into<Cow<'static, str>>) -> Self {
        Self {
            kind,
            reason: reason.into(),
        }
    }

    /// Makes the failure of a caller's request that breaks the rules; caller and operator both see the reason.
    #[must_use]
    pub fn invalid_request(reason: &'static str) -> Self {
        Self::new(FailureKind::InvalidRequest(reason), reason)
    }

    /// Makes the failure of the key-value store, or of a corrupt record in it.
    pub fn store_unavailable(reason: impl Into<Cow<'static, str>>) -> Self {
        Self::new(FailureKind::StoreUnavailable, reason)
    }

    /// Adds more to the reason, for the operator.
    #[must_use]
    pub fn with_reason(self, more: &str) -> Self {
        Self {
            reason: format!("{}; {more}", self.reason).into(),
            ..self
        }
    }
}

/// The failures that a caller can tell apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// The user has no Stripe customer in this mode.
    NoStripeCustomer,
    /// The request breaks the rules, or Stripe refuses what the caller chose; one sentence for the developer.
    InvalidRequest(&'static str),
    /// The event is not signed by Stripe, or not now.
    InvalidSignature,
    /// The caller did not prove who they are.
    Unauthorized {
        /// True if a bearer token came with the request (RFC 6750, section 3.1).
        token_sent: bool,
    },
    /// The caller may not manage this billing.
    Forbidden,
    /// No route has this path.
    NotFound,
    /// The path is known, but not with this method.
    MethodNotAllowed {
        /// The methods it takes, as in the `Allow` header.
        allow: &'static str,
    },
    /// The caller has a subscription that is not over.
    AlreadySubscribed,
    /// The caller has less than the call costs.
    InsufficientBalance(Box<Shortfall>),
    /// The caller's plan has no request left in this window.
    RateLimited {
        /// The seconds to wait.
        retry_after: u64,
    },
    /// Stripe has no portal configuration in this mode.
    PortalNotConfigured,
    /// Stripe did not answer in time, failed, or limited Portico.
    StripeUnavailable,
    /// Stripe refused the operator's key or parameters, or gave an answer that its API reference does not describe.
    StripeRejected,
    /// For lack of keys, nobody can tell whether the token is good.
    KeysUnavailable,
    /// The key-value store failed, or a record in it is corrupt.
    StoreUnavailable,
    /// A variable is missing or invalid.
    Misconfigured,
    /// Any other failure, which is Portico's own fault.
    Internal,
}

/// The tokens that a caller lacks, and where to get them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shortfall {
    /// Tokens that the caller has.
    pub current_balance: i64,
    /// Tokens that the call costs.
    pub required_cost: i64,
    pub plan: PlanName,
    /// The time at which the caller gets more, where that is known.
    pub next_refill_at: Option<String>,
    /// The page where the caller can get more at once, where that is known.
    pub upgrade_url: Option<String>,
}
