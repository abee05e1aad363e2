//! Stripe, as far as a checkout needs it, with its idempotency: customers, their subscriptions and their sessions.
//!
//! A `POST` comes in, is at work for a while, and has its effect in one moment. Under an idempotency key the first
//! answer is kept for a day, failures of the endpoint's own included, and said again, whatever has become of its
//! object; other parameters under the key are an error; while the first is at work, another one is told so. A failed
//! validation is not kept. A list is in the order of seconds, and in any order within one; a search answers with a
//! former state.

use std::collections::BTreeMap;

use http::{Method, Request, Response, StatusCode};
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use crate::random::Random;

/// The time at the beginning, in Unix seconds.
pub(crate) const NOW: u64 = 1_764_000_000;

/// The number of items of a page of a list, whatever was asked for.
const PAGE: usize = 4;

#[derive(Clone, Debug)]
pub(crate) struct Customer {
    pub(crate) deleted: bool,
    pub(crate) user: String,
    /// True if it was made by a `POST`, and not by the operator.
    pub(crate) made: bool,
    created: u64,
}

#[derive(Clone, Debug)]
pub(crate) struct Subscription {
    pub(crate) customer: usize,
    pub(crate) status: &'static str,
    /// True if it came from one of Portico's sessions.
    pub(crate) made: bool,
    pub(crate) trial: bool,
    /// The step at which it was over.
    pub(crate) over: Option<usize>,
}

#[derive(Clone, Debug)]
pub(crate) struct Session {
    pub(crate) customer: usize,
    pub(crate) status: &'static str,
    pub(crate) mark: Option<String>,
    pub(crate) expires_at: u64,
    trial: bool,
    created: u64,
    /// The place among those of the same second: nobody can tell it, but it stays.
    place: usize,
    /// The step since which it can no longer be paid.
    pub(crate) dead: Option<usize>,
}

impl Session {
    /// Returns true if Portico made it.
    pub(crate) fn is_own(&self) -> bool {
        self.mark.as_deref().is_some_and(|mark| mark != "theirs")
    }
}

/// A `POST` at work.
#[derive(Clone, Debug)]
struct Work {
    path: String,
    parameters: BTreeMap<String, String>,
    key: String,
    /// The number of pauses that have begun since it came.
    pauses: u32,
    /// True if nobody waits for it any more.
    abandoned: bool,
}

/// The state of an idempotency key.
#[derive(Clone, Debug)]
enum Kept {
    /// A call is at work.
    Work(String, BTreeMap<String, String>),
    /// The call was answered.
    Answer(String, BTreeMap<String, String>, Answer),
}

/// An answer: its status and its body.
type Answer = (u16, Value);

/// The state of a `POST` that has come in.
pub(crate) enum Arrived {
    /// It is answered at once.
    Answered(Response<Vec<u8>>),
    /// It is at work.
    AtWork(usize),
}

/// The part that the model leaves out, to show that it is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Omission {
    Nothing,
    /// Stripe knows no idempotency keys.
    Idempotency,
    /// Stripe does not say that an answer is an old one.
    Replayed,
    /// Stripe ends a session that was paid a moment ago without a word.
    Refusal,
}

/// Stripe's state, in one mode.
#[derive(Debug)]
pub(crate) struct Stripe {
    pub(crate) customers: Vec<Customer>,
    pub(crate) subscriptions: Vec<Subscription>,
    pub(crate) sessions: Vec<Session>,
    /// The customers that a search finds.
    index: Vec<Customer>,
    kept: BTreeMap<String, Kept>,
    work: BTreeMap<usize, Work>,
    /// The answers of work that was done in a pause, and is not answered yet.
    done: BTreeMap<usize, Response<Vec<u8>>>,
    arrivals: usize,
    second: u64,
    /// The number of the run's step.
    pub(crate) step: usize,
    /// The number of calls that may still fail at the endpoint.
    pub(crate) failures: u32,
    pub(crate) omission: Omission,
    pub(crate) random: Random,
    /// The events that have happened and are to be delivered.
    pub(crate) events: Vec<Value>,
}

impl Stripe {
    pub(crate) fn new(random: Random, failures: u32, omission: Omission) -> Self {
        Self {
            customers: Vec::new(),
            subscriptions: Vec::new(),
            sessions: Vec::new(),
            index: Vec::new(),
            kept: BTreeMap::new(),
            work: BTreeMap::new(),
            done: BTreeMap::new(),
            arrivals: 0,
            second: 0,
            step: 0,
            failures,
            omission,
            random,
            events: Vec::new(),
        }
    }

