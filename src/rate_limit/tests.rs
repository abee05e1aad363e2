use futures::executor::block_on;
use proptest::prelude::*;

use super::*;
use crate::platform::memory::MemoryPlatform;

mod interleaving;

fn plan(name: &str) -> PlanName {
    PlanName::parse(name).unwrap()
}

fn limit(requests: u64, seconds: u64) -> RateLimit {
    RateLimit {
        plan: plan("free"),
        requests,
        window: NonZeroU64::new(seconds).unwrap(),
    }
}

fn user() -> User {
    User::authenticated("user").unwrap()
}

/// Asks as an instance that has counted nothing itself.
fn ask(host: &MemoryPlatform, limit: &RateLimit, now: Duration) -> Admission {
    host.set_clock(now);
    ask_in(host, &LocalCounts::default(), limit)
}

/// Asks as one instance that counts for itself as well.
fn ask_in(host: &MemoryPlatform, instance: &LocalCounts, limit: &RateLimit) -> Admission {
    block_on(admit(host, instance, limit, &user(), "/portal")).admission
}

#[test]
fn a_plan_has_its_own_limit_or_the_first_one() {
    let items = ["free=1/1", "paid=2/1"].map(str::to_owned);
    let limits = RateLimits::parse(&items).unwrap();
    for (name, expected) in [("free", 1), ("paid", 2), ("team", 1)] {
        assert_eq!(limits.of(&plan(name)).unwrap().requests, expected);
    }
    assert_eq!(RateLimits::OFF.of(&plan("free")), None);
}

#[test]
fn each_route_is_counted_by_itself() {
    let host = MemoryPlatform::at(Duration::ZERO);
    let instance = LocalCounts::default();
    let limit = limit(1, 60);
    let ask = |route| block_on(admit(&host, &instance, &limit, &user(), route)).admission;
    assert!(ask("/portal").admitted);
    assert!(ask("/invoices").admitted);
    assert!(!ask("/portal").admitted);
    assert!(!ask("/mounted/elsewhere/portal").admitted);
    assert_eq!(host.keys(), 4, "two keys for each route");
}

#[test]
fn a_store_that_fails_admits_no_more_than_the_limit_from_one_instance() {
    let host = MemoryPlatform::at(Duration::from_secs(600));
    let instance = LocalCounts::default();
    let limit = limit(5, 60);
    assert!(ask_in(&host, &instance, &limit).admitted);
    host.break_store();
    let asked = block_on(admit(&host, &instance, &limit, &user(), "/portal"));
    assert!(asked.alone.is_some() && asked.admission.admitted);
    let admitted = (0..20)
        .filter(|_| ask_in(&host, &instance, &limit).admitted)
        .count();
    assert_eq!(admitted, 3, "two were admitted before");
    host.advance(Duration::from_secs(60));
    assert!(ask_in(&host, &instance, &limit).admitted);
}

#[test]
fn where_each_instance_counts_for_itself_the_store_is_left_alone_and_nothing_is_wrong() {
    let host = MemoryPlatform::at(Duration::from_secs(600));
    host.count_alone();
    let instance = LocalCounts::default();
    let limit = limit(2, 60);
    for admitted in [true, true, false] {
        let asked = block_on(admit(&host, &instance, &limit, &user(), "/portal"));
        assert!(asked.alone.is_none());
        assert_eq!(asked.admission.admitted, admitted);
    }
    assert_eq!((host.increments(), host.keys()), (0, 0));
}

#[test]
fn a_store_that_fails_every_other_count_and_16_callers_at_once_admit_exactly_the_limit() {
    let host = MemoryPlatform::at(Duration::from_secs(600));
    host.fail_every_other_increment();
    let instance = LocalCounts::default();
    let (limit, user) = (limit(5, 60), user());
    let asked = (0..16).map(|_| admit(&host, &instance, &limit, &user, "/portal"));
    let admitted = block_on(futures::future::join_all(asked))
        .into_iter()
        .filter(|asked| asked.admission.admitted)
        .count();
    assert_eq!(admitted, 5);
}

#[test]
fn a_store_that_answers_the_delta_instead_of_the_sum_admits_no_more_than_the_limit_from_one_instance()
 {
    let host = MemoryPlatform::at(Duration::from_secs(600));
    host.answer_deltas();
    let instance = LocalCounts::default();
    let limit = limit(5, 60);
    let admitted = (0..16)
        .filter(|_| ask_in(&host, &instance, &limit).admitted)
        .count();
    assert_eq!(admitted, 5);
}

#[test]
fn an_instance_counts_for_a_bounded_number_of_users() {
    let counts = LocalCounts::default();
    let limit = limit(5, 60);
    for user in 0..3_000 {
        counts.add(user.to_string(), &limit, Duration::ZERO);
    }
    assert!(counts.0.lock().unwrap().len() <= MAX_LOCAL);
}

#[test]
fn a_host_whose_clock_lags_does_not_begin_an_ended_window_again() {
    let host = MemoryPlatform::at(Duration::ZERO);
    let limit = limit(2, 60);
    let (behind, ahead) = (
        Duration::from_millis(659_900),
        Duration::from_millis(660_100),
    );
    assert!(ask(&host, &limit, behind).admitted && ask(&host, &limit, behind).admitted);
    // A host's request is counted while the window ends by its clock.
    host.set_clock(behind);
    host.before_next_increment(move |host| host.set_clock(ahead));
    assert!(ask_in(&host, &LocalCounts::default(), &limit).admitted);
    // Another host's clock is still in the window that has ended: it counts in the one that has begun.
    assert!(ask(&host, &limit, behind).admitted);
    assert!(!ask(&host, &limit, behind).admitted);
    assert!(!ask(&host, &limit, ahead).admitted);
}

