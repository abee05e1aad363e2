//! The faults that take the place of Stripe's answer.

use super::reply::Reply;
use crate::error::StripeError;
use crate::wire::Answer;

const RATE_LIMITED: &str = "Request rate limit exceeded. Learn more about rate limits here https://stripe.com/docs/rate-limits.";

const LOCK_TIMEOUT: &str = "This object cannot be accessed right now because another API request or Stripe process is \
    currently accessing it. If you see this error intermittently, retry the request. If you see this error frequently \
    and are making multiple concurrent requests to a single object, make your requests serially or at a lower rate.";

/// Returns the answer that a reply gives in Stripe's place, if it is one that does.
pub(crate) fn answer(reply: &Reply, idempotency_key: &str, request_id: &str) -> Option<Answer> {
    let error =
        |error: StripeError| Answer::json(error.status, error.body(Some((false, request_id))));
    Some(match reply {
        Reply::RateLimited429 => error(too_many("rate_limit", RATE_LIMITED)),
        Reply::LockTimeout429 => error(too_many("lock_timeout", LOCK_TIMEOUT)),
        Reply::Conflict409 => error(StripeError::idempotency_key_in_use(idempotency_key)),
        Reply::ServerError {
            status,
            should_retry,
        } => {
            let mut answer = error(StripeError::api_error(*status));
            if let Some(should_retry) = should_retry {
                answer.set("Stripe-Should-Retry", &should_retry.to_string());
            }
            answer
        }
        Reply::InvalidJson => Answer::json(
            200,
            b"{\"id\": \"bps_1\", \"object\": \"billing_portal.session\", ]".to_vec(),
        ),
        Reply::Redirect302 { location } => {
            let mut answer = Answer::json(302, Vec::new());
            answer.set("Location", location);
            answer
        }
        Reply::Error {
            status,
            headers,
            body,
        } => {
            let mut answer = Answer::json(*status, body.clone());
            for (name, value) in headers {
                answer.set(name, value);
            }
            answer
        }
        _ => return None,
    })
}

fn too_many(code: &str, message: &str) -> StripeError {
    let error = StripeError::invalid_request(message);
    error.with_status(429).with_code(code)
}