    pub(crate) fn read(&mut self, request: &Request<Vec<u8>>) -> Response<Vec<u8>> {
        let path = request.uri().path();
        let query = form(request.uri().query().unwrap_or_default());
        let answer = match path {
            "/v1/customers/search" => self.search(&query["query"]),
            "/v1/checkout/sessions" => self.list_sessions(&query),
            "/v1/subscriptions" => self.list_subscriptions(&query),
            _ => self.customer(path.strip_prefix("/v1/customers/").unwrap()),
        };
        response(answer, false)
    }

    /// Takes in a `POST`.
    pub(crate) fn arrive(&mut self, request: &Request<Vec<u8>>) -> Arrived {
        assert_eq!(request.method(), Method::POST);
        let path = request.uri().path().to_owned();
        let parameters = form(std::str::from_utf8(request.body()).unwrap());
        self.arrivals += 1;
        let mut key = request.headers()["idempotency-key"]
            .to_str()
            .unwrap()
            .to_owned();
        if self.omission == Omission::Idempotency {
            key = self.arrivals.to_string();
        }
        let same = |old: &str, before: &BTreeMap<_, _>| old == path && *before == parameters;
        let conflict = json!({"error": {"type": "idempotency_error"}});
        let in_use =
            json!({"error": {"type": "invalid_request_error", "code": "idempotency_key_in_use"}});
        match self.kept.get(&key) {
            Some(Kept::Answer(old, before, answer)) if same(old, before) => {
                let says_so = self.omission != Omission::Replayed;
                return Arrived::Answered(response(answer.clone(), says_so));
            }
            Some(Kept::Answer(..)) => return Arrived::Answered(response((400, conflict), false)),
            Some(Kept::Work(old, before)) => {
                // No document says which of the two Stripe answers to other parameters meanwhile.
                let answer = if same(old, before) || self.random.one_in(2) {
                    (409, in_use)
                } else {
                    (400, conflict)
                };
                return Arrived::Answered(response(answer, false));
            }
            None => {}
        }
        self.kept
            .insert(key.clone(), Kept::Work(path.clone(), parameters.clone()));
        let work = Work {
            path,
            parameters,
            key,
            pauses: 0,
            abandoned: false,
        };
        self.work.insert(self.arrivals, work);
        Arrived::AtWork(self.arrivals)
    }

    /// Does the work of a `POST`, if that was not done before, and answers it.
    pub(crate) fn finish(&mut self, id: usize) -> Response<Vec<u8>> {
        let Some(work) = self.work.remove(&id) else {
            return self.done.remove(&id).unwrap();
        };
        let creates = !work.path.ends_with("/expire");
        let fails = self.failures > 0 && creates && self.random.one_in(4);
        self.failures -= u32::from(fails);
        // A session can be there all the same.
        let has_effect = !fails || (work.path.ends_with("sessions") && self.random.one_in(3));
        let done = if has_effect {
            self.effect(&work.path, &work.parameters)
        } else {
            Ok(Value::Null)
        };
        let answer = match done {
            Err(refusal) => {
                self.kept.remove(&work.key);
                return response((400, refusal), false);
            }
            Ok(_) if fails => (500, json!({"error": {"type": "api_error"}})),
            Ok(object) => (200, object),
        };
        let kept = Kept::Answer(work.path, work.parameters, answer.clone());
        self.kept.insert(work.key, kept);
        response(answer, false)
    }

    /// Nobody waits any more for a `POST`, which goes on all the same.
    pub(crate) fn abandon(&mut self, id: usize) {
        if let Some(work) = self.work.get_mut(&id) {
            work.abandoned = true;
        }
    }

    /// Returns the numbers of the work that nobody waits for.
    pub(crate) fn abandoned(&self) -> Vec<usize> {
        let abandoned = self.work.iter().filter(|(_, work)| work.abandoned);
        abandoned.map(|(id, _)| *id).collect()
    }

    /// Returns the numbers of all work that has come in.
    pub(crate) fn at_work(&self) -> Vec<usize> {
        self.work.keys().copied().collect()
    }

    /// Half a second has passed for these. Stripe's work takes less than a second.
    pub(crate) fn pause(&mut self, ids: &[usize]) {
        for id in ids {
            let Some(work) = self.work.get_mut(id) else {
                continue;
            };
            work.pauses += 1;
            if work.pauses >= 2 {
                let answer = self.finish(*id);
                self.done.insert(*id, answer);
            }
        }
    }

