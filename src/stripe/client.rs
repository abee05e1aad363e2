//! Calls Stripe: headers, attempts, deadline, and the reading of the answer. This file does not know which calls there
//! are.

use std::time::Duration;

use http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, USER_AGENT};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request};

use super::error::{self, Chosen, Set};
use super::form::Form;
use super::idempotency::Idempotency;
use super::retry::{self, Decision};
use crate::error::{Failure, FailureKind};
use crate::origin::Origin;
use crate::platform::{AGENT, Clock, Fetch, FetchError, FetchLimits, Random, within};
use crate::secret::Secret;
use crate::stripe_id::RequestId;

const STRIPE_VERSION: HeaderName = HeaderName::from_static("stripe-version");
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// The media type of a form.
const FORM: &str = "application/x-www-form-urlencoded";

/// The way to call Stripe.
#[derive(Debug)]
pub struct StripeSettings {
    /// The secret or restricted API key.
    pub api_key: Secret,
    /// The mode that the key belongs to, if the key tells.
    pub livemode: Option<bool>,
    /// The origin of the API.
    pub api_base: Origin,
    /// The value of `Stripe-Version`.
    pub api_version: String,
    /// One deadline over all attempts, pauses included.
    pub timeout: Duration,
    /// The most attempts after the first.
    pub max_retries: u32,
}

/// A call to Stripe's API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// `GET`, with the parameters in the query, or `POST`, with the parameters as a form in the body.
    pub method: Method,
    /// The path, e.g. `/v1/billing_portal/sessions`.
    pub path: String,
    pub parameters: Form,
    /// The parameters that the caller chose.
    pub chosen: Chosen,
    /// The parameters that the operator chose.
    pub set: Set,
    /// The key of a `POST` that several requests share, so that Stripe serves one of them and answers the others as it
    /// did that one; a random key for each call where `None`.
    pub idempotency_key: Option<String>,
    /// The parameter `limit` of a list, where fewer items will do as well.
    pub limit: Option<u64>,
}

/// The most bytes that are read of the answer to a `POST`: sessions have about a thousand.
const MAX_MADE_BYTES: usize = 64 * 1024;

/// The most bytes that are read of the answer to a `GET`: a hundred invoices with their lines have more than a million.
const MAX_READ_BYTES: usize = 2 * 1024 * 1024;

impl Call {
    /// Makes a call that reads, of which the caller chose nothing.
    #[must_use]
    pub fn get(path: String, parameters: Form) -> Self {
        Self {
            method: Method::GET,
            path,
            parameters,
            chosen: Chosen::Nothing,
            set: &[],
            idempotency_key: None,
            limit: None,
        }
    }

    /// Makes a call that creates or changes something, of which the caller chose nothing.
    #[must_use]
    pub fn post(path: String, parameters: Form) -> Self {
        Self {
            method: Method::POST,
            ..Self::get(path, parameters)
        }
    }

    fn max_answer_bytes(&self) -> usize {
        if self.method == Method::POST {
            MAX_MADE_BYTES
        } else {
            MAX_READ_BYTES
        }
    }

    /// Asks for half as many items; `false` where there are none to spare.
    fn halve(&mut self) -> bool {
        let Some(limit @ 2..) = &mut self.limit else {
            return false;
        };
        *limit /= 2;
        true
    }
}

/// The result of a call, and the parts of it that are worth logging.
#[derive(Debug)]
pub struct CallReport {
    pub attempts: u32,
    /// Stripe's identifier of the last request whose answer began to arrive.
    pub request_id: Option<RequestId>,
    /// True if Stripe says that the object of the call's path does not exist.
    pub missing: bool,
    /// The treatment of the call's idempotency key.
    pub idempotency: Idempotency,
    /// The body of the last answer, or why there is none.
    pub result: Result<Vec<u8>, Failure>,
}

