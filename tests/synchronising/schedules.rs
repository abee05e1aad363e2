//! Schedules that once went wrong, each by its name.

use crate::requests::Request;
use crate::run::{Instance, Run};
use crate::stripe::Change::{CheckOut, Create, Delete, Name, Subscribe};
use crate::world::{Counting, Fault};

/// More steps than any request takes.
const STEPS: usize = 70;

/// Runs a schedule in which one request is put off before each of its steps in turn, while something else comes to its
/// end. The request may first be prepared.
#[track_caller]
fn at_every_step(
    counting: Counting,
    prepare: impl Fn(&mut Run) -> Result<Request, String>,
    between: impl Fn(&mut Run) -> Result<(), String>,
) {
    for steps in 0..STEPS {
        let mut run = Run::new(counting, true);
        let outcome = (|| {
            let request = prepare(&mut run)?;
            let mut instance = run.begin(request.clone());
            let mut answered = None;
            for _ in 0..steps {
                if answered.is_none() {
                    answered = run.step(&mut instance, 0, None)?;
                }
            }
            between(&mut run)?;
            let answered = match answered {
                Some(answered) => answered,
                None => run.finish(instance)?,
            };
            if answered.status != 200 {
                run.serve(request)?;
            }
            run.check_in_the_end()
        })();
        if let Err(told) = outcome {
            panic!("put off before step {steps}: {told}");
        }
    }
}

#[track_caller]
fn right(counting: Counting, schedule: impl FnOnce(&mut Run) -> Result<(), String>) {
    let mut run = Run::new(counting, true);
    let outcome = schedule(&mut run).and_then(|()| run.check_in_the_end());
    if let Err(told) = outcome {
        panic!("{told}");
    }
}

#[test]
fn a_customer_that_stripe_gives_to_another_user_is_no_longer_the_operators_users() {
    right(Counting::Shared, |run| {
        run.operator_writes("u", "cus_1");
        run.told(Create("cus_1", Some("v")))
    });
}

#[test]
fn an_event_of_one_customer_overwrites_nothing_of_another_ones() {
    at_every_step(
        Counting::Shared,
        |run| {
            run.told(Create("cus_1", Some("u")))?;
            run.told(Create("cus_2", Some("u")))?;
            run.told(Subscribe("cus_2", "active"))?;
            Ok(run.happens(Create("cus_3", Some("u"))))
        },
        |run| run.told(Name("cus_2", Some("v"))),
    );
}

#[test]
fn a_sync_that_fails_has_overwritten_nothing_of_another_customers() {
    // The page's request comes to nothing from some step on, and is not repeated.
    for steps in 0..STEPS {
        for more in 0..8 {
            right(Counting::Shared, |run| {
                run.told(Create("cus_1", Some("u")))?;
                run.told(Create("cus_2", Some("u")))?;
                run.told(Subscribe("cus_2", "active"))?;
                let event = run.happens(Subscribe("cus_1", "active"));
                run.serve(event)?;
                let sync = run.begin(Request::Sync("u"));
                let Some(sync) = advance(run, sync, steps)? else {
                    return Ok(());
                };
                if sync.waiting.find("set ").is_some() || sync.waiting.find("delete ").is_some() {
                    // Between reading a record again and writing it, a whole synchronisation cannot be seen.
                    return Ok(());
                }
                run.told(Name("cus_2", Some("v")))?;
                run.told(Name("cus_1", Some("v")))?;
                advance(run, sync, more).map(drop)
            });
        }
    }
}

fn advance(
    run: &mut Run,
    mut instance: Instance,
    steps: usize,
) -> Result<Option<Instance>, String> {
    for _ in 0..steps {
        if run.step(&mut instance, 0, None)?.is_some() {
            return Ok(None);
        }
    }
    Ok(Some(instance))
}

#[test]
fn two_customers_that_become_a_users_step_by_step_are_both_kept() {
    for first_steps in 0..STEPS {
        for second_steps in 0..STEPS {
            right(Counting::Shared, |run| {
                let first = run.happens(Create("cus_1", Some("u")));
                let second = run.happens(Create("cus_2", Some("u")));
                let one = run.begin(first.clone());
                let one = advance(run, one, first_steps)?;
                let other = run.begin(second.clone());
                let other = advance(run, other, second_steps)?;
                for (instance, event) in [(one, &first), (other, &second)] {
                    if let Some(instance) = instance
                        && run.finish(instance)?.status != 200
                    {
                        run.serve(event.clone())?;
                    }
                }
                // Whichever the record names goes; the other one has to be known.
                let record = run.world.borrow().values["customer:u"].clone();
                let names_first = String::from_utf8(record).unwrap().contains("cus_1");
                run.told(Delete(if names_first { "cus_1" } else { "cus_2" }))
            });
        }
    }
}

