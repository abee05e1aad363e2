//! How Stripe is called: headers, deadline, and what is read of the answer.

use http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, USER_AGENT};
use http::{Method, Request, Response};
use uuid::Uuid;

use super::Form;
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

/// Sends a form to Stripe, under one idempotency key, and waits for the whole answer until the deadline.
///
/// # Errors
/// The request cannot be built; the configuration is such that this does not happen.
pub async fn post(
    host: &(impl Clock + Fetch + Random),
    config: &StripeConfig,
    path: &str,
    form: Form,
) -> Result<Outcome, http::Error> {
    let body = form.into_bytes();
    let idempotency_key = uuid::Builder::from_random_bytes(host.random_bytes()).into_uuid();
    let request = build(config, path, body, idempotency_key)?;
    let limits = FetchLimits {
        timeout: config.timeout,
        max_body_bytes: MAX_BODY_BYTES,
    };
    let result = within(host, config.timeout, host.fetch(&request, limits)).await;
    Ok(Outcome {
        attempts: 1,
        result,
    })
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
