//! `POST /v1/billing_portal/sessions`: who asks, whether it was asked before, and what comes of it.

use super::error::StripeError;
use super::parameters::SessionRequest;
use super::recorded::decode_form;
use super::reply::Reply;
use super::session;
use super::state::{Shared, State, StoredAnswer};
use super::wire::{Answer, Request};

/// What the API takes for a client's default when it sends no `Stripe-Version`.
const DEFAULT_VERSION: &str = "2026-10-28.endive";

/// Answers a request for a session, and says how to deliver the answer.
pub(super) fn create_session(shared: &Shared, request: &Request) -> (Answer, Reply) {
    let mut state = shared.lock();
    let request_id = state.name("req_", 14);
    let form = decode_form(&request.body);
    let customer = form.iter().rev().find(|(name, _)| name == "customer");
    let reply = state.next_reply(customer.map(|(_, customer)| customer.as_str()));

    let idempotency_key = request.header("idempotency-key").unwrap_or_default();
    let mut answer = match instead(&reply, idempotency_key, &request_id) {
        Some(answer) => answer,
        None => match process(shared, &mut state, request, &form, &request_id, &reply) {
            Ok(answer) => answer,
            Err(Refusal { error, live }) => Answer::json(
                error.status,
                error.body(live.map(|live| (live, request_id.as_str()))),
            ),
        },
    };
    let version = request.header("stripe-version").unwrap_or(DEFAULT_VERSION);
    let always = [
        ("Cache-Control", "no-cache, no-store"),
        ("Request-Id", request_id.as_str()),
        ("Stripe-Version", version),
        ("Idempotency-Key", idempotency_key),
    ];
    for (name, value) in always {
        let given = answer
            .headers
            .iter()
            .any(|(other, _)| other.eq_ignore_ascii_case(name));
        if !given && !value.is_empty() {
            answer.set(name, value);
        }
    }
    (answer, reply)
}

/// The answer to anything that the stand-in does not have.
pub(super) fn unrecognized_url(shared: &Shared, method: &str, path: &str) -> Answer {
    let error = StripeError::unrecognized_url(method, path);
    let mut answer = Answer::json(error.status, error.body(None));
    answer.set("Request-Id", &shared.lock().name("req_", 14));
    answer
}

/// The answer that a reply gives in Stripe's place, if it is one that does.
fn instead(reply: &Reply, idempotency_key: &str, request_id: &str) -> Option<Answer> {
    let error =
        |error: StripeError| Answer::json(error.status, error.body(Some((false, request_id))));
    Some(match reply {
        Reply::RateLimited429 => error(StripeError::rate_limited()),
        Reply::LockTimeout429 => error(StripeError::lock_timeout()),
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

/// An error, and the mode of the API key where that is known.
struct Refusal {
    error: StripeError,
    live: Option<bool>,
}

fn process(
    shared: &Shared,
    state: &mut State,
    request: &Request,
    form: &[(String, String)],
    request_id: &str,
    reply: &Reply,
) -> Result<Answer, Refusal> {
    let (key, live) = authenticate(request).map_err(|error| Refusal { error, live: None })?;
    let refuse = |error| Refusal {
        error,
        live: Some(live),
    };
    check_headers(request).map_err(refuse)?;

    let idempotency_key = request.header("idempotency-key").unwrap_or_default();
    let stored_under = (key.to_owned(), idempotency_key.to_owned());
    if let Some(stored) = state.answers.get(&stored_under) {
        if stored.body != request.body {
            return Err(refuse(StripeError::idempotency_key_reused(idempotency_key)));
        }
        let mut answer = stored.answer.clone();
        answer.set("Idempotent-Replayed", "true");
        answer.set("Original-Request", &stored.request_id);
        return Ok(answer);
    }

    let wanted = SessionRequest::parse(form).map_err(refuse)?;
    let session = session::create(shared, state, wanted, live).map_err(refuse)?;
    let body = session.body(match reply {
        Reply::SessionUrl(url) => Some(url),
        _ => None,
    });
    let answer = Answer::json(200, body);
    // Stripe stores what an endpoint answered once it has begun to execute, so refused parameters are not stored.
    if !idempotency_key.is_empty() {
        let stored = StoredAnswer {
            body: request.body.clone(),
            request_id: request_id.to_owned(),
            answer: answer.clone(),
        };
        state.answers.insert(stored_under, stored);
    }
    Ok(answer)
}

/// The API key, and whether it is one of the live mode.
fn authenticate(request: &Request) -> Result<(&str, bool), StripeError> {
    let header = request.header("authorization").unwrap_or_default();
    let key = match header.split_once(' ') {
        Some((scheme, key)) if scheme.eq_ignore_ascii_case("bearer") && !key.trim().is_empty() => {
            key.trim()
        }
        _ => return Err(StripeError::no_api_key()),
    };
    let of_kind = |kinds: [&str; 2]| {
        let secret = kinds.iter().find_map(|kind| key.strip_prefix(kind));
        secret.is_some_and(|secret| {
            !secret.is_empty()
                && secret
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        })
    };
    if of_kind(["sk_test_", "rk_test_"]) {
        Ok((key, false))
    } else if of_kind(["sk_live_", "rk_live_"]) {
        Ok((key, true))
    } else {
        Err(StripeError::invalid_api_key(key))
    }
}

fn check_headers(request: &Request) -> Result<(), StripeError> {
    let content_type = request.header("content-type").unwrap_or_default();
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    if !request.body.is_empty()
        && !media_type.eq_ignore_ascii_case("application/x-www-form-urlencoded")
    {
        return Err(StripeError::invalid_request(
            "Invalid request (check that your POST content type is application/x-www-form-urlencoded). If you have \
             any questions, we can help at https://support.stripe.com/.",
        ));
    }
    match request.header("stripe-version") {
        Some(version) if !is_api_version(version) => Err(StripeError::invalid_request(format!(
            "Invalid Stripe API version: {version}. You can find a list of valid Stripe API versions at \
             https://stripe.com/docs/upgrades#api-versions"
        ))),
        _ => Ok(()),
    }
}

/// A version is a date, and since 2024 the name of a release after a full stop.
fn is_api_version(version: &str) -> bool {
    let (date, release) = version.split_once('.').unwrap_or((version, "acacia"));
    let date_is_one = date.len() == 10
        && date.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    date_is_one && !release.is_empty() && release.bytes().all(|byte| byte.is_ascii_lowercase())
}
