//! How Stripe is called: headers, attempts, deadline, and what is read of the answer.

use http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, USER_AGENT};
use http::{Method, Request, Response};
use uuid::Uuid;

use super::Form;
use super::retry::{self, Decision};
use crate::config::StripeConfig;
use crate::host::{AGENT, Clock, Fetch, FetchError, FetchLimits, Random, within};

/// The most bytes that are read of an answer.
const MAX_BODY_BYTES: usize = 64 * 1024;

/// What a call came to, and what is worth logging of it.
#[derive(Debug)]
pub struct Outcome {
    /// How many times Stripe was called.
    pub attempts: u32,
    /// The last answer, or why there was none.
    pub result: Result<Response<Vec<u8>>, FetchError>,
}

/// Sends a form to Stripe, under one idempotency key, again and again as [`retry`] decides, and never past the
/// deadline.
///
/// # Errors
/// The request cannot be built; the configuration is such that this does not happen.
pub async fn post(
    host: &(impl Clock + Fetch + Random),
    config: &StripeConfig,
    path: &str,
    form: Form,
) -> Result<Outcome, http::Error> {
    let deadline = host.monotonic().saturating_add(config.timeout);
    // Built once: a retry that Stripe cannot tell from the first attempt cannot open a second session.
    let idempotency_key = uuid::Builder::from_random_bytes(host.random_bytes()).into_uuid();
    let request = build(config, path, form.into_bytes(), idempotency_key)?;
    let mut attempts = 0;
    loop {
        let retries_left = config.max_retries.saturating_sub(attempts);
        let remaining = deadline.saturating_sub(host.monotonic());
        let limits = FetchLimits {
            // A host that cannot be reached is given up early enough to be tried again; one that was reached may take
            // all the time there is, since its work would be lost.
            connect_timeout: remaining / (retries_left + 1),
            timeout: remaining,
            max_body_bytes: MAX_BODY_BYTES,
        };
        let call = within(host, remaining, host.fetch(&request, limits));
        let result = call.await.unwrap_or(Err(FetchError::Timeout));
        attempts += 1;
        if let Decision::Retry(_) = retry::decide(&result, retries_left) {
            let pause = retry::pause(attempts, random_u64(host));
            if host.monotonic().saturating_add(pause) < deadline {
                host.sleep(pause).await;
                // A host may sleep for longer than it was asked to.
                if host.monotonic() < deadline {
                    continue;
                }
            }
        }
        return Ok(Outcome { attempts, result });
    }
}

fn random_u64(host: &impl Random) -> u64 {
    let bytes = host.random_bytes();
    bytes
        .first_chunk()
        .map_or(0, |first| u64::from_be_bytes(*first))
}

fn build(
    config: &StripeConfig,
    path: &str,
    body: Vec<u8>,
    idempotency_key: Uuid,
) -> Result<Request<Vec<u8>>, http::Error> {
    Request::builder()
        .method(Method::POST)
        .uri(format!("{}{path}", config.api_base))
        .header(AUTHORIZATION, format!("Bearer {}", config.api_key.expose()))
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(CONTENT_LENGTH, body.len())
        .header("stripe-version", &config.api_version)
        .header("idempotency-key", idempotency_key.to_string())
        .header(USER_AGENT, AGENT)
        .body(body)
}

#[cfg(test)]
mod tests;
