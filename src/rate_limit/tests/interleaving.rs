//! Several instances count on one store, a step at a time, in any order. Their clocks differ, steps fail with and without
//! an effect, and instances break down between two steps.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use super::*;
use crate::platform::NoRedis;
use crate::redis::RedisServer;

/// The length of a window, in milliseconds.
const WINDOW_MS: u64 = 1_000;

/// The requests that a window admits.
const LIMIT: u64 = 3;

/// A sequence of numbers that a seed decides (xorshift).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % bound
    }

    fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }
}

/// The faults of a step.
#[derive(Clone, Copy)]
enum Fault {
    Refused,
    AnswerLost,
}

/// The state that all instances share.
#[derive(Default)]
struct World {
    now_ms: Cell<u64>,
    values: RefCell<BTreeMap<String, Vec<u8>>>,
    counters: RefCell<BTreeMap<String, i64>>,
    fault: Cell<Option<Fault>>,
}

impl World {
    fn keys(&self) -> BTreeSet<String> {
        let values = self.values.borrow();
        let counters = self.counters.borrow();
        values.keys().chain(counters.keys()).cloned().collect()
    }
}

/// The world as one request of an instance sees it.
struct View {
    world: Rc<World>,
    ahead_ms: u64,
    /// The counter that it added to last.
    last: RefCell<Option<String>>,
}

