//! The part that all calls of the API have in common: who asks, whether it was asked before, and which resource answers.

use serde_json::{Value, json};

use crate::error::StripeError;
use crate::events::API_VERSION;
use crate::faults::{Reply, instead};
use crate::form::decode_form;
use crate::idempotency::{Begun, Key};
use crate::resources;
use crate::route::{Call, Route};
use crate::state::{Settings, Shared, State};
use crate::wire::{Answer, Request};

/// An answer, and how it is delivered.
pub(crate) struct Answered {
    pub(crate) answer: Answer,
    pub(crate) reply: Reply,
    /// The idempotency key under which the answer is kept, if it is under way until it has been delivered.
    pub(crate) under_way: Option<Key>,
}

/// Answers a call, and says how to deliver the answer.
pub(crate) fn answer(shared: &Shared, request: &Request) -> Answered {
    let path = request.path();
    let matching =
        resources::routes().find_map(|route| Some((route, route.matches(&request.method, path)?)));
    let mut state = shared.lock();
    let request_id = state.names.next("req_", 14);
    let Some((route, id)) = matching else {
        let error = StripeError::unrecognized_url(&request.method, path);
        let mut answer = Answer::json(error.status, error.body(None));
        answer.set("Request-Id", &request_id);
        return Answered {
            answer,
            reply: Reply::Normal,
            under_way: None,
        };
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
    let mut under_way = None;
    let mut answer = instead::answer(&reply, idempotency_key, &request_id).unwrap_or_else(|| {
        let asked = Asked {
            request,
            request_id: &request_id,
            route,
            id,
            pairs: &pairs,
        };
        match asked.answer(&shared.settings, &mut state, &reply) {
            Ok((answer, key)) => {
                under_way = key;
                answer
            }
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
    Answered {
        answer,
        reply,
        under_way,
    }
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
            (route.answer)(&mut call)
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

/// Finds the customer that a call is about: the path's, or else that of the parameter.
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
    /// Returns the answer, with the idempotency key of one that is under way until it is delivered.
    fn answer(
        &self,
        settings: &Settings,
        state: &mut State,
        reply: &Reply,
    ) -> Result<(Answer, Option<Key>), Refusal> {
        let live =
            authenticate(settings, self.request).map_err(|error| Refusal { error, live: None })?;
        let refuse = |error| Refusal {
            error,
            live: Some(live),
        };
        check_headers(self.request).map_err(refuse)?;
        let now = settings.now();
        let answers = &state.answers;
        let key = match answers.begin(live, self.request, now).map_err(refuse)? {
            Begun::Replayed(answer) => return Ok((answer, None)),
            Begun::New(key) => key,
        };
        let answer = if *reply == Reply::KeptServerError {
            let error = StripeError::api_error(500);
            Answer::json(500, error.body(Some((live, self.request_id))))
        } else {
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
            if let Reply::SessionUrl(url) = reply {
                object["url"] = json!(url);
            }
            Answer::json(200, format!("{object:#}\n").into_bytes())
        };
        // Stripe keeps what an endpoint answered once it has begun to execute, so refused parameters are not kept.
        let Some(key) = key else {
            return Ok((answer, None));
        };
        let under_way = matches!(reply, Reply::Delay(_) | Reply::Held(_)).then(|| key.clone());
        let answers = &mut state.answers;
        answers.keep(key, self.request, self.request_id, &answer, now);
        if let Some(key) = &under_way {
            answers.set_under_way(key, true);
        }
        Ok((answer, under_way))
    }
}

/// Returns whether the API key is one of the live mode.
fn authenticate(settings: &Settings, request: &Request) -> Result<bool, StripeError> {
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
    mode(key).ok_or_else(|| StripeError::invalid_api_key(key))
}

/// Returns whether a text is of the form of an API key of the test mode (`sk_test_…`, `rk_test_…`).
#[must_use]
pub fn is_test_key(key: &str) -> bool {
    mode(key) == Some(false)
}

/// Returns whether an API key is one of the live mode; `None` if it is not of the form of one.
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
    Ok(())
}