#[test]
fn without_shared_counters_a_late_round_ends_with_a_reading_that_agrees() {
    at_every_step(
        Counting::Alone,
        |run| {
            run.told(Create("cus_1", Some("u")))?;
            Ok(run.happens(Subscribe("cus_1", "active")))
        },
        |run| run.told(Subscribe("cus_1", "canceled")),
    );
    at_every_step(
        Counting::Alone,
        |run| {
            run.told(Create("cus_1", Some("u")))?;
            run.told(Subscribe("cus_1", "active"))?;
            Ok(Request::Sync("u"))
        },
        |run| run.told(Name("cus_1", Some("v"))),
    );
}

#[test]
fn without_shared_counters_two_late_rounds_agree_with_each_other() {
    for first_steps in 0..STEPS {
        for second_steps in 0..STEPS {
            right(Counting::Alone, |run| {
                run.told(Create("cus_1", Some("u")))?;
                let first = run.happens(Subscribe("cus_1", "active"));
                let one = run.begin(first.clone());
                let one = advance(run, one, first_steps)?;
                let second = run.happens(Subscribe("cus_1", "canceled"));
                let other = run.begin(second.clone());
                let other = advance(run, other, second_steps)?;
                for (instance, event) in [(one, &first), (other, &second)] {
                    if let Some(instance) = instance
                        && run.finish(instance)?.status != 200
                    {
                        run.serve(event.clone())?;
                    }
                }
                Ok(())
            });
        }
    }
}

#[test]
fn a_sync_that_was_overtaken_and_then_fails_writes_nothing_stale() {
    // The sync has read Stripe; whatever it does after the event was taken, it breaks off at some step of it.
    for more in 0..STEPS {
        right(Counting::Shared, |run| {
            run.told(Create("cus_1", Some("u")))?;
            let event = run.happens(Subscribe("cus_1", "active"));
            let mut sync = run.begin(Request::Sync("u"));
            while sync.waiting.find("read ").is_none() {
                assert!(run.step(&mut sync, 0, None)?.is_none());
            }
            while let Some(read) = sync.waiting.find("read ") {
                run.step(&mut sync, read, None)?;
            }
            run.serve(event)?;
            run.told(Subscribe("cus_1", "canceled"))?;
            advance(run, sync, more).map(drop)
        });
    }
}

#[test]
fn a_record_is_written_for_no_customer_that_is_not_known_to_be_the_users() {
    right(Counting::Shared, |run| {
        run.told(Create("cus_1", Some("u")))?;
        run.told(Create("cus_2", Some("u")))?;
        run.told(Subscribe("cus_1", "active"))?;
        run.operator_deletes("stripe:cus_2");
        run.told(Delete("cus_1"))
    });
}

#[test]
fn two_customers_that_change_places_do_not_wait_for_each_other() {
    right(Counting::Shared, |run| {
        run.told(Create("cus_1", Some("u")))?;
        run.told(Create("cus_2", Some("v")))?;
        run.told(Name("cus_1", Some("v")))?;
        run.told(Name("cus_2", Some("u")))?;
        let one = run.happens(Name("cus_1", Some("u")));
        let other = run.happens(Name("cus_2", Some("v")));
        for event in [one, other] {
            assert_eq!(run.serve(event)?.status, 200);
        }
        Ok(())
    });
}

#[test]
fn a_customer_that_metadata_links_goes_before_one_that_a_reference_links() {
    for subscribed_first in [true, false] {
        right(Counting::Shared, |run| {
            run.told(Create("cus_1", None))?;
            run.told(CheckOut("cus_1", "u"))?;
            if subscribed_first {
                run.told(Subscribe("cus_1", "active"))?;
            }
            run.told(Create("cus_2", Some("u")))?;
            run.told(Subscribe("cus_2", "active"))?;
            run.told(Subscribe("cus_1", "active"))
        });
    }
}

#[test]
fn a_step_that_fails_anywhere_is_made_good_by_the_next_delivery() {
    for step in 0..STEPS {
        for fault in [Fault::Before, Fault::After] {
            right(Counting::Shared, |run| {
                run.told(Create("cus_1", Some("u")))?;
                run.told(Create("cus_2", Some("u")))?;
                run.told(Subscribe("cus_1", "active"))?;
                let event = run.happens(Name("cus_1", Some("v")));
                let mut instance = run.begin(event.clone());
                for _ in 0..step {
                    if run.step(&mut instance, 0, None)?.is_some() {
                        return Ok(());
                    }
                }
                let mut answered = run.step(&mut instance, 0, Some(fault))?;
                while answered.is_none() {
                    answered = run.step(&mut instance, 0, None)?;
                }
                if answered.is_some_and(|answered| answered.status != 200) {
                    run.serve(event)?;
                }
                Ok(())
            });
        }
    }
}