#[test]
fn a_window_admits_the_limit_and_counts_down() {
    let host = MemoryPlatform::at(Duration::ZERO);
    let limit = limit(3, 60);
    let now = Duration::from_millis(600_500);
    let answers: Vec<_> = (0..5).map(|_| ask(&host, &limit, now)).collect();
    let seen: Vec<_> = answers
        .iter()
        .map(|a| (a.admitted, a.remaining, a.reset_seconds))
        .collect();
    assert_eq!(
        seen,
        [
            (true, 2, 60),
            (true, 1, 60),
            (true, 0, 60),
            (false, 0, 60),
            (false, 0, 60)
        ]
    );
    assert!(ask(&host, &limit, Duration::from_secs(660)).admitted);
}

#[test]
fn two_hosts_whose_clocks_differ_admit_no_more_and_waiting_as_told_is_enough_for_both() {
    let host = MemoryPlatform::at(Duration::ZERO);
    let limit = limit(4, 60);
    let (ahead, behind) = (Duration::from_secs(660), Duration::from_millis(659_200));
    let asked = [ahead, behind, ahead, behind, ahead, behind].map(|now| ask(&host, &limit, now));
    let admitted = asked.map(|admission| (admission.admitted, admission.reset_seconds));
    assert_eq!(
        admitted,
        [
            (true, 60),
            (true, 61),
            (true, 60),
            (true, 61),
            (false, 60),
            (false, 61)
        ]
    );
}

#[test]
fn a_change_of_plan_takes_effect_at_once() {
    let host = MemoryPlatform::at(Duration::ZERO);
    let (free, paid) = (limit(2, 60), limit(30, 60));
    let now = Duration::from_secs(1_000);
    for _ in 0..3 {
        ask(&host, &free, now);
    }
    assert!(!ask(&host, &free, now).admitted);
    assert_eq!(ask(&host, &paid, now).remaining, 25);
    assert!(!ask(&host, &free, now).admitted);
}

#[test]
fn requests_that_a_window_leaves_behind_count_in_the_next_one() {
    let host = MemoryPlatform::at(Duration::ZERO);
    let limit = limit(2, 60);
    let end = Duration::from_millis(659_900);
    assert!(ask(&host, &limit, end).admitted && ask(&host, &limit, end).admitted);
    let late: Vec<bool> = (0..4)
        .map(|_| {
            // The window ends between the look at the pointer and the addition.
            host.before_next_increment(|host| host.set_clock(Duration::from_millis(660_100)));
            ask(&host, &limit, end).admitted
        })
        .collect();
    assert_eq!(late, [true, true, false, false]);
    assert_eq!(
        host.keys(),
        3,
        "the pointer, this window and the one before"
    );
}

proptest! {
    #[test]
    fn no_window_admits_more_and_no_span_of_its_length_more_than_twice_the_limit(
        requests in 1_u64..20,
        seconds in 1_u64..30,
        start in 0_u64..1_000_000,
        pauses in prop::collection::vec(0_u64..2_000, 1..200),
    ) {
        let host = MemoryPlatform::at(Duration::ZERO);
        let limit = limit(requests, seconds);
        let mut now = Duration::from_millis(start);
        let mut admitted = Vec::new();
        for pause in pauses {
            now += Duration::from_millis(pause);
            if ask(&host, &limit, now).admitted {
                admitted.push(now);
            }
            prop_assert!(host.keys() <= 4);
        }
        for &first in &admitted {
            let in_window = admitted.iter().filter(|t| t.as_secs() / seconds == first.as_secs() / seconds).count();
            prop_assert!(in_window as u64 <= requests);
            let in_span = admitted.iter().filter(|t| (first..first + Duration::from_secs(seconds)).contains(t)).count();
            prop_assert!(in_span as u64 <= 2 * requests);
        }
    }

    #[test]
    fn waiting_as_told_is_enough_and_half_of_it_is_not(
        requests in 1_u64..10,
        seconds in 2_u64..3_600,
        now_ms in 0_u64..10_000_000_000,
    ) {
        let host = MemoryPlatform::at(Duration::ZERO);
        let limit = limit(requests, seconds);
        let now = Duration::from_millis(now_ms);
        for _ in 0..requests {
            prop_assert!(ask(&host, &limit, now).admitted);
        }
        let denied = ask(&host, &limit, now);
        prop_assert!(!denied.admitted && (1..=seconds).contains(&denied.reset_seconds));
        if denied.reset_seconds >= 2 {
            prop_assert!(!ask(&host, &limit, now + Duration::from_secs(denied.reset_seconds) / 2).admitted);
        }
        prop_assert!(ask(&host, &limit, now + Duration::from_secs(denied.reset_seconds)).admitted);
    }

    #[test]
    fn a_clock_that_jumps_locks_nobody_out_for_longer_than_it_is_told(
        jumps in prop::collection::vec(0_u64..100_000, 1..40),
    ) {
        let host = MemoryPlatform::at(Duration::ZERO);
        let limit = limit(3, 60);
        for jump in jumps {
            let now = Duration::from_secs(jump);
            let last = (0..5).map(|_| ask(&host, &limit, now)).last().unwrap();
            prop_assert!(!last.admitted && last.reset_seconds <= 120);
            prop_assert!(ask(&host, &limit, now + Duration::from_secs(last.reset_seconds)).admitted);
            prop_assert!(host.keys() <= 4);
        }
    }
}
