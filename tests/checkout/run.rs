//! One run: the user's calls, the changes at Stripe meanwhile, and the choice of the next step.

use std::cell::RefCell;
use std::fmt::{self, Write as _};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::LazyLock;
use std::task::{Context, Poll, Waker};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, HeaderValue, Method};
use portico::inbound::{Head, Inbound};
use portico::service::Service;
use serde_json::{Value, json};
use sha2::Sha256;

use crate::random::Random;
use crate::stripe::{NOW, Omission, Stripe, index};
use crate::world::{Fault, Kept, Platform, TOKEN_SECRET, WEBHOOK_SECRET, World};

/// The user who subscribes.
const USER: &str = "u";

/// The events that a run may have, and their number.
#[derive(Clone, Copy, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of its own, which a mix names"
)]
pub(crate) struct Mix {
    pub(crate) name: &'static str,
    /// The number of times that the user asks.
    pub(crate) calls: usize,
    /// True if the calls are for different prices.
    pub(crate) choices: bool,
    /// True if each host has a store of its own.
    pub(crate) apart: bool,
    /// True if the hosts' configurations differ.
    pub(crate) differs: bool,
    /// True if Stripe's events are delivered.
    pub(crate) events: bool,
    pub(crate) payments: u32,
    pub(crate) ends: u32,
    pub(crate) expiries: u32,
    pub(crate) deletions: u32,
    pub(crate) anothers_sessions: u32,
    pub(crate) operators_customers: u32,
    pub(crate) days: u32,
    /// Steps that fail, and instances that break down.
    pub(crate) mishaps: u32,
    /// Calls that fail at Stripe's endpoint, and are kept.
    pub(crate) failures: u32,
}

/// A request that a host serves.
#[derive(Clone)]
enum Task {
    /// The user asks for a price, on a host.
    Checkout { host: usize, price: &'static str },
    /// An event is delivered to a host.
    Event { host: usize, event: Value },
}

impl fmt::Debug for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Checkout { host, price } => write!(f, "checkout of {price} on {host}"),
            Self::Event { host, event } => {
                write!(f, "{} {} on {host}", event["type"], event["data"]["object"])
            }
        }
    }
}

struct Running {
    task: Task,
    /// The step at which it began.
    began: usize,
    /// The step at which it looked at the sessions for the last time, or asked for one.
    looked: usize,
    /// The number of the instance.
    number: usize,
    future: Pin<Box<dyn Future<Output = (u16, Value, String)>>>,
}

/// The number of answers of each kind.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) pages: usize,
    pub(crate) subscribed: usize,
    pub(crate) failed: usize,
    pub(crate) steps: usize,
}

/// A run under way.
pub(crate) struct Run {
    world: Rc<RefCell<World>>,
    /// An instance on each host. Between requests it keeps its configuration and the tokens that it has seen.
    hosts: [Rc<Service<Platform>>; 2],
    random: Random,
    mix: Mix,
    mishaps: u32,
    running: Vec<Running>,
    waiting: Vec<Task>,
    instances: usize,
    step: usize,
    last: usize,
    tally: Tally,
    trace: Option<Vec<String>>,
}

impl Run {
    pub(crate) fn new(mix: &Mix, omission: Omission, seed: u64, traced: bool) -> Self {
        let stripe = Stripe::new(Random::new(seed ^ 0x5_0000_0000), mix.failures, omission);
        let world = World {
            stripe,
            stores: vec![Kept::default(), Kept::default()],
            fault: None,
            last: String::new(),
            looked: false,
        };
        let world = Rc::new(RefCell::new(world));
        let hosts = [0, 1].map(|host| {
            let store = if mix.apart { host } else { 0 };
            let differs = mix.differs && host == 1;
            Rc::new(Service::new(Platform::new(&world, store, differs, host)))
        });
        Self {
            world,
            hosts,
            random: Random::new(seed),
            mix: *mix,
            mishaps: mix.mishaps,
            running: Vec::new(),
            waiting: Vec::new(),
            instances: 0,
            step: 0,
            last: 0,
            tally: Tally::default(),
            trace: traced.then(Vec::new),
        }
    }

