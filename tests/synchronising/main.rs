//! Synchronising, by a model: several instances on one store, whose steps come in any order, fail, and break off.
//!
//! For any order, duplication and interleaving of deliveries: once all were answered with 2xx, the records are what
//! Stripe's present state gives. And at no moment has a customer two users.

#![cfg(not(target_family = "wasm"))]

mod run;
mod stripe;
mod world;

use run::{Act, Chooser, Run};
use stripe::Change::{CheckOut, Create, Delete, Name, Subscribe};
use world::Fault;

use Act::{Asks, Happens};

/// Numbers that look random (Marsaglia's xorshift), so that a run can be repeated by its seed.
struct Random {
    state: u64,
    /// How many more steps may fail, and instances break down.
    mishaps: u32,
    last: usize,
}

impl Random {
    fn new(seed: u64, mishaps: u32) -> Self {
        Self {
            state: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1,
            mishaps,
            last: 0,
        }
    }

    fn next(&mut self) -> u64 {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        self.state >> 11
    }

    fn mishap(&mut self, one_in: u64) -> bool {
        let happens = self.mishaps > 0 && self.next().is_multiple_of(one_in);
        self.mishaps -= u32::from(happens);
        happens
    }
}

impl Chooser for Random {
    /// An instance goes on for some steps before another one does: faults show where one is overtaken by all that
    /// another one does, which even changes would hardly ever bring about.
    fn choose(&mut self, below: usize) -> usize {
        if self.next().is_multiple_of(6) {
            self.last = usize::try_from(self.next()).unwrap();
        }
        self.last % below
    }

    fn fault(&mut self) -> Option<Fault> {
        let kind = if self.next().is_multiple_of(2) {
            Fault::Before
        } else {
            Fault::After
        };
        self.mishap(15).then_some(kind)
    }

    fn crash(&mut self) -> bool {
        self.mishap(30)
    }
}

/// What may happen, and in how many deliveries it is told.
const SCENARIOS: &[&[Act]] = &[
    // A customer is created, subscribes, and cancels.
    &[
        Happens(Create("cus_1", Some("u")), 1),
        Happens(Subscribe("cus_1", "active"), 2),
        Happens(Subscribe("cus_1", "canceled"), 1),
    ],
    // A customer passes from one user to another, and back.
    &[
        Happens(Create("cus_1", Some("u")), 1),
        Happens(Subscribe("cus_1", "active"), 1),
        Happens(Name("cus_1", "v"), 1),
        Happens(Name("cus_1", "u"), 1),
    ],
    // A customer is deleted, and late events still come.
    &[
        Happens(Create("cus_1", Some("u")), 2),
        Happens(Subscribe("cus_1", "active"), 1),
        Happens(Delete("cus_1"), 1),
    ],
    // A checkout links a customer, beside events that name nobody.
    &[
        Happens(Create("cus_1", None), 1),
        Happens(CheckOut("cus_1", "u"), 1),
        Happens(Subscribe("cus_1", "active"), 1),
    ],
    // Users ask for themselves, meanwhile.
    &[
        Happens(Create("cus_1", Some("u")), 1),
        Asks("u"),
        Happens(Subscribe("cus_1", "active"), 1),
        Asks("u"),
        Happens(Name("cus_1", "v"), 1),
        Asks("u"),
        Asks("v"),
    ],
];

/// What may happen to users with several customers. Only the user's record knows of all of them, and a store without
/// transactions can lose what two write into it at the same moment, so different customers are not synchronised then.
const SCENARIOS_OF_SEVERAL: &[&[Act]] = &[
    // A user has two customers.
    &[
        Happens(Create("cus_1", Some("u")), 1),
        Happens(Create("cus_2", Some("u")), 1),
        Happens(Subscribe("cus_1", "active"), 1),
        Happens(Subscribe("cus_2", "active"), 1),
        Happens(Subscribe("cus_1", "canceled"), 1),
    ],
    // One of a user's customers goes to another user, one is deleted.
    &[
        Happens(Create("cus_1", Some("u")), 1),
        Happens(Create("cus_2", Some("u")), 1),
        Happens(Subscribe("cus_2", "active"), 1),
        Happens(Name("cus_2", "v"), 1),
        Happens(Delete("cus_1"), 1),
    ],
];

/// The first run of many in which something is wrong.
fn search(runs: u64, mishaps: u32, blind: bool) -> Option<String> {
    let one = SCENARIOS.iter().map(|acts| (acts, false));
    let several = SCENARIOS_OF_SEVERAL.iter().map(|acts| (acts, true));
    let scenarios: Vec<_> = one.chain(several).collect();
    (0..runs).find_map(|seed| {
        (0_u64..)
            .zip(&scenarios)
            .find_map(|(number, &(acts, apart))| {
                let mut random = Random::new(seed * 100 + number, mishaps);
                let told = Run::new(blind).act(acts, apart, &mut random).err()?;
                Some(format!("scenario {number}, seed {seed}: {told}"))
            })
    })
}

/// How often each scenario runs; `PORTICO_MODEL_RUNS` makes it more, for a night.
fn runs() -> u64 {
    std::env::var("PORTICO_MODEL_RUNS").map_or(80, |runs| runs.parse().unwrap())
}

fn finds_nothing(mishaps: u32) {
    if let Some(told) = search(runs(), mishaps, false) {
        panic!("{told}");
    }
}

#[test]
fn the_records_are_what_stripe_has_in_the_end_and_no_customer_is_two_users_in_between() {
    finds_nothing(0);
}

#[test]
fn steps_that_fail_and_instances_that_break_down_do_no_lasting_harm() {
    finds_nothing(6);
}

#[test]
fn without_the_second_look_at_the_tickets_the_last_word_is_not_stripes() {
    let told = search(300, 0, true);
    assert!(
        told.is_some(),
        "the model does not find what it is made to find"
    );
}

/// Every interleaving of a few requests that goes from one to another at most so many times.
struct Switching {
    /// How many choices are taken as they come, and then which other one.
    switches: Vec<(usize, usize)>,
    taken: usize,
    current: usize,
}

impl Chooser for Switching {
    fn choose(&mut self, below: usize) -> usize {
        if let Some(&(after, to)) = self.switches.first()
            && self.taken == after
        {
            self.switches.remove(0);
            self.current = to;
        }
        self.taken += 1;
        self.current % below
    }

    fn fault(&mut self) -> Option<Fault> {
        None
    }

    fn crash(&mut self) -> bool {
        false
    }
}

#[test]
fn two_deliveries_may_give_way_to_each_other_at_any_three_steps() {
    /// More steps than the three requests below have together.
    const STEPS: usize = 16;
    let acts = [
        Happens(Create("cus_1", Some("u")), 1),
        Happens(Subscribe("cus_1", "active"), 1),
        Happens(Name("cus_1", "v"), 1),
    ];
    for first in 0..STEPS {
        for second in first + 1..STEPS {
            for third in second + 1..STEPS {
                let switches = vec![(first, 1), (second, 0), (third, 2)];
                let mut chooser = Switching {
                    switches: switches.clone(),
                    taken: 0,
                    current: 0,
                };
                let outcome = Run::new(false).act(&acts, false, &mut chooser);
                assert_eq!(outcome, Ok(()), "{switches:?}");
            }
        }
    }
}