impl View {
    /// A step, which others may precede.
    async fn step<T>(&self, does: impl FnOnce(&World) -> T) -> anyhow::Result<T> {
        let mut waited = false;
        std::future::poll_fn(|_| {
            if std::mem::replace(&mut waited, true) {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
        .await;
        match self.world.fault.take() {
            Some(Fault::Refused) => anyhow::bail!("refused"),
            Some(Fault::AnswerLost) => {
                does(&self.world);
                anyhow::bail!("the answer was lost")
            }
            None => Ok(does(&self.world)),
        }
    }
}

impl Clock for View {
    fn now(&self) -> Duration {
        Duration::from_millis(self.world.now_ms.get() + self.ahead_ms)
    }

    fn monotonic(&self) -> Duration {
        Duration::ZERO
    }

    async fn sleep(&self, _: Duration) {}
}

impl Store for View {
    async fn check(&self) -> anyhow::Result<()> {
        Ok(())
    }

    async fn get(&self, key: &str) -> anyhow::Result<Option<Vec<u8>>> {
        self.step(|world| world.values.borrow().get(key).cloned())
            .await
    }

    async fn set(&self, key: &str, value: &[u8]) -> anyhow::Result<()> {
        let set = |world: &World| {
            world
                .values
                .borrow_mut()
                .insert(key.to_owned(), value.to_vec())
        };
        self.step(set).await.map(drop)
    }

    async fn delete(&self, _: &str) -> anyhow::Result<()> {
        anyhow::bail!("no value is ever removed")
    }
}

impl Counters for View {
    fn count_on(&self, _: &RedisServer) -> Result<(), NoRedis> {
        Err(NoRedis)
    }

    async fn increment(&self, key: &str, delta: i64) -> anyhow::Result<i64> {
        let add = |world: &World| {
            let mut counters = world.counters.borrow_mut();
            let counter = counters.entry(key.to_owned()).or_default();
            *counter += delta;
            *counter
        };
        let value = self.step(add).await?;
        *self.last.borrow_mut() = Some(key.to_owned());
        Ok(value)
    }

    async fn remove(&self, key: &str) -> anyhow::Result<()> {
        self.step(|world| world.counters.borrow_mut().remove(key))
            .await
            .map(drop)
    }
}

/// An instance: how far its clock is ahead, and what it remembers.
struct Instance {
    ahead_ms: u64,
    counts: Rc<LocalCounts>,
}

/// A request under way: when it began, and what comes of it.
struct Running {
    instance: usize,
    began_ms: u64,
    /// The counter that judged it, and whether it was admitted; `None` where the instance counted alone.
    judged: Pin<Box<dyn Future<Output = Option<Judged>>>>,
}

/// A counter, and whether it admitted the request.
type Judged = (String, bool);

async fn request(view: View, counts: Rc<LocalCounts>) -> Option<Judged> {
    let limit = limit(LIMIT, WINDOW_MS / 1_000);
    let asked = admit(&view, &counts, &limit, &user(), "/portal").await;
    let counter = view.last.borrow_mut().take()?;
    asked
        .alone
        .is_none()
        .then_some((counter, asked.admission.admitted))
}

/// The faults that a run may have.
#[derive(Clone, Copy)]
struct Mishaps {
    faults: bool,
    crashes: bool,
}

/// Runs requests of several instances, and then lets the user come back until nothing is left of it but two keys.
fn run(seed: u64, mishaps: Mishaps) -> Result<(), String> {
    let mut numbers = Numbers(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let world = Rc::new(World::default());
    world
        .now_ms
        .set(1_000_000 * WINDOW_MS + numbers.below(WINDOW_MS));
    // The difference of clocks, and the time that a request may take, are less than a window together.
    let most_ahead = numbers.below(WINDOW_MS * 6 / 10) + 1;
    let longest = WINDOW_MS - most_ahead - 1;
    let mut instances: Vec<Instance> = (0..=numbers.below(3))
        .map(|_| Instance {
            ahead_ms: numbers.below(most_ahead),
            counts: Rc::default(),
        })
        .collect();
    let mut running: Vec<Running> = Vec::new();
    let mut admitted: BTreeMap<String, u64> = BTreeMap::new();
    for _ in 0..200 {
        match numbers.below(10) {
            0 | 1 if running.len() < 6 => {
                let number = usize::try_from(numbers.below(instances.len() as u64)).unwrap();
                let instance = &instances[number];
                let view = View {
                    world: Rc::clone(&world),
                    ahead_ms: instance.ahead_ms,
                    last: RefCell::default(),
                };
                running.push(Running {
                    instance: number,
                    began_ms: world.now_ms.get(),
                    judged: Box::pin(request(view, Rc::clone(&instance.counts))),
                });
            }
            2 => {
                // Time passes, but for nobody longer than a request may take.
                let oldest = running.iter().map(|running| running.began_ms).min();
                let most =
                    oldest.map_or(WINDOW_MS * 3, |began| began + longest - world.now_ms.get());
                world
                    .now_ms
                    .set(world.now_ms.get() + numbers.below(most + 1));
            }
            3 if mishaps.crashes && numbers.one_in(6) => {
                let broken = usize::try_from(numbers.below(instances.len() as u64)).unwrap();
                running.retain(|running| running.instance != broken);
                instances[broken].counts = Rc::default();
            }
            _ if running.is_empty() => {}
            _ => {
                let chosen = usize::try_from(numbers.below(running.len() as u64)).unwrap();
                if mishaps.faults && numbers.one_in(12) {
                    let fault = if numbers.one_in(2) {
                        Fault::Refused
                    } else {
                        Fault::AnswerLost
                    };
                    world.fault.set(Some(fault));
                }
                let mut context = Context::from_waker(Waker::noop());
                let polled = running[chosen].judged.as_mut().poll(&mut context);
                world.fault.set(None);
                if let Poll::Ready(judged) = polled {
                    drop(running.swap_remove(chosen));
                    if let Some((counter, true)) = judged {
                        let admitted = admitted.entry(counter).or_default();
                        *admitted += 1;
                        if *admitted > LIMIT {
                            return Err(format!("seed {seed}: a window admits {admitted}"));
                        }
                    }
                }
            }
        }
        let keys = world.keys();
        if keys.len() > 4 {
            return Err(format!("seed {seed}: {keys:?}"));
        }
    }
    drop(running);
    for _ in 0..2 {
        world
            .now_ms
            .set(world.now_ms.get() + WINDOW_MS * (3 + numbers.below(1_000)));
        let view = View {
            world: Rc::clone(&world),
            ahead_ms: 0,
            last: RefCell::default(),
        };
        let mut coming_back = Box::pin(request(view, Rc::default()));
        let mut context = Context::from_waker(Waker::noop());
        while coming_back.as_mut().poll(&mut context).is_pending() {}
    }
    let keys = world.keys();
    if keys.len() != 2 {
        return Err(format!("seed {seed}: in the end there are {keys:?}"));
    }
    Ok(())
}

fn run_all(runs: u64, mishaps: Mishaps) {
    for seed in 0..runs {
        run(seed, mishaps).unwrap();
    }
}

#[test]
fn no_order_of_steps_admits_more_than_the_limit_or_leaves_a_key_behind() {
    run_all(
        2_000,
        Mishaps {
            faults: false,
            crashes: false,
        },
    );
}

#[test]
fn steps_that_fail_admit_no_more_and_leave_no_key_behind() {
    run_all(
        2_000,
        Mishaps {
            faults: true,
            crashes: false,
        },
    );
}

#[test]
fn instances_that_break_down_between_any_two_steps_leave_no_key_behind() {
    run_all(
        2_000,
        Mishaps {
            faults: false,
            crashes: true,
        },
    );
    run_all(
        2_000,
        Mishaps {
            faults: true,
            crashes: true,
        },
    );
}
