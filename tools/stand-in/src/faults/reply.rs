//! The replies that can be scripted.

use std::time::Duration;

use super::gate::Gate;
use crate::error::StripeError;

/// The stand-in's reply to one request for a scripted customer.
///
/// The variants up to [`Reply::HugeBody`] spoil the delivery of the normal answer: the request is processed before,
/// so that a valid one has created its session, and its answer is stored under the idempotency key. The others, except
/// [`Reply::KeptServerError`], answer in Stripe's place: nothing is checked, created or stored.
#[derive(Debug, Clone)]
pub enum Reply {
    /// The answer that Stripe would give.
    Normal,
    /// The normal answer after a pause. It is made when the call arrives, and tells what was true then. Until it is sent,
    /// the call is under way: another one with its idempotency key is a 409.
    Delay(Duration),
    /// The normal answer, made when the call arrives, when its gate is opened. See
    /// [`StripeStandIn::hold_call`](crate::StripeStandIn::hold_call).
    Held(Gate),
    /// A TCP reset instead of an answer.
    ResetBeforeHeaders,
    /// The head and half of the body, then a TCP reset.
    ResetDuringBody,
    /// No byte at all, on an open connection, until the client gives up.
    StallBeforeHeaders,
    /// The head, and no byte of the body that it promises, until the client gives up.
    StallAfterHeaders,
    /// The head at once, then the body at this rate, a byte at a time.
    Trickle { bytes_per_second: u32 },
    /// Half of the body that `Content-Length` promises, then an orderly close of the connection.
    TruncatedBody,
    /// The normal answer, but with this URL in the session.
    SessionUrl(String),
    /// A session with so much white space after it that the body has this many bytes, sent in chunks, so that no
    /// `Content-Length` gives it away.
    HugeBody { bytes: u64 },
    /// 200 with a body that is not JSON, sent whole.
    InvalidJson,
    /// 302 with this `Location`, as it is.
    Redirect302 { location: String },
    /// 429 of a plain rate limit: `code` `rate_limit`.
    RateLimited429,
    /// 429 of an object that another request holds: `code` `lock_timeout`.
    LockTimeout429,
    /// 409 of a request with the same idempotency key that is still being processed.
    Conflict409,
    /// A failure on Stripe's side, with `type` `api_error`, and with `Stripe-Should-Retry` unless that is `None`.
    ServerError {
        status: u16,
        should_retry: Option<bool>,
    },
    /// A 500 of the endpoint itself, which Stripe keeps under the idempotency key: whoever asks again with that key gets
    /// it again. Nothing is created.
    KeptServerError,
    /// Any answer, made up by the test, also one of success. The headers come beside `Content-Length` and those that
    /// Stripe always sends, which they override.
    Error {
        status: u16,
        headers: Vec<(String, String)>,
        body: Vec<u8>,
    },
}

impl Reply {
    /// Makes a [`Reply::Error`] whose body has Stripe's form: `type`, `code`, `param` and `message`.
    #[must_use]
    pub fn stripe_error(
        status: u16,
        kind: &str,
        code: Option<&str>,
        param: Option<&str>,
        message: &str,
    ) -> Self {
        let error = StripeError {
            status,
            kind: kind.to_owned(),
            code: code.map(str::to_owned),
            param: param.map(str::to_owned),
            message: message.to_owned(),
        };
        error.into()
    }

    /// Makes a [`Reply::ServerError`] that leaves it to the client whether to try again.
    #[must_use]
    pub fn server_error(status: u16) -> Self {
        Self::ServerError {
            status,
            should_retry: None,
        }
    }
}

impl From<StripeError> for Reply {
    fn from(error: StripeError) -> Self {
        Self::Error {
            status: error.status,
            headers: Vec::new(),
            body: error.body(None),
        }
    }
}
