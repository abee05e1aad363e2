//! One run: what happens at Stripe, what is delivered, and whose step comes next.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, HeaderValue, Method};
use portico::inbound::{Head, Inbound};
use portico::service::Service;
use serde_json::{Value, json};
use sha2::Sha256;

use crate::stripe::{Change, Customer};
use crate::world::{Fault, NOW, Platform, TOKEN_SECRET, WEBHOOK_SECRET, World};

/// Who decides what comes next: a number below the one given.
pub(crate) trait Chooser {
    fn choose(&mut self, below: usize) -> usize;
    /// What goes wrong with a step that is about to be taken.
    fn fault(&mut self) -> Option<Fault>;
    /// Whether the instance that was chosen breaks down.
    fn crash(&mut self) -> bool;
}

/// A request that is to be answered with 2xx in the end.
#[derive(Clone)]
enum Request {
    Event(Value),
    Sync(&'static str),
}

impl Request {
    /// The customer that an event is about.
    fn customer(&self) -> Option<&str> {
        let Self::Event(event) = self else {
            return None;
        };
        let object = &event["data"]["object"];
        object.get("customer").unwrap_or(&object["id"]).as_str()
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Event(event) => {
                let customer = self.customer().unwrap_or_default();
                write!(f, "{} of {customer}", event["type"])
            }
            Self::Sync(user) => write!(f, "sync of {user}"),
        }
    }
}

/// What a scenario consists of.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Act {
    /// Something happens at Stripe, and is told in this many deliveries.
    Happens(Change, usize),
    /// A user asks for synchronising.
    Asks(&'static str),
}

type Running = Pin<Box<dyn Future<Output = u16>>>;

/// A run under way.
pub(crate) struct Run {
    pub(crate) world: Rc<RefCell<World>>,
    blind: bool,
    /// Who is linked by a checkout session that was completed, by customer: the first one counts.
    linked: BTreeMap<&'static str, &'static str>,
    trace: Vec<String>,
}

impl Run {
    pub(crate) fn new(blind: bool) -> Self {
        Self {
            world: Rc::default(),
            blind,
            linked: BTreeMap::new(),
            trace: Vec::new(),
        }
    }

    /// Acts until every request has been answered with 2xx. The acts come in their order; all else is chosen. Requests
    /// for different customers keep `apart` or not.
    ///
    /// # Errors
    /// A customer was two users' in between, or the records are not what Stripe's present state gives in the end.
    pub(crate) fn act(
        &mut self,
        acts: &[Act],
        apart: bool,
        chooser: &mut impl Chooser,
    ) -> Result<(), String> {
        let mut acts = acts.iter();
        let mut waiting: Vec<Request> = Vec::new();
        let mut running: Vec<(Request, Running)> = Vec::new();
        let mut steps = 0;
        loop {
            let more = usize::from(acts.len() > 0);
            let choices = running.len() + more + usize::from(!waiting.is_empty());
            if choices == 0 {
                break;
            }
            steps += 1;
            if steps > 20_000 {
                return Err(self.told("it does not come to an end"));
            }
            let choice = chooser.choose(choices);
            if choice < running.len() {
                self.poll(choice, &mut running, &mut waiting, chooser);
            } else if choice == running.len() && more == 1 {
                waiting.extend(self.next(acts.next().unwrap()));
            } else {
                let chosen = chooser.choose(waiting.len());
                let customer = waiting[chosen].customer();
                if apart
                    && running
                        .iter()
                        .any(|(other, _)| other.customer() != customer)
                {
                    continue;
                }
                let request = waiting.swap_remove(chosen);
                self.trace.push(format!("begin {request:?}"));
                running.push((request.clone(), self.serve(&request)));
            }
            self.check_always()?;
        }
        self.check_in_the_end()
    }

    fn next(&mut self, act: &Act) -> Vec<Request> {
        self.trace.push(format!("{act:?}"));
        match *act {
            Act::Happens(change, times) => {
                if let Change::CheckOut(customer, user) = change {
                    self.linked.entry(customer).or_insert(user);
                }
                let event = self.world.borrow_mut().stripe.make(change);
                vec![Request::Event(event); times]
            }
            Act::Asks(user) => vec![Request::Sync(user)],
        }
    }