    fn effect(
        &mut self,
        path: &str,
        parameters: &BTreeMap<String, String>,
    ) -> Result<Value, Value> {
        if path == "/v1/customers" {
            self.add_customer(&parameters["metadata[user_id]"], true);
            return Ok(self.living(self.customers.len() - 1));
        }
        if let Some(id) = path.strip_suffix("/expire") {
            let session = index(id.strip_prefix("/v1/checkout/sessions/").unwrap());
            let status = self.sessions[session].status;
            return if status == "open" {
                self.close(session, "expired");
                Ok(self.session(session))
            } else if status == "complete" && self.omission == Omission::Refusal {
                Ok(self.session(session))
            } else {
                Err(json!({"error": {"type": "invalid_request_error"}}))
            };
        }
        let customer = index(&parameters["customer"]);
        if self.customers[customer].deleted {
            let error = json!({"type": "invalid_request_error", "code": "resource_missing", "param": "customer"});
            return Err(json!({ "error": error }));
        }
        let session = Session {
            customer,
            status: "open",
            mark: Some(parameters["metadata[portico_checkout]"].clone()),
            expires_at: NOW + 86_400,
            trial: parameters.contains_key("subscription_data[trial_period_days]"),
            created: self.second,
            place: self.random.below(1_000),
            dead: None,
        };
        self.sessions.push(session);
        Ok(self.session(self.sessions.len() - 1))
    }

    pub(crate) fn add_customer(&mut self, user: &str, made: bool) {
        self.customers.push(Customer {
            deleted: false,
            user: user.to_owned(),
            made,
            created: self.second,
        });
        let id = self.customers.len() - 1;
        self.tell("customer.created", &json!({"id": format!("cus_{id}")}));
    }

    /// Somebody else makes a session of a customer.
    pub(crate) fn add_anothers(&mut self, customer: usize) {
        self.sessions.push(Session {
            customer,
            status: "open",
            mark: self.random.one_in(2).then(|| "theirs".to_owned()),
            expires_at: NOW + 86_400,
            trial: false,
            created: self.second,
            place: self.random.below(1_000),
            dead: None,
        });
    }

    pub(crate) fn close(&mut self, session: usize, status: &'static str) {
        self.sessions[session].status = status;
        self.sessions[session].dead = Some(self.step);
    }

    /// A buyer pays.
    pub(crate) fn pay(&mut self, session: usize) {
        let status = [
            "active",
            "trialing",
            "past_due",
            "unpaid",
            "paused",
            "incomplete",
        ];
        let status = status[self.random.below(6)];
        self.close(session, "complete");
        let made = self.sessions[session].is_own();
        let Session {
            customer, trial, ..
        } = self.sessions[session];
        self.subscriptions.push(Subscription {
            customer,
            status,
            made,
            trial,
            over: None,
        });
        let id = format!("cus_{customer}");
        self.tell(
            "customer.subscription.created",
            &json!({"id": "sub_1", "customer": id}),
        );
    }

    /// A subscription ends.
    pub(crate) fn end(&mut self, subscription: usize) {
        let status = ["canceled", "incomplete_expired"][self.random.below(2)];
        self.subscriptions[subscription].status = status;
        self.subscriptions[subscription].over = Some(self.step);
        let id = format!("cus_{}", self.subscriptions[subscription].customer);
        self.tell(
            "customer.subscription.deleted",
            &json!({"id": "sub_1", "customer": id}),
        );
    }

    /// The operator deletes a customer.
    pub(crate) fn delete(&mut self, customer: usize) {
        self.customers[customer].deleted = true;
        for session in 0..self.sessions.len() {
            if self.sessions[session].customer == customer
                && self.sessions[session].status == "open"
            {
                self.close(session, "expired");
            }
        }
        for subscription in 0..self.subscriptions.len() {
            if self.subscriptions[subscription].customer == customer && self.is_live(subscription) {
                self.end(subscription);
            }
        }
        self.tell(
            "customer.deleted",
            &json!({"id": format!("cus_{customer}")}),
        );
    }

    pub(crate) fn is_live(&self, subscription: usize) -> bool {
        self.subscriptions[subscription].over.is_none()
    }

    /// A search knows now what is true.
    pub(crate) fn catch_up(&mut self) {
        self.index.clone_from(&self.customers);
    }

    pub(crate) fn next_second(&mut self) {
        self.second += 1;
    }

    /// A day passes, in which nobody calls: keys are forgotten, and no session lasts longer.
    pub(crate) fn next_day(&mut self) {
        for id in self.at_work() {
            self.finish(id);
        }
        self.kept.clear();
        for session in 0..self.sessions.len() {
            if self.sessions[session].status == "open" {
                self.close(session, "expired");
            }
        }
        self.catch_up();
        self.next_second();
    }

    fn tell(&mut self, event_type: &str, object: &Value) {
        self.events.push(json!({
            "id": "evt_1", "object": "event", "type": event_type, "livemode": false, "data": {"object": object},
        }));
    }

