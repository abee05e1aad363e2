//! The part that all calls of the API have in common: who asks, whether it was asked before, and which resource answers.

use std::time::Instant;

use serde_json::{Value, json};

use crate::call::Call;
use crate::error::StripeError;
use crate::events::API_VERSION;
use crate::faults::{Reply, instead};
use crate::form::decode_form;
use crate::idempotency::{self, Key};
use crate::resources::{self, Make};
use crate::state::{Settings, Shared, State};
use crate::wire::{Answer, Request};

/// The media type of parameters.
const FORM: &str = "application/x-www-form-urlencoded";

const NO_API_KEY: &str = "You did not provide an API key. You need to provide your API key in the Authorization \
    header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY'). See \
    https://stripe.com/docs/api#authentication for details, or we can help at https://support.stripe.com/.";

/// An answer, and how it is delivered.
pub(crate) struct Answered {
    pub(crate) answer: Answer,
    pub(crate) reply: Reply,
    /// The idempotency key under which the answer is kept, if it is under way until it has been delivered.
    pub(crate) under_way: Option<Key>,
}

/// An answer that is delivered as usual.
impl From<Answer> for Answered {
    fn from(answer: Answer) -> Self {
        Self {
            answer,
            reply: Reply::Normal,
            under_way: None,
        }
    }
}

/// Answers a call, and says how to deliver the answer.
pub(crate) fn answer(shared: &Shared, request: &Request) -> Answered {
    respond(shared, request, true)
}

/// Answers a call with these parameters and a key of the stand-in's own, which no fault concerns.
pub(crate) fn call(shared: &Shared, method: &str, target: &str, form: &str) -> (u16, Value) {
    let key = shared.settings.api_key.as_deref();
    let key = key.unwrap_or("sk_test_PorticoStandIn");
    let headers = [
        ("Authorization", format!("Bearer {key}")),
        ("Content-Type", FORM.to_owned()),
    ];
    let request = Request {
        method: method.to_owned(),
        path: target.to_owned(),
        headers: headers.map(|(name, value)| (name.to_owned(), value)).into(),
        body: form.into(),
        received_at: Instant::now(),
        connection: 0,
        reads: 0,
        keep_alive: true,
    };
    let answer = respond(shared, &request, false).answer;
    let json = serde_json::from_slice(&answer.body);
    (answer.status, json.unwrap_or_default())
}

fn respond(shared: &Shared, request: &Request, with_faults: bool) -> Answered {
    let (method, path) = (request.method.as_str(), request.resource());
    let mut state = shared.lock();
    let request_id = state.names.next("req_", 14);
    let mut answered = if let Some((make, id)) = resources::find(method, path) {
        let asked = Asked {
            settings: &shared.settings,
            request,
            request_id: &request_id,
            make,
            id,
            pairs: &parameters(request),
        };
        asked.answer(&mut state, with_faults)
    } else {
        let error = StripeError::invalid_request(format!(
            "Unrecognized request URL ({method}: {path}). Please see https://stripe.com/docs or we can help at \
                 https://support.stripe.com/."
        ));
        Answer::json(404, error.body(None)).into()
    };
    let version = request.header("stripe-version").unwrap_or(API_VERSION);
    let idempotency_key = request.header("idempotency-key").unwrap_or_default();
    for (name, value) in [
        ("Cache-Control", "no-cache, no-store"),
        ("Request-Id", request_id.as_str()),
        ("Stripe-Version", version),
        ("Idempotency-Key", idempotency_key),
    ] {
        if answered.answer.header(name).is_none() && !value.is_empty() {
            answered.answer.set(name, value);
        }
    }
    answered
}

fn parameters(request: &Request) -> Vec<(String, String)> {
    match request.method.as_str() {
        "POST" => decode_form(&request.body),
        // Clients put the parameters of a DELETE here or there.
        _ => [request.query().as_bytes(), &request.body]
            .into_iter()
            .flat_map(decode_form)
            .collect(),
    }
}

/// A request for a resource that exists.
struct Asked<'a> {
    settings: &'a Settings,
    request: &'a Request,
    request_id: &'a str,
    make: Make,
    /// The part of the path that names an object.
    id: &'a str,
    pairs: &'a [(String, String)],
}