    fn poll(
        &mut self,
        index: usize,
        running: &mut Vec<(Request, Running)>,
        waiting: &mut Vec<Request>,
        chooser: &mut impl Chooser,
    ) {
        if chooser.crash() {
            let (request, _) = running.swap_remove(index);
            self.trace.push(format!("crash {request:?}"));
            waiting.push(request);
            return;
        }
        self.world.borrow_mut().fault = chooser.fault();
        let (request, future) = &mut running[index];
        let polled = future
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()));
        let step = {
            let mut world = self.world.borrow_mut();
            world.fault = None;
            mem::take(&mut world.step)
        };
        if !step.is_empty() {
            self.trace.push(format!("{request:?}: {step}"));
        }
        if let Poll::Ready(status) = polled {
            let (request, _) = running.swap_remove(index);
            self.trace.push(format!("{status} {request:?}"));
            if !(200..300).contains(&status) {
                assert!(status >= 500, "{status}: {request:?}");
                waiting.push(request);
            }
        }
    }

    fn serve(&self, request: &Request) -> Running {
        // An instance for each request: nothing but the store is shared.
        let service = Service::new(Platform::new(&self.world, self.blind));
        let (path, header, body) = match request {
            Request::Event(event) => {
                let body = event.to_string();
                let signature = hex(&hmac(WEBHOOK_SECRET, &format!("{NOW}.{body}")));
                let header = ("stripe-signature", format!("t={NOW},v1={signature}"));
                ("/api/v1/billing/webhook", header, body)
            }
            Request::Sync(user) => {
                let header = ("authorization", format!("Bearer {}", token(user)));
                ("/api/v1/billing/sync", header, String::new())
            }
        };
        let mut headers = HeaderMap::new();
        headers.insert(header.0, HeaderValue::from_str(&header.1).unwrap());
        let head = Head {
            method: Method::POST,
            path: path.to_owned(),
            query: None,
            headers,
        };
        Box::pin(async move {
            let body = body.into_bytes();
            let inbound = Inbound {
                head,
                body: body.as_slice(),
            };
            service.serve(inbound).await.response.status().as_u16()
        })
    }

    /// The customer and the plan of each user whose record counts.
    fn counting(&self) -> BTreeMap<String, (String, String)> {
        let world = self.world.borrow();
        let read = |key: &str| -> Option<Value> {
            Some(serde_json::from_slice(world.values.get(key)?).unwrap())
        };
        let mut counting = BTreeMap::new();
        for key in world.values.keys() {
            let Some(user) = key.strip_prefix("customer:") else {
                continue;
            };
            let record = read(key).unwrap();
            let Some(customer) = record["stripe_customer_id"].as_str() else {
                continue;
            };
            let owner = read(&format!("stripe:{customer}"));
            if record["synced_at"].is_null() || owner.is_some_and(|owner| owner["user"] == user) {
                let plan = record["plan"].as_str().unwrap_or("free").to_owned();
                counting.insert(user.to_owned(), (customer.to_owned(), plan));
            }
        }
        counting
    }

    fn check_always(&self) -> Result<(), String> {
        let counting = self.counting();
        let mut owners = BTreeMap::new();
        for (user, (customer, _)) in &counting {
            if let Some(other) = owners.insert(customer, user) {
                return Err(self.told(&format!("{customer} is {other}'s and {user}'s")));
            }
        }
        Ok(())
    }

    fn check_in_the_end(&self) -> Result<(), String> {
        let counting = self.counting();
        let world = self.world.borrow();
        let mut of_users: BTreeMap<&str, Vec<(&str, &Customer)>> = BTreeMap::new();
        for (id, customer) in &world.stripe.0 {
            let owner = customer.user.or_else(|| self.linked.get(id).copied());
            if let Some(owner) = owner
                && !customer.deleted
            {
                of_users.entry(owner).or_default().push((*id, customer));
            }
        }
        let pays = |customer: &Customer| customer.subscription == Some("active");
        for (user, customers) in &of_users {
            let Some((named, plan)) = counting.get(*user) else {
                return Err(self.told(&format!("{user} has no record")));
            };
            let Some((_, customer)) = customers.iter().find(|(id, _)| id == named) else {
                return Err(self.told(&format!("{user} has {named}")));
            };
            if !pays(customer) && customers.iter().any(|(_, customer)| pays(customer)) {
                return Err(self.told(&format!("{user} has {named}, and pays with another")));
            }
            let expected = if pays(customer) { "paid" } else { "free" };
            if plan != expected {
                return Err(self.told(&format!("{user} has the plan {plan}")));
            }
        }
        if let Some(user) = counting
            .keys()
            .find(|user| !of_users.contains_key(user.as_str()))
        {
            return Err(self.told(&format!("{user} has somebody's customer")));
        }
        Ok(())
    }

    fn told(&self, what: &str) -> String {
        format!("{what}\n{}", self.trace.join("\n"))
    }
}

fn hmac(secret: &str, message: &str) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(message.as_bytes());
    mac.finalize().into_bytes().into()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut digits, byte| {
        write!(digits, "{byte:02x}").unwrap();
        digits
    })
}

fn token(user: &str) -> String {
    let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let claims = json!({
        "iss": "issuer", "aud": "audience", "sub": user, "iat": NOW, "exp": NOW + 60,
    });
    let signed = format!("{}.{}", part(json!({"alg": "HS256"})), part(claims));
    let signature = URL_SAFE_NO_PAD.encode(hmac(TOKEN_SECRET, &signed));
    format!("{signed}.{signature}")
}