    /// Runs until everybody who asked was answered, and then asks once more on each host. The error says that there was
    /// a second page, subscription or customer, that a page was dead, or that somebody is locked out in the end.
    pub(crate) fn run(mut self) -> Result<Tally, String> {
        let mut calls = self.mix.calls;
        loop {
            self.count()?;
            let over = calls == 0 && self.running.is_empty() && self.waiting.is_empty();
            if over && self.world.borrow().stripe.abandoned().is_empty() {
                break;
            }
            if self.random.one_in(8) {
                self.happen();
            } else if calls > 0 && self.may_ask() && self.random.one_in(6) {
                calls -= 1;
                let task = Task::Checkout {
                    host: self.random.below(2),
                    price: if self.mix.choices && self.random.one_in(2) {
                        "b"
                    } else {
                        "a"
                    },
                };
                self.begin(task);
            } else if !self.waiting.is_empty() && self.running.len() < 4 && self.random.one_in(4) {
                let chosen = self.random.below(self.waiting.len());
                let task = self.waiting.swap_remove(chosen);
                self.begin(task);
            } else if !self.running.is_empty() {
                self.poll()?;
            } else {
                self.finish_abandoned();
            }
            self.check()?;
        }
        self.ask_once_more()?;
        self.tally.steps = self.step;
        Ok(self.tally)
    }

    /// Returns true if the user may ask now. An operator's customers are made while nobody asks, and the store then
    /// knows them: the customer that a call is for must not change under its hands.
    fn may_ask(&self) -> bool {
        let told = |task: &Task| matches!(task, Task::Checkout { .. });
        let knows = self.waiting.is_empty() && self.running.iter().all(|one| told(&one.task));
        self.running.len() < 4 && (self.mix.operators_customers == 0 || knows)
    }

    fn count(&mut self) -> Result<(), String> {
        self.step += 1;
        self.world.borrow_mut().stripe.step = self.step;
        if self.step > 20_000 {
            return Err(self.told("it does not come to an end"));
        }
        Ok(())
    }

    /// Checks that nobody is locked out: one call alone gets a page, unless there is a subscription.
    fn ask_once_more(&mut self) -> Result<(), String> {
        self.mishaps = 0;
        self.world.borrow_mut().stripe.failures = 0;
        for (host, price) in [(0, "a"), (1, "a"), (1, "b"), (0, "b"), (0, "a")] {
            let answered = self.tally.pages + self.tally.subscribed;
            self.trace(|| format!("at last, host {host} is asked for {price}"));
            self.begin(Task::Checkout { host, price });
            while !self.running.is_empty() {
                self.count()?;
                self.poll()?;
                self.check()?;
            }
            self.waiting.clear();
            if self.tally.pages + self.tally.subscribed == answered {
                return Err(self.told("the user is locked out"));
            }
        }
        Ok(())
    }

    /// Lets Stripe finish all work that nobody waits for any more.
    fn finish_abandoned(&mut self) {
        let abandoned = self.world.borrow().stripe.abandoned();
        if let Some(id) = abandoned.first() {
            self.trace(|| format!("Stripe finishes {id}"));
            self.world.borrow_mut().stripe.finish(*id);
        }
    }

