//! Answers that are given again to whoever repeats a request with the same idempotency key.
//!
//! <https://docs.stripe.com/api/idempotent_requests>

use std::collections::HashMap;

use crate::error::StripeError;
use crate::wire::{Answer, Request};

/// Stored answers by API key and idempotency key.
#[derive(Debug, Default)]
pub(crate) struct StoredAnswers(HashMap<(String, String), StoredAnswer>);

#[derive(Debug)]
struct StoredAnswer {
    target: String,
    body: Vec<u8>,
    request_id: String,
    answer: Answer,
}

impl StoredAnswers {
    /// The answer to an earlier request with the same keys, if there was one.
    ///
    /// Fails when that request asked for something else.
    pub(crate) fn replay(
        &self,
        api_key: &str,
        request: &Request,
    ) -> Result<Option<Answer>, StripeError> {
        let Some(key) = idempotency_key(request) else {
            return Ok(None);
        };
        let Some(stored) = self.0.get(&(api_key.to_owned(), key.to_owned())) else {
            return Ok(None);
        };
        if stored.body != request.body || stored.target != request.target {
            return Err(StripeError::idempotency_key_reused(key));
        }
        let mut answer = stored.answer.clone();
        answer.set("Idempotent-Replayed", "true");
        answer.set("Original-Request", &stored.request_id);
        Ok(Some(answer))
    }

    /// Keeps the answer to a request that has an idempotency key.
    pub(crate) fn store(
        &mut self,
        api_key: &str,
        request: &Request,
        request_id: &str,
        answer: &Answer,
    ) {
        let Some(key) = idempotency_key(request) else {
            return;
        };
        let stored = StoredAnswer {
            target: request.target.clone(),
            body: request.body.clone(),
            request_id: request_id.to_owned(),
            answer: answer.clone(),
        };
        self.0.insert((api_key.to_owned(), key.to_owned()), stored);
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }
}

/// Only requests that change something have one; that of any other means nothing.
fn idempotency_key(request: &Request) -> Option<&str> {
    let key = request.header("idempotency-key")?;
    (request.method == "POST" && !key.is_empty()).then_some(key)
}
