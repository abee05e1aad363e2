//! One run: the world, the instances at work in it, and what must hold of it at every moment and in the end.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use portico::service::Service;
use serde_json::{Value, json};

use crate::onlooker::Onlooker;
use crate::requests::Request;
use crate::stripe::{Change, Customer};
use crate::world::{Counting, Fault, Platform, Waiting, World};

/// All users.
pub(crate) const USERS: [&str; 3] = ["u", "v", "w"];

/// A request that an instance is serving.
pub(crate) struct Instance {
    pub(crate) request: Request,
    pub(crate) waiting: Waiting,
    serving: Pin<Box<dyn Future<Output = Answered>>>,
}

/// The result of a request.
#[derive(Clone, Debug)]
pub(crate) struct Answered {
    pub(crate) status: u16,
    pub(crate) log_line: String,
}

pub(crate) struct Run {
    pub(crate) world: Rc<RefCell<World>>,
    counting: Counting,
    onlooker: Onlooker,
    /// The users whom anything has ever named for a customer.
    named: BTreeSet<(String, String)>,
    /// The customers that a checkout session has linked.
    linked: BTreeSet<String>,
}

impl Run {
    pub(crate) fn new(counting: Counting, traced: bool) -> Self {
        let world = Rc::new(RefCell::new(World {
            trace: traced.then(Vec::new),
            ..World::default()
        }));
        Self {
            onlooker: Onlooker::new(&world),
            world,
            counting,
            named: BTreeSet::new(),
            linked: BTreeSet::new(),
        }
    }

    fn note(&self, what: impl FnOnce() -> String) {
        self.world.borrow_mut().note(what);
    }

    /// Something happens at Stripe; returns its event.
    pub(crate) fn happens(&mut self, change: Change) -> Request {
        self.note(|| format!("{change:?}"));
        if let Some((customer, user)) = change.names() {
            self.named.insert((customer.to_owned(), user.to_owned()));
        }
        Request::Event(self.world.borrow_mut().stripe.make(change))
    }

    /// The operator writes a user's record.
    pub(crate) fn operator_writes(&mut self, user: &str, customer: &str) {
        self.note(|| format!("the operator writes that {customer} is {user}'s"));
        self.named.insert((customer.to_owned(), user.to_owned()));
        let record = json!({"stripe_customer_id": customer, "plan": "paid"}).to_string();
        let mut world = self.world.borrow_mut();
        world
            .values
            .insert(format!("customer:{user}"), record.into_bytes());
        world.changed = true;
    }

    /// The operator deletes a record.
    pub(crate) fn operator_deletes(&mut self, key: &str) {
        self.note(|| format!("the operator deletes {key}"));
        let mut world = self.world.borrow_mut();
        world.values.remove(key);
        world.changed = true;
    }

    /// An instance takes a request, and stops before its first step.
    pub(crate) fn begin(&self, request: Request) -> Instance {
        self.note(|| format!("begin {request:?}"));
        let waiting = Waiting::default();
        // An instance for each request: nothing but the store is shared.
        let service = Service::new(Platform::new(&self.world, self.counting, &waiting));
        let served = request.clone();
        let serving = Box::pin(async move {
            let served = served.serve(&service).await;
            Answered {
                status: served.response.status().as_u16(),
                log_line: served.log_line,
            }
        });
        let mut instance = Instance {
            request,
            waiting,
            serving,
        };
        assert!(poll(&mut instance).is_none(), "no request is that simple");
        instance
    }

    /// Lets an instance take one of the steps that it waits for, and checks that no session then opens what it must
    /// not.
    pub(crate) fn step(
        &mut self,
        instance: &mut Instance,
        step: usize,
        fault: Option<Fault>,
    ) -> Result<Option<Answered>, String> {
        self.note(|| format!("  {:?}", instance.request));
        self.world.borrow_mut().fault = fault;
        instance.waiting.grant(step, &self.world);
        let answered = poll(instance);
        if let Some(answered) = &answered {
            self.note(|| format!("  {} {}", answered.status, answered.log_line));
            self.learn(&instance.request, answered);
        }
        self.check_always()?;
        Ok(answered)
    }

    fn learn(&mut self, request: &Request, answered: &Answered) {
        let Request::Event(event) = request else {
            return;
        };
        let object = &event["data"]["object"];
        let names = !object["client_reference_id"].is_null() || !object["metadata"].is_null();
        if names && answered.log_line.contains(r#""outcome":"synced""#) {
            self.linked
                .insert(object["customer"].as_str().unwrap().to_owned());
        }
    }

    /// An instance goes on to its end.
    pub(crate) fn finish(&mut self, mut instance: Instance) -> Result<Answered, String> {
        loop {
            if let Some(answered) = self.step(&mut instance, 0, None)? {
                return Ok(answered);
            }
        }
    }

    /// A request is served, and nothing comes between.
    pub(crate) fn serve(&mut self, request: Request) -> Result<Answered, String> {
        let instance = self.begin(request);
        self.finish(instance)
    }

