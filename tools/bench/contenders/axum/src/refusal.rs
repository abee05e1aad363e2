//! Answers other than a session.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::json;

/// The reason why there is no session: for the caller a code and a sentence, for the log a reason.
#[derive(Clone, Debug)]
pub struct Refusal {
    status: StatusCode,
    pub code: &'static str,
    message: &'static str,
    pub reason: Option<String>,
    retry_after: Option<u64>,
}

impl Refusal {
    pub fn unauthorized(reason: impl ToString) -> Self {
        Self {
            reason: Some(reason.to_string()),
            ..Self::new(
                StatusCode::UNAUTHORIZED,
                "unauthorized",
                "Send a valid access token of the signed-in user.",
            )
        }
    }

    pub fn no_customer() -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "no_stripe_customer",
            "This user has no Stripe customer.",
        )
    }

    pub fn limited(retry_after: u64) -> Self {
        Self {
            retry_after: Some(retry_after),
            ..Self::new(
                StatusCode::TOO_MANY_REQUESTS,
                "rate_limited",
                "The user's plan has no request left in this window.",
            )
        }
    }

    pub fn stripe_unavailable(reason: impl ToString) -> Self {
        Self {
            reason: Some(reason.to_string()),
            retry_after: Some(5),
            ..Self::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "stripe_unavailable",
                "Stripe did not answer; try again in a few seconds.",
            )
        }
    }

    pub fn stripe_rejected(reason: impl ToString) -> Self {
        Self {
            reason: Some(reason.to_string()),
            ..Self::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "stripe_rejected",
                "Stripe did not accept the call.",
            )
        }
    }

    /// Returns the answer, with the request's identifier for whoever asks about it.
    pub fn answer(&self, request_id: &str) -> Response {
        let body = json!({ "error": self.code, "message": self.message, "request_id": request_id });
        let mut response = (self.status, Json(body)).into_response();
        let headers = response.headers_mut();
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(
                header::WWW_AUTHENTICATE,
                HeaderValue::from_static("Bearer error=\"invalid_token\""),
            );
        }
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }

    fn new(status: StatusCode, code: &'static str, message: &'static str) -> Self {
        Self {
            status,
            code,
            message,
            reason: None,
            retry_after: None,
        }
    }
}
