//! Synchronising, by a model: several instances on one store, whose steps come in any order, fail, and break off.
//!
//! At no moment, between no two steps, does a session open a customer that is another user's. Once all deliveries were
//! answered with 2xx, the records are what Stripe's present state gives.

#![cfg(not(target_family = "wasm"))]

mod onlooker;
mod random;
mod requests;
mod run;
mod schedules;
mod stripe;
mod world;

use std::time::Instant;

use random::{Mix, Wrong};
use world::Counting;

/// The number of schedules of each mix that run; `PORTICO_MODEL_RUNS` makes it more.
fn runs() -> u64 {
    std::env::var("PORTICO_MODEL_RUNS").map_or(1_000, |runs| runs.parse().unwrap())
}

/// The number of schedules, of so many, in which the records were not right in the end.
fn wrong_in_the_end(mix: Mix) -> u64 {
    let (runs, began, mut wrong) = (runs(), Instant::now(), 0);
    for seed in 0..runs {
        match random::run(&mix, seed, false) {
            Ok(()) => {}
            Err(Wrong::Ever(_)) => {
                let told = random::run(&mix, seed, true).unwrap_err();
                let Wrong::Ever(told) = told else {
                    unreachable!()
                };
                panic!("seed {seed} of {mix:?}: {told}");
            }
            Err(Wrong::InTheEnd(_)) => {
                wrong += 1;
                if std::env::var_os("PORTICO_MODEL_TRACE").is_some() {
                    let Wrong::InTheEnd(told) = random::run(&mix, seed, true).unwrap_err() else {
                        unreachable!()
                    };
                    println!("seed {seed}: {told}");
                }
            }
        }
    }
    println!(
        "{wrong} of {runs} schedules in {:.1} s: {mix:?}",
        began.elapsed().as_secs_f64()
    );
    wrong
}

const ONE: Mix = Mix {
    customers: 1,
    users: 2,
    counting: Counting::Shared,
    operator: false,
    mishaps: 0,
};

const SEVERAL: Mix = Mix {
    customers: 4,
    users: 3,
    ..ONE
};

#[test]
fn one_customer_is_right_in_the_end() {
    assert_eq!(wrong_in_the_end(ONE), 0);
}

#[test]
fn one_customer_is_right_in_the_end_whatever_fails() {
    within_one_in_10_000(Mix { mishaps: 4, ..ONE });
}

#[test]
fn several_customers_are_right_in_the_end() {
    within_one_in_10_000(SEVERAL);
}

#[test]
fn several_customers_are_right_in_the_end_whatever_fails() {
    within_one_in_10_000(Mix {
        mishaps: 6,
        ..SEVERAL
    });
}

#[test]
fn several_customers_are_right_in_the_end_beside_the_operators_records() {
    within_one_in_10_000(Mix {
        operator: true,
        mishaps: 4,
        ..SEVERAL
    });
}

#[test]
fn without_shared_counters_one_customer_is_right_in_the_end() {
    within_one_in_10_000(Mix {
        counting: Counting::Alone,
        ..ONE
    });
}

#[test]
fn without_shared_counters_several_customers_are_right_in_the_end() {
    within_one_in_10_000(Mix {
        counting: Counting::Alone,
        ..SEVERAL
    });
}

#[test]
fn without_shared_counters_several_customers_are_right_in_the_end_whatever_fails() {
    within_one_in_10_000(Mix {
        counting: Counting::Alone,
        operator: true,
        mishaps: 4,
        ..SEVERAL
    });
}

#[test]
fn instances_that_do_not_see_each_others_tickets_are_found_out() {
    let blind = Mix {
        counting: Counting::Blind,
        mishaps: 6,
        ..SEVERAL
    };
    let found = (0..40_000).find(|seed| random::run(&blind, *seed, false).is_err());
    println!("schedule {found:?} finds it");
    assert!(found.is_some(), "the model does not find what it is for");
}

/// No store offers what would make it none: a whole synchronisation may run between two operations of another one.
fn within_one_in_10_000(mix: Mix) {
    let wrong = wrong_in_the_end(mix);
    assert!(wrong <= runs() / 10_000, "{wrong} of {}", runs());
}
