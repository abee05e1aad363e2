//! Answers that are given again when a request is repeated with the same idempotency key.
//!
//! <https://docs.stripe.com/api/idempotent_requests>

use std::collections::HashMap;

use crate::error::StripeError;
use crate::form::decode_form;
use crate::wire::{Answer, Request};

/// The seconds for which an answer is kept.
const KEPT_FOR: u64 = 24 * 60 * 60;

/// Answers that are kept, by their idempotency keys.
#[derive(Default)]
pub(crate) struct StoredAnswers(HashMap<Key, StoredAnswer>);

/// An idempotency key, and whether it is one of the live mode: each mode has its own.
pub(crate) type Key = (bool, String);

/// Returns the idempotency key of a request. Only requests that change something have one; that of any other means
/// nothing.
pub(crate) fn key(live: bool, request: &Request) -> Option<Key> {
    let key = request.header("idempotency-key")?;
    (request.method == "POST" && !key.is_empty()).then(|| (live, key.to_owned()))
}

struct StoredAnswer {
    path: String,
    parameters: Vec<(String, String)>,
    request_id: String,
    answer: Answer,
    at: u64,
    under_way: bool,
}

impl StoredAnswers {
    /// Returns the answer that an earlier request with the same key got.
    ///
    /// Fails when that one asked for something else, and when it is still under way.
    pub(crate) fn replay(
        &self,
        key: &Key,
        request: &Request,
        now: u64,
    ) -> Result<Option<Answer>, StripeError> {
        let stored = self.0.get(key);
        let Some(stored) = stored.filter(|stored| now < stored.at + KEPT_FOR) else {
            return Ok(None);
        };
        let key = &key.1;
        if stored.path != request.resource() || stored.parameters != parameters(request) {
            let error = StripeError::invalid_request(format!(
                "Keys for idempotent requests can only be used with the same parameters they were first used with. \
                 Try using a key other than '{key}' if you meant to execute a different request."
            ));
            return Err(error.with_kind("idempotency_error"));
        }
        if stored.under_way {
            return Err(StripeError::idempotency_key_in_use(key));
        }
        let mut answer = stored.answer.clone();
        answer.set("Idempotent-Replayed", "true");
        answer.set("Original-Request", &stored.request_id);
        Ok(Some(answer))
    }

    /// Keeps the answer to a request, which may be under way until it has been delivered.
    pub(crate) fn keep(
        &mut self,
        key: Key,
        request: &Request,
        request_id: &str,
        answer: &Answer,
        now: u64,
        under_way: bool,
    ) {
        let stored = StoredAnswer {
            path: request.resource().to_owned(),
            parameters: parameters(request),
            request_id: request_id.to_owned(),
            answer: answer.clone(),
            at: now,
            under_way,
        };
        self.0.insert(key, stored);
    }

    /// Says that the request with this key is not under way any more.
    pub(crate) fn finish(&mut self, key: &Key) {
        if let Some(stored) = self.0.get_mut(key) {
            stored.under_way = false;
        }
    }
}

/// Returns the parameters in an order that does not depend on the client's.
fn parameters(request: &Request) -> Vec<(String, String)> {
    let mut parameters = decode_form(&request.body);
    parameters.sort();
    parameters
}
