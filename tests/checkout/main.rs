//! Checkout, by a model: users who ask from several tabs, on two hosts, while pages are paid and expire, customers are
//! deleted, steps fail and instances break down, in any order.
//!
//! After every step there is at most one open page of Portico's, one subscription that came from one, and one customer
//! that Portico made. No page is handed out that was dead before it was asked for. In the end, nobody is locked out.

#![cfg(not(target_family = "wasm"))]

mod random;
mod run;
mod stripe;
mod world;

use run::{Mix, Run, Tally};
use stripe::Omission;

/// Two tabs on two hosts ask for the same, and nothing else happens.
const TABS: Mix = Mix {
    name: "tabs",
    calls: 4,
    choices: false,
    apart: false,
    differs: false,
    events: false,
    payments: 0,
    ends: 0,
    expiries: 0,
    deletions: 0,
    anothers_sessions: 0,
    operators_customers: 0,
    days: 0,
    mishaps: 0,
    failures: 0,
};

/// They ask for different prices.
const CHOICES: Mix = Mix {
    name: "choices",
    choices: true,
    anothers_sessions: 4,
    ..TABS
};

/// Pages are paid, and subscriptions end.
const PAYMENTS: Mix = Mix {
    name: "payments",
    calls: 6,
    payments: 3,
    ends: 2,
    events: true,
    ..CHOICES
};

/// Pages expire, or are about to.
const EXPIRIES: Mix = Mix {
    name: "expiries",
    calls: 6,
    payments: 1,
    expiries: 4,
    days: 1,
    ..CHOICES
};

/// Customers are deleted.
const DELETIONS: Mix = Mix {
    name: "deletions",
    calls: 5,
    payments: 1,
    deletions: 2,
    days: 1,
    events: true,
    ..CHOICES
};

/// Steps fail, instances break down, and Stripe keeps failures.
const MISHAPS: Mix = Mix {
    name: "mishaps",
    calls: 5,
    payments: 1,
    mishaps: 5,
    failures: 3,
    ..CHOICES
};

/// Each host has a store and a configuration of its own.
const APART: Mix = Mix {
    name: "apart",
    calls: 5,
    payments: 1,
    ends: 1,
    apart: true,
    differs: true,
    ..CHOICES
};

/// The operator makes customers of the user, too.
const CUSTOMERS: Mix = Mix {
    name: "customers",
    calls: 6,
    payments: 2,
    ends: 2,
    operators_customers: 2,
    anothers_sessions: 3,
    events: true,
    ..CHOICES
};

/// All of it at once.
const EVERYTHING: Mix = Mix {
    name: "everything",
    calls: 8,
    choices: true,
    apart: false,
    differs: true,
    events: true,
    payments: 3,
    ends: 2,
    expiries: 3,
    deletions: 1,
    anothers_sessions: 3,
    operators_customers: 0,
    days: 1,
    mishaps: 4,
    failures: 2,
};

/// The number of times that each mix runs; `PORTICO_MODEL_RUNS` makes it more, for a night.
fn runs() -> u64 {
    std::env::var("PORTICO_MODEL_RUNS").map_or(300, |runs| runs.parse().unwrap())
}

/// Finds the first of many runs in which something is wrong, and tells it step by step.
fn search(mix: &Mix, omission: Omission, runs: u64) -> Result<Tally, String> {
    let mut total = Tally::default();
    for seed in 1..=runs {
        let Ok(tally) = Run::new(mix, omission, seed, false).run() else {
            let told = Run::new(mix, omission, seed, true).run().unwrap_err();
            return Err(format!("{}, seed {seed}: {told}", mix.name));
        };
        total.pages += tally.pages;
        total.subscribed += tally.subscribed;
        total.failed += tally.failed;
        total.steps += tally.steps;
    }
    Ok(total)
}

fn finds_nothing(mix: &Mix) -> Tally {
    let began = std::time::Instant::now();
    let tally = search(mix, Omission::Nothing, runs()).unwrap_or_else(|told| panic!("{told}"));
    println!(
        "{}: {} runs in {:?}: {tally:?}",
        mix.name,
        runs(),
        began.elapsed()
    );
    tally
}

#[test]
fn two_tabs_on_two_hosts_get_the_same_page() {
    let tally = finds_nothing(&TABS);
    assert_eq!((tally.failed, tally.subscribed), (0, 0));
}

#[test]
fn calls_for_different_prices_leave_one_page_open() {
    finds_nothing(&CHOICES);
}

#[test]
fn a_page_that_is_paid_meanwhile_is_the_only_subscription() {
    let tally = finds_nothing(&PAYMENTS);
    assert!(tally.subscribed > 0);
}

#[test]
fn a_page_that_has_expired_is_not_handed_out() {
    finds_nothing(&EXPIRIES);
}

#[test]
fn a_customer_that_was_deleted_does_not_come_back() {
    finds_nothing(&DELETIONS);
}

#[test]
fn steps_that_fail_and_instances_that_break_down_lock_nobody_out() {
    let tally = finds_nothing(&MISHAPS);
    assert!(tally.failed > 0);
}

#[test]
fn hosts_with_stores_and_configurations_of_their_own_agree() {
    finds_nothing(&APART);
}

#[test]
fn a_user_with_several_customers_has_one_page_and_one_subscription() {
    finds_nothing(&CUSTOMERS);
}

#[test]
fn all_of_it_at_once_does_no_harm() {
    finds_nothing(&EVERYTHING);
}

#[test]
fn the_model_finds_what_it_is_made_to_find() {
    for (mix, omission, fault) in [
        (&TABS, Omission::Idempotency, "there are several customers"),
        (&EXPIRIES, Omission::Replayed, "a dead page was handed out"),
        (&PAYMENTS, Omission::Refusal, "pages and subscriptions"),
    ] {
        let told = search(mix, omission, 20_000).expect_err("nothing was found");
        assert!(told.contains(fault), "{told}");
    }
}