    fn customer(&self, id: &str) -> Answer {
        match self.customers.get(index(id)) {
            None => (
                404,
                json!({"error": {"type": "invalid_request_error", "code": "resource_missing", "param": "id"}}),
            ),
            Some(customer) if customer.deleted => (
                200,
                json!({"id": id, "object": "customer", "deleted": true}),
            ),
            Some(_) => (200, self.living(index(id))),
        }
    }

    fn living(&self, id: usize) -> Value {
        let Customer { user, created, .. } = &self.customers[id];
        // A customer's own list leaves out what was canceled, and nothing else.
        let listed = self.of(id, |status| status != "canceled");
        json!({
            "id": format!("cus_{id}"), "object": "customer", "livemode": false, "created": created,
            "metadata": {"user_id": user}, "subscriptions": {"object": "list", "data": listed, "has_more": false},
        })
    }

    fn of(&self, customer: usize, shown: impl Fn(&str) -> bool) -> Vec<Value> {
        let item = json!({"id": "si_1", "price": {"id": "price_1", "product": "prod_1"}});
        let of_customer = |one: &&Subscription| one.customer == customer && shown(one.status);
        let listed = self.subscriptions.iter().filter(of_customer);
        listed
            .map(|one| {
                json!({
                    "id": "sub_1", "object": "subscription", "status": one.status, "customer": format!("cus_{customer}"),
                    "created": 1, "items": {"object": "list", "data": [item], "has_more": false},
                })
            })
            .collect()
    }

    fn session(&self, id: usize) -> Value {
        let Session {
            customer,
            status,
            mark,
            expires_at,
            created,
            ..
        } = &self.sessions[id];
        let url = format!("https://checkout.stripe.com/c/pay/cs_{id}");
        json!({
            "id": format!("cs_{id}"), "object": "checkout.session", "customer": format!("cus_{customer}"), "status": status,
            "created": created, "expires_at": expires_at, "url": (*status == "open").then_some(url),
            "metadata": mark.as_ref().map_or(json!({}), |mark| json!({ "portico_checkout": mark })),
        })
    }

    fn list_sessions(&self, query: &BTreeMap<String, String>) -> Answer {
        let customer = index(&query["customer"]);
        let mut ids: Vec<_> = (0..self.sessions.len())
            .filter(|id| self.sessions[*id].customer == customer)
            .map(|id| {
                let Session { created, place, .. } = self.sessions[id];
                (std::cmp::Reverse(created), place, id)
            })
            .collect();
        ids.sort_unstable();
        let ids: Vec<_> = ids.into_iter().map(|(_, _, id)| id).collect();
        let begin = query
            .get("starting_after")
            .and_then(|after| ids.iter().position(|id| *id == index(after)));
        let rest = &ids[begin.map_or(0, |at| at + 1)..];
        let page: Vec<_> = rest.iter().take(PAGE).map(|id| self.session(*id)).collect();
        (
            200,
            json!({"object": "list", "data": page, "has_more": rest.len() > PAGE}),
        )
    }

    fn list_subscriptions(&self, query: &BTreeMap<String, String>) -> Answer {
        let all = query.get("status").is_some_and(|status| status == "all");
        let listed = self.of(index(&query["customer"]), |status| {
            all || status != "canceled"
        });
        (
            200,
            json!({"object": "list", "data": listed, "has_more": false}),
        )
    }

    fn search(&self, query: &str) -> Answer {
        let user = query.rsplit('\'').nth(1).unwrap();
        let hits: Vec<_> = (0..self.index.len())
            .filter(|id| self.index[*id].user == user && !self.index[*id].deleted)
            .map(|id| {
                json!({
                    "id": format!("cus_{id}"), "object": "customer", "created": self.index[id].created,
                    "metadata": {"user_id": user},
                })
            })
            .collect();
        (
            200,
            json!({"object": "search_result", "data": hits, "has_more": false}),
        )
    }
}

/// The number of an identifier.
pub(crate) fn index(id: &str) -> usize {
    id.rsplit('_').next().unwrap().parse().unwrap()
}

/// The fields of a form.
fn form(text: &str) -> BTreeMap<String, String> {
    let decoded = |text: &str| percent_decode_str(text).decode_utf8().unwrap().into_owned();
    text.split('&')
        .filter_map(|field| field.split_once('='))
        .map(|(name, value)| (decoded(name), decoded(value)))
        .collect()
}

fn response((status, body): Answer, replayed: bool) -> Response<Vec<u8>> {
    let mut response = Response::new(body.to_string().into_bytes());
    *response.status_mut() = StatusCode::from_u16(status).unwrap();
    if replayed {
        let value = http::HeaderValue::from_static("true");
        response.headers_mut().insert("idempotent-replayed", value);
    }
    response
}