/// Makes a call, again and again as [`retry`] decides, and never past the deadline. All attempts are the same to the
/// byte, a `POST`'s idempotency key included, but for a list whose page is longer than what is read: nothing of it can be
/// used, so half of it is asked for. The deadline is a time of the monotonic clock.
pub async fn call(
    platform: &(impl Clock + Fetch + Random),
    settings: &StripeSettings,
    deadline: Duration,
    mut call: Call,
) -> CallReport {
    let (chosen, set, max_body_bytes) = (call.chosen, call.set, call.max_answer_bytes());
    let shared_key = call.idempotency_key.is_some();
    let mut retries = 0;
    let mut report = CallReport {
        attempts: 0,
        request_id: None,
        missing: false,
        idempotency: Idempotency::First,
        result: Err(Failure::new(
            FailureKind::Internal,
            "the call to Stripe cannot be built",
        )),
    };
    let mut built = None;
    loop {
        // Built once: a retry that Stripe cannot tell from the first attempt cannot open a second session.
        let request = match built.take() {
            Some(request) => request,
            None => match build(settings, &call, platform) {
                Ok(request) => request,
                Err(_) => return report,
            },
        };
        let retries_left = settings.max_retries.saturating_sub(retries);
        let remaining = deadline.saturating_sub(platform.monotonic());
        let limits = FetchLimits {
            // A host that cannot be reached is given up early enough to be tried again; one that was reached may take
            // all the time there is, since its work would be lost.
            connect_timeout: remaining / (retries_left + 1),
            timeout: remaining,
            max_body_bytes,
        };
        report.request_id = None;
        let on_head = |headers: &HeaderMap| report.request_id = request_id(headers);
        let fetched = platform.fetch(&request, limits, on_head);
        let result = within(platform, remaining, fetched).await;
        let result = result.unwrap_or(Err(FetchError::Timeout));
        report.attempts += 1;
        if matches!(result, Err(FetchError::BodyTooLong)) && call.halve() {
            continue;
        }
        report.idempotency = result.as_ref().map_or(Idempotency::First, Idempotency::of);
        // Stripe repeats the answer that it has kept under a shared key, until the key is forgotten.
        let is_final = shared_key && report.idempotency == Idempotency::Replayed;
        if !is_final && retry::decide(&result, retries_left) == Decision::Retry {
            retries += 1;
            let pause = retry::pause(retries, random_u64(platform));
            if platform.monotonic().saturating_add(pause) < deadline {
                platform.sleep(pause).await;
                // A host may sleep for longer than it was asked to.
                if platform.monotonic() < deadline {
                    built = Some(request);
                    continue;
                }
            }
        }
        report.missing = matches!(&result, Ok(answer) if error::is_missing(answer));
        report.result = error::success(result, chosen, set);
        return report;
    }
}

fn random_u64(platform: &impl Random) -> u64 {
    let bytes = platform.random_bytes();
    bytes
        .first_chunk()
        .map_or(0, |first| u64::from_be_bytes(*first))
}

fn build(
    settings: &StripeSettings,
    call: &Call,
    random: &impl Random,
) -> Result<Request<Vec<u8>>, http::Error> {
    let post = call.method == Method::POST;
    let mut parameters = call.parameters.clone();
    if let Some(limit) = call.limit {
        parameters.push("limit", &limit.to_string());
    }
    let parameters = parameters.into_bytes();
    let mut uri = format!("{}{}", settings.api_base, call.path);
    if !post && !parameters.is_empty() {
        uri.push('?');
        // A form is made of ASCII alone.
        uri.push_str(&String::from_utf8_lossy(&parameters));
    }
    let mut headers = HeaderMap::with_capacity(8);
    let authorization = format!("Bearer {}", settings.api_key.expose());
    headers.insert(AUTHORIZATION, authorization.try_into()?);
    headers.insert(
        STRIPE_VERSION,
        HeaderValue::from_str(&settings.api_version)?,
    );
    headers.insert(USER_AGENT, HeaderValue::from_static(AGENT));
    let mut body = Vec::new();
    if post {
        body = parameters;
        let key = call.idempotency_key.clone().unwrap_or_else(|| {
            let key = uuid::Builder::from_random_bytes(random.random_bytes());
            key.into_uuid().to_string()
        });
        headers.insert(IDEMPOTENCY_KEY, key.try_into()?);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(FORM));
        headers.insert(CONTENT_LENGTH, body.len().into());
    }
    let mut request = Request::new(body);
    *request.method_mut() = call.method.clone();
    *request.uri_mut() = uri.try_into()?;
    *request.headers_mut() = headers;
    Ok(request)
}

/// Reads Stripe's identifier of a request, for the log; `None` where it has not the form of one.
fn request_id(headers: &HeaderMap) -> Option<RequestId> {
    RequestId::parse(headers.get("request-id")?.to_str().ok()?)
}

#[cfg(test)]
mod tests;