    /// Lets something happen that nobody at Portico does.
    fn happen(&mut self) {
        if self.random.one_in(6) {
            return self.finish_abandoned();
        }
        let Self {
            world, random, mix, ..
        } = self;
        let mut world = world.borrow_mut();
        let stripe = &mut world.stripe;
        // If a user has several customers, no other page than Portico's is paid while the user asks: the record, and
        // with it the customer that a call is for, could be another one's under its hands.
        let quiet = self.running.is_empty() || mix.operators_customers == 0;
        let open: Vec<_> = (0..stripe.sessions.len())
            .filter(|id| stripe.sessions[*id].status == "open")
            .filter(|id| quiet || stripe.sessions[*id].is_own())
            .collect();
        let live: Vec<_> = (0..stripe.subscriptions.len())
            .filter(|id| stripe.is_live(*id))
            .collect();
        let living: Vec<_> = (0..stripe.customers.len())
            .filter(|id| !stripe.customers[*id].deleted)
            .collect();
        let mut happened = String::new();
        let mut one_of = |ids: &[usize], budget: &mut u32, random: &mut Random, what: &str| {
            let happens = *budget > 0 && !ids.is_empty();
            happens.then(|| {
                *budget -= 1;
                let id = ids[random.below(ids.len())];
                happened = format!("{what} {id}");
                id
            })
        };
        match random.below(11) {
            0 | 1 => {
                if let Some(id) = one_of(&open, &mut mix.payments, random, "paid") {
                    stripe.pay(id);
                }
            }
            2 => {
                if let Some(id) = one_of(&live, &mut mix.ends, random, "ended") {
                    stripe.end(id);
                }
            }
            3 => {
                if let Some(id) = one_of(&open, &mut mix.expiries, random, "expired") {
                    stripe.close(id, "expired");
                }
            }
            4 => {
                if let Some(id) = one_of(&open, &mut mix.expiries, random, "nearly expired") {
                    stripe.sessions[id].expires_at = NOW + 300;
                }
            }
            5 => {
                if let Some(id) = one_of(&living, &mut mix.deletions, random, "deleted") {
                    stripe.delete(id);
                }
            }
            6 => {
                if let Some(id) = one_of(
                    &living,
                    &mut mix.anothers_sessions,
                    random,
                    "another's session of",
                ) {
                    stripe.add_anothers(id);
                }
            }
            7 => {
                if self.running.is_empty()
                    && one_of(
                        &[0],
                        &mut mix.operators_customers,
                        random,
                        "operator's customer",
                    )
                    .is_some()
                {
                    stripe.add_customer(USER, false);
                }
            }
            8 => {
                stripe.catch_up();
                "search catches up".clone_into(&mut happened);
            }
            9 => {
                stripe.next_second();
                "a second passes".clone_into(&mut happened);
            }
            _ => {
                if self.running.is_empty()
                    && one_of(&[0], &mut mix.days, random, "a day passes").is_some()
                {
                    stripe.next_day();
                }
            }
        }
        let events = std::mem::take(&mut stripe.events);
        drop(world);
        self.trace(|| happened);
        self.deliver(events);
    }

    fn deliver(&mut self, events: Vec<Value>) {
        if !self.mix.events {
            return;
        }
        for event in events {
            let host = self.random.below(2);
            self.waiting.push(Task::Event { host, event });
        }
    }

    fn begin(&mut self, task: Task) {
        self.instances += 1;
        let number = self.instances;
        self.trace(|| format!("{number} begins: {task:?}"));
        let (host, path, header, body) = match &task {
            Task::Checkout { host, price } => {
                let header = ("authorization", TOKEN.clone());
                (
                    *host,
                    "/api/v1/billing/checkout",
                    header,
                    json!({ "price": price }).to_string(),
                )
            }
            Task::Event { host, event } => {
                let body = event.to_string();
                let signature = hex(&hmac(WEBHOOK_SECRET, &format!("{NOW}.{body}")));
                let header = ("stripe-signature", format!("t={NOW},v1={signature}"));
                (*host, "/api/v1/billing/webhook", header, body)
            }
        };
        let service = Rc::clone(&self.hosts[host]);
        let mut headers = HeaderMap::new();
        headers.insert(header.0, HeaderValue::from_str(&header.1).unwrap());
        headers.insert("content-type", HeaderValue::from_static("application/json"));
        let head = Head {
            method: Method::POST,
            path: path.to_owned(),
            query: None,
            headers,
        };
        let future = Box::pin(async move {
            let body = body.into_bytes();
            let inbound = Inbound {
                head,
                body: body.as_slice(),
            };
            let served = service.serve(inbound).await;
            let answer = serde_json::from_slice(served.response.body()).unwrap();
            (served.response.status().as_u16(), answer, served.log_line)
        });
        self.running.push(Running {
            task,
            began: self.step,
            looked: self.step,
            number,
            future,
        });
    }