impl Asked<'_> {
    fn answer(&self, state: &mut State, with_faults: bool) -> Answered {
        let reply = if with_faults {
            let (method, path) = (&self.request.method, self.request.resource());
            state.scripts.take(method, path, self.customer())
        } else {
            Reply::Normal
        };
        let key = self.request.header("idempotency-key").unwrap_or_default();
        let mut under_way = None;
        let answer = instead::answer(&reply, key, self.request_id).unwrap_or_else(|| {
            match authenticate(self.settings, self.request) {
                Err(error) => Answer::json(error.status, error.body(None)),
                Ok(live) => {
                    let answered = self.serve(state, live, &reply);
                    let (answer, key) = answered.unwrap_or_else(|error| {
                        let body = error.body(Some((live, self.request_id)));
                        (Answer::json(error.status, body), None)
                    });
                    under_way = key;
                    answer
                }
            }
        });
        Answered {
            answer,
            reply,
            under_way,
        }
    }

    /// Returns the customer that the call is about: the path's, or else that of the parameter.
    fn customer(&self) -> Option<&str> {
        if self.id.starts_with("cus_") {
            return Some(self.id);
        }
        let mut pairs = self.pairs.iter().rev();
        let named = pairs.find(|(name, _)| name == "customer");
        named.map(|(_, customer)| customer.as_str())
    }

    /// Returns the answer to a call in this mode, with its idempotency key where it is under way until it is delivered.
    fn serve(
        &self,
        state: &mut State,
        live: bool,
        reply: &Reply,
    ) -> Result<(Answer, Option<Key>), StripeError> {
        check_headers(self.request)?;
        let now = self.settings.now();
        let key = idempotency::key(live, self.request);
        if let Some(key) = &key
            && let Some(answer) = state.answers.replay(key, self.request, now)?
        {
            return Ok((answer, None));
        }
        let answer = if matches!(reply, Reply::KeptServerError) {
            let error = StripeError::api_error(500);
            Answer::json(500, error.body(Some((live, self.request_id))))
        } else {
            let mut call = Call {
                state,
                settings: self.settings,
                live,
                id: self.id,
                pairs: self.pairs,
                request_id: Some(self.request_id),
                idempotency_key: self.request.header("idempotency-key"),
            };
            let mut object = (self.make)(&mut call)?;
            if let Reply::SessionUrl(url) = reply {
                object["url"] = json!(url);
            }
            Answer::json(200, format!("{object:#}\n").into_bytes())
        };
        // Stripe keeps what an endpoint answered once it has begun to execute, so refused parameters are not kept.
        let waits = matches!(reply, Reply::Delay(_) | Reply::Held(_));
        if let Some(key) = key.clone() {
            let (request, id) = (self.request, self.request_id);
            state.answers.keep(key, request, id, &answer, now, waits);
        }
        Ok((answer, key.filter(|_| waits)))
    }
}

/// Returns whether the API key is one of the live mode.
fn authenticate(settings: &Settings, request: &Request) -> Result<bool, StripeError> {
    let header = request.header("authorization").unwrap_or_default();
    let key = match header.split_once(' ') {
        Some((scheme, key)) if scheme.eq_ignore_ascii_case("bearer") && !key.trim().is_empty() => {
            key.trim()
        }
        _ => return Err(StripeError::invalid_request(NO_API_KEY).with_status(401)),
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
    let (kind, secret) = key.split_at_checked("sk_test_".len())?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    match kind {
        _ if secret.is_empty() || !secret.bytes().all(plain) => None,
        "sk_test_" | "rk_test_" => Some(false),
        "sk_live_" | "rk_live_" => Some(true),
        _ => None,
    }
}

fn check_headers(request: &Request) -> Result<(), StripeError> {
    let content_type = request.header("content-type").unwrap_or_default();
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    if !request.body.is_empty() && !media_type.eq_ignore_ascii_case(FORM) {
        return Err(StripeError::invalid_request(format!(
            "Invalid request (check that your POST content type is {FORM}). If you have any questions, we can help at \
             https://support.stripe.com/."
        )));
    }
    Ok(())
}
