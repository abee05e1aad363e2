//! Stripe's treatment of a request whose idempotency key it knows (Stripe API, Idempotent requests).

use http::Response;

use super::error::ApiError;

/// Stripe's treatment of a call's idempotency key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Idempotency {
    /// The call was the first one with this key, or it has none.
    First,
    /// The answer is that of an earlier call, however long ago that was and whatever has become of its object. Failures
    /// are kept like successes.
    Replayed,
    /// An earlier call with this key had other parameters.
    OtherParameters,
    /// Stripe is still at work on an earlier call with this key.
    UnderWay,
}

impl Idempotency {
    /// Reads the treatment from an answer.
    #[must_use]
    pub fn of(answer: &Response<Vec<u8>>) -> Self {
        let replayed = answer.headers().get("idempotent-replayed");
        if replayed.is_some_and(|value| value == "true") {
            return Self::Replayed;
        }
        if !answer.status().is_client_error() {
            return Self::First;
        }
        let error = ApiError::parse(answer.body());
        if error.code == "idempotency_key_in_use" {
            Self::UnderWay
        } else if error.kind == "idempotency_error" {
            Self::OtherParameters
        } else {
            Self::First
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_says_what_became_of_its_key() {
        for (status, replayed, body, expected) in [
            (200, None, "{}", Idempotency::First),
            (200, Some("true"), "{}", Idempotency::Replayed),
            (200, Some("false"), "{}", Idempotency::First),
            (500, None, "", Idempotency::First),
            (500, Some("true"), "", Idempotency::Replayed),
            (402, Some("true"), "", Idempotency::Replayed),
            (
                400,
                None,
                r#"{"error":{"type":"idempotency_error"}}"#,
                Idempotency::OtherParameters,
            ),
            (
                409,
                None,
                r#"{"error":{"type":"idempotency_error","code":"idempotency_key_in_use"}}"#,
                Idempotency::UnderWay,
            ),
            (
                400,
                None,
                r#"{"error":{"type":"invalid_request_error","param":"customer"}}"#,
                Idempotency::First,
            ),
        ] {
            let mut answer = Response::builder().status(status);
            if let Some(replayed) = replayed {
                answer = answer.header("idempotent-replayed", replayed);
            }
            let answer = answer.body(body.as_bytes().to_vec()).unwrap();
            assert_eq!(
                Idempotency::of(&answer),
                expected,
                "{status} {replayed:?} {body}"
            );
        }
    }
}
