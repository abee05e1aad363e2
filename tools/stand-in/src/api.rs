//! What all calls of the API have in common: who asks, whether it was asked before, and which resource answers.

use serde_json::{Value, json};

use crate::error::StripeError;
use crate::events::API_VERSION;
use crate::faults::{Reply, instead};
use crate::form::decode_form;
use crate::resources::{self, expand};
use crate::route::{Call, Route};
use crate::state::{Settings, Shared, State};
use crate::wire::{Answer, Request};

/// Answers a call, and says how to deliver the answer.
pub(crate) fn answer(shared: &Shared, request: &Request) -> (Answer, Reply) {
    let path = request.path();
    let matching =
        resources::routes().find_map(|route| Some((route, route.matches(&request.method, path)?)));
    let mut state = shared.lock();
    let request_id = state.names.next("req_", 14);
    let Some((route, id)) = matching else {
        let error = StripeError::unrecognized_url(&request.method, path);
        let mut answer = Answer::json(error.status, error.body(None));
        answer.set("Request-Id", &request_id);
        return (answer, Reply::Normal);
    };
    let pairs = match request.method.as_str() {
        "POST" => decode_form(&request.body),
        // Clients put the parameters of a DELETE here or there.
        _ => [request.query().as_bytes(), &request.body]
            .into_iter()
            .flat_map(decode_form)
            .collect(),
    };
    let scripts = &mut state.scripts;
    let reply = scripts
        .take_call(&request.method, path)
        .unwrap_or_else(|| scripts.take(customer(id, &pairs)));

    let idempotency_key = request.header("idempotency-key").unwrap_or_default();
    let mut answer = instead::answer(&reply, idempotency_key, &request_id).unwrap_or_else(|| {
        let asked = Asked {
            request,
            request_id: &request_id,
            route,
            id,
            pairs: &pairs,
        };
        match asked.answer(&shared.settings, &mut state, &reply) {
            Ok(answer) => answer,
            Err(Refusal { error, live }) => Answer::json(
                error.status,
                error.body(live.map(|live| (live, request_id.as_str()))),
            ),
        }
    });
    let version = request.header("stripe-version").unwrap_or(API_VERSION);
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

/// Answers a call of the test mode as [`answer`] does, but for keys, headers, idempotency and faults.
pub(crate) fn call(shared: &Shared, method: &str, target: &str, form: &str) -> (u16, Value) {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let pairs: Vec<_> = [query, form]
        .into_iter()
        .flat_map(|text| decode_form(text.as_bytes()))
        .collect();
    let mut state = shared.lock();
    let request_id = state.names.next("req_", 14);
    let mut routes = resources::routes();
    let answered = match routes.find_map(|route| Some((route, route.matches(method, path)?))) {
        None => Err(StripeError::unrecognized_url(method, path)),
        Some((route, id)) => {
            let mut call = Call {
                state: &mut state,
                settings: &shared.settings,
                live: false,
                id,
                pairs: &pairs,
                request_id: Some(&request_id),
                idempotency_key: None,
            };
            (route.answer)(&mut call).and_then(|mut object| {
                expand::apply(&call, &mut object)?;
                Ok(object)
            })
        }
    };
    match answered {
        Ok(object) => (200, object),
        Err(error) => {
            let body = error.body(Some((false, &request_id)));
            (
                error.status,
                serde_json::from_slice(&body).unwrap_or_default(),
            )
        }
    }
}

/// The customer that a call is about: the path's, or else that of the parameter.
fn customer<'a>(id: &'a str, pairs: &'a [(String, String)]) -> Option<&'a str> {
    if id.starts_with("cus_") {
        return Some(id);
    }
    let named = pairs.iter().rev().find(|(name, _)| name == "customer");
    named.map(|(_, customer)| customer.as_str())
}

/// A request for a resource that exists.
struct Asked<'a> {
    request: &'a Request,
    request_id: &'a str,
    route: &'a Route,
    id: &'a str,
    pairs: &'a [(String, String)],
}

/// An error, and the mode of the API key where that is known.
struct Refusal {
    error: StripeError,
    live: Option<bool>,
}

impl Asked<'_> {
    fn answer(
        &self,
        settings: &Settings,
        state: &mut State,
        reply: &Reply,
    ) -> Result<Answer, Refusal> {
        let (key, live) =
            authenticate(settings, self.request).map_err(|error| Refusal { error, live: None })?;
        let refuse = |error| Refusal {
            error,
            live: Some(live),
        };
        check_headers(self.request).map_err(refuse)?;
        let stored = state.answers.replay(key, self.request).map_err(refuse)?;
        if let Some(answer) = stored {
            return Ok(answer);
        }
        let mut call = Call {
            state,
            settings,
            live,
            id: self.id,
            pairs: self.pairs,
            request_id: Some(self.request_id),
            idempotency_key: self.request.header("idempotency-key"),
        };
        let mut object = (self.route.answer)(&mut call).map_err(refuse)?;
        expand::apply(&call, &mut object).map_err(refuse)?;
        if let Reply::SessionUrl(url) = reply {
            object["url"] = json!(url);
        }
        let answer = Answer::json(200, format!("{object:#}\n").into_bytes());
        // Stripe stores what an endpoint answered once it has begun to execute, so refused parameters are not stored.
        let answers = &mut state.answers;
        answers.store(key, self.request, self.request_id, &answer);
        Ok(answer)
    }
}

/// The API key, and whether it is one of the live mode.
fn authenticate<'r>(
    settings: &Settings,
    request: &'r Request,
) -> Result<(&'r str, bool), StripeError> {
    let header = request.header("authorization").unwrap_or_default();
    let key = match header.split_once(' ') {
        Some((scheme, key)) if scheme.eq_ignore_ascii_case("bearer") && !key.trim().is_empty() => {
            key.trim()
        }
        _ => return Err(StripeError::no_api_key()),
    };
    if settings.api_key.as_deref().is_some_and(|only| only != key) {
        return Err(StripeError::invalid_api_key(key));
    }
    mode(key)
        .map(|live| (key, live))
        .ok_or_else(|| StripeError::invalid_api_key(key))
}

/// Whether a text is of the form of an API key of the test mode (`sk_test_…`, `rk_test_…`).
#[must_use]
pub fn is_test_key(key: &str) -> bool {
    mode(key) == Some(false)
}

/// Whether an API key is one of the live mode; `None` if it is not of the form of one.
fn mode(key: &str) -> Option<bool> {
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
        Some(false)
    } else if of_kind(["sk_live_", "rk_live_"]) {
        Some(true)
    } else {
        None
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