    /// Takes a step of a task: mostly of the one that took the last one, since faults show where one is overtaken by
    /// all the steps of another one.
    fn poll(&mut self) -> Result<(), String> {
        if self.random.one_in(5) {
            self.last = self.random.below(1_000);
        }
        let chosen = self.last % self.running.len();
        let mut mishap = |one_in| {
            let happens = self.mishaps > 0 && self.random.one_in(one_in);
            self.mishaps -= u32::from(happens);
            happens
        };
        if mishap(40) {
            let Running { task, number, .. } = self.running.swap_remove(chosen);
            self.trace(|| format!("{number} breaks down"));
            if let Task::Event { .. } = task {
                self.waiting.push(task);
            }
            return Ok(());
        }
        let fault = mishap(25);
        let fault = fault.then(|| {
            if self.random.one_in(2) {
                Fault::Before
            } else {
                Fault::After
            }
        });
        self.world.borrow_mut().fault = fault;
        let Running {
            future,
            number,
            looked,
            ..
        } = &mut self.running[chosen];
        let polled = future
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()));
        let mut world = self.world.borrow_mut();
        let last = std::mem::take(&mut world.last);
        world.fault = None;
        if std::mem::take(&mut world.looked) {
            *looked = self.step;
        }
        let events = std::mem::take(&mut world.stripe.events);
        drop(world);
        if let Some(trace) = &mut self.trace
            && !last.is_empty()
        {
            let fault = fault.map_or(String::new(), |fault| format!(" fails {fault:?} it"));
            trace.push(format!("{} {number}: {last}{fault}", self.step));
        }
        self.deliver(events);
        if let Poll::Ready((status, answer, line)) = polled {
            let Running {
                task,
                began,
                looked,
                number,
                ..
            } = self.running.swap_remove(chosen);
            self.trace(|| format!("{number} {task:?}: {status} {answer} {line}"));
            match task {
                Task::Checkout { .. } => self.judge(began, looked, status, &answer)?,
                Task::Event { .. } if status >= 500 => self.waiting.push(task),
                Task::Event { .. } => assert_eq!(status, 200, "{task:?} {answer}"),
            }
        }
        Ok(())
    }

    /// Checks an answer. A page could be paid when the call that hands it out looked at it, and a user who is refused
    /// had a subscription at some moment of the call.
    fn judge(
        &mut self,
        began: usize,
        looked: usize,
        status: u16,
        answer: &Value,
    ) -> Result<(), String> {
        let world = self.world.borrow();
        let stripe = &world.stripe;
        match status {
            200 => {
                let session = &stripe.sessions[index(answer["url"].as_str().unwrap())];
                if session.dead.is_some_and(|dead| dead < looked) {
                    return Err(self.told("a dead page was handed out"));
                }
                self.tally.pages += 1;
            }
            409 => {
                let over = |over: Option<usize>| over.is_some_and(|over| over < began);
                if stripe.subscriptions.iter().all(|one| over(one.over)) {
                    return Err(self.told("a user without a subscription was refused"));
                }
                self.tally.subscribed += 1;
            }
            500 if self.mix.mishaps + self.mix.failures == 0 => {
                return Err(self.told("a call failed, and nothing was wrong"));
            }
            500 => self.tally.failed += 1,
            _ => return Err(self.told(&format!("the answer is {status} {answer}"))),
        }
        Ok(())
    }

    /// Checks the promises that hold at every moment.
    fn check(&self) -> Result<(), String> {
        let world = self.world.borrow();
        let stripe = &world.stripe;
        let open = stripe
            .sessions
            .iter()
            .filter(|one| one.status == "open" && one.is_own());
        let live = stripe
            .subscriptions
            .iter()
            .filter(|one| one.over.is_none() && one.made);
        let living = stripe
            .customers
            .iter()
            .filter(|one| !one.deleted && one.made);
        let trials = |customer| {
            let of_customer = stripe
                .subscriptions
                .iter()
                .filter(move |one| one.customer == customer);
            of_customer.filter(|one| one.trial && one.made).count()
        };
        // A page beside a subscription would be a second subscription.
        let (open, live) = (open.count(), live.count());
        if open + live > 1 {
            return Err(self.told(&format!(
                "there are {} pages and subscriptions",
                open + live
            )));
        }
        if living.count() > 1 {
            return Err(self.told("there are several customers"));
        }
        if (0..stripe.customers.len()).any(|customer| trials(customer) > 1) {
            return Err(self.told("a customer has a second trial"));
        }
        Ok(())
    }

    fn trace(&mut self, what: impl FnOnce() -> String) {
        if let Some(trace) = &mut self.trace {
            let what = what();
            if !what.is_empty() {
                trace.push(format!("{} {what}", self.step));
            }
        }
    }

    fn told(&self, what: &str) -> String {
        let trace = self.trace.as_ref().map(|trace| trace.join("\n"));
        format!("{what}\n{}", trace.unwrap_or_default())
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

/// The user's token, which every call carries.
static TOKEN: LazyLock<String> = LazyLock::new(|| {
    let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let claims = json!({
        "iss": "issuer", "aud": "audience", "sub": USER, "iat": NOW, "exp": NOW + 60,
    });
    let signed = format!("{}.{}", part(json!({"alg": "HS256"})), part(claims));
    let signature = URL_SAFE_NO_PAD.encode(hmac(TOKEN_SECRET, &signed));
    format!("Bearer {signed}.{signature}")
});