    /// Something happens, and its event is taken.
    pub(crate) fn told(&mut self, change: Change) -> Result<(), String> {
        let event = self.happens(change);
        let answered = self.serve(event)?;
        (answered.status == 200)
            .then_some(())
            .ok_or_else(|| self.fault(&format!("{answered:?}")))
    }

    /// No two users' sessions open one customer, and none opens one that `stripe:<customer>` gives to somebody else, or
    /// to nobody unless the operator does.
    fn check_always(&mut self) -> Result<(), String> {
        if !std::mem::take(&mut self.world.borrow_mut().changed) {
            return Ok(());
        }
        let mut openers = BTreeMap::new();
        for user in USERS {
            let Some(customer) = self.onlooker.opens(user) else {
                continue;
            };
            if let Some(other) = openers.insert(customer.clone(), user) {
                return Err(self.fault(&format!("{user} and {other} open {customer}")));
            }
            let owner = self.owner_record(&customer);
            let operators = self
                .record(user)
                .is_some_and(|it| it["synced_at"].is_null());
            let given = owner
                .as_ref()
                .map_or(operators, |owner| owner["user"] == user);
            if !given {
                return Err(self.fault(&format!("{user} opens {customer} of {owner:?}")));
            }
        }
        Ok(())
    }

    fn read(&self, key: &str) -> Option<Value> {
        let world = self.world.borrow();
        Some(serde_json::from_slice(world.values.get(key)?).unwrap())
    }

    fn record(&self, user: &str) -> Option<Value> {
        self.read(&format!("customer:{user}"))
    }

    fn owner_record(&self, customer: &str) -> Option<Value> {
        self.read(&format!("stripe:{customer}"))
    }

    /// The records are what Stripe's present state gives. A record that the operator wrote last, and that nothing has
    /// touched since, is the operator's.
    pub(crate) fn check_in_the_end(&self) -> Result<(), String> {
        let mut of_users: BTreeMap<String, Vec<Candidate>> = BTreeMap::new();
        let stripe = self.world.borrow().stripe.clone();
        for (id, customer) in &stripe.0 {
            let Some((user, by_metadata)) = self.owner(id, customer) else {
                if self.linked.contains(*id) && !customer.deleted {
                    return Err(self.fault(&format!("{id} was linked, and is nobody's")));
                }
                continue;
            };
            if !self.named.contains(&((*id).to_owned(), user.clone())) {
                return Err(self.fault(&format!("nothing ever said that {id} is {user}'s")));
            }
            of_users.entry(user).or_default().push(Candidate {
                id: (*id).to_owned(),
                pays: customer.pays(),
                by_metadata,
            });
        }
        for user in USERS {
            let record = self.record(user);
            if record.is_some_and(|record| record["synced_at"].is_null()) {
                continue;
            }
            let candidates = of_users.remove(user).unwrap_or_default();
            let opens = self.onlooker.opens(user);
            let Some(best) = candidates.iter().map(Candidate::rank).max() else {
                if let Some(opens) = opens {
                    return Err(self.fault(&format!("{user} opens {opens}, which is gone")));
                }
                continue;
            };
            let Some(opens) = opens else {
                return Err(self.fault(&format!("{user} has customers, and opens none")));
            };
            let Some(named) = candidates.iter().find(|candidate| candidate.id == opens) else {
                return Err(self.fault(&format!("{user} opens {opens}, another's")));
            };
            if named.rank() != best {
                return Err(self.fault(&format!("{user} has a better one than {opens}")));
            }
            let (plan, expected) = (
                self.onlooker.plan(user),
                if named.pays { "paid" } else { "free" },
            );
            if plan != expected {
                return Err(self.fault(&format!("{user} has the plan {plan}")));
            }
        }
        Ok(())
    }

    /// Returns a customer's user, and whether metadata names that user.
    fn owner(&self, id: &str, customer: &Customer) -> Option<(String, bool)> {
        if customer.deleted {
            return None;
        }
        if let Some(user) = customer.named() {
            return Some((user.to_owned(), true));
        }
        let owner = self.owner_record(id)?;
        let user = owner["user"].as_str().unwrap().to_owned();
        Some((user, owner["by"] != "reference"))
    }

    pub(crate) fn fault(&self, what: &str) -> String {
        let world = self.world.borrow();
        let trace = world.trace.as_ref().map(|trace| trace.join("\n"));
        format!("{what}\n{}\n{:#?}", trace.unwrap_or_default(), world.stripe)
    }
}

/// A customer that the user's record may name.
struct Candidate {
    id: String,
    pays: bool,
    by_metadata: bool,
}

impl Candidate {
    fn rank(&self) -> (bool, bool) {
        (self.pays, self.by_metadata)
    }
}

fn poll(instance: &mut Instance) -> Option<Answered> {
    // A future may wake itself; it waits for a step only when it has nothing else to do.
    for _ in 0..100 {
        match instance
            .serving
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()))
        {
            Poll::Ready(answered) => return Some(answered),
            Poll::Pending if instance.waiting.len() > 0 => return None,
            Poll::Pending => {}
        }
    }
    panic!("{:?} waits for nothing", instance.request);
}
