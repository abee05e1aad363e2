use futures::FutureExt;

use super::*;
use crate::platform::memory::MemoryPlatform;

fn window(number: u64) -> WindowCounter {
    WindowCounter::new("c".to_owned(), NonZeroU64::new(60).unwrap(), number)
}

fn host() -> MemoryPlatform {
    MemoryPlatform::at(Duration::ZERO)
}

/// Adds as an instance that sees the window for the first time.
fn add(host: &MemoryPlatform, counter: &WindowCounter) -> Count {
    // Not by an executor: another instance's additions come in the middle of one.
    counter.add(host).now_or_never().unwrap().unwrap()
}

/// Adds as an instance that has counted in the window before.
fn add_again(host: &MemoryPlatform, counter: &WindowCounter) -> Option<Count> {
    counter.add_again(host).now_or_never().unwrap().unwrap()
}

fn count(value: i64, in_next_window: bool) -> Count {
    Count {
        value,
        in_next_window,
    }
}

#[test]
fn a_window_begins_at_zero_and_counts() {
    let host = host();
    for number in [1, 2, 7, 3, 4] {
        for expected in 1..=3 {
            assert_eq!(add(&host, &window(number)), count(expected, false));
        }
        assert!(
            host.keys() <= 3,
            "a pointer, this counter and the one before"
        );
    }
}

#[test]
fn an_instance_that_has_met_a_window_takes_one_step() {
    let host = host();
    add(&host, &window(1));
    host.put("c", b"whatever it reads");
    for expected in 2..=5 {
        assert_eq!(add_again(&host, &window(1)), Some(count(expected, false)));
    }
    assert_eq!(host.increments(), 5);
}

#[test]
fn where_counters_go_away_by_themselves_a_window_takes_one_step_and_nothing_else() {
    let host = host();
    host.let_counters_expire();
    for number in [1, 2, 7] {
        for expected in 1..=3 {
            assert_eq!(add(&host, &window(number)), count(expected, false));
        }
    }
    assert_eq!((host.increments(), host.keys()), (9, 3), "no pointer");
    assert_eq!(host.lifetimes(), [Duration::from_secs(120); 9]);
}

#[test]
fn an_instance_whose_clock_is_behind_counts_with_the_others() {
    let host = host();
    assert_eq!(add(&host, &window(8)), count(1, false));
    assert_eq!(add(&host, &window(7)), count(2, true));
    assert_eq!(add(&host, &window(8)), count(3, false));
    // A clock that is wrong by more is the only one there is, for all that can be told.
    assert_eq!(add(&host, &window(5)), count(1, false));
}

#[test]
fn an_instance_whose_clock_is_behind_goes_on_in_the_window_that_it_has_begun() {
    let host = host();
    assert_eq!(add(&host, &window(7)), count(1, false));
    assert_eq!(add(&host, &window(8)), count(1, false));
    for expected in 2..5 {
        assert_eq!(add_again(&host, &window(7)), Some(count(expected, false)));
    }
    assert_eq!(add_again(&host, &window(8)), Some(count(2, false)));
    assert_eq!(host.keys(), 3);
}

#[test]
fn one_who_is_overtaken_leaves_nothing_behind_and_is_counted() {
    let host = host();
    for number in 1..20 {
        add(&host, &window(number));
        // Somebody reads the pointer, is overtaken by the next window, and only then counts.
        host.before_next_increment(move |host| {
            add(host, &window(number + 1));
        });
        let overtaken = add(&host, &window(number));
        assert!(!overtaken.in_next_window && overtaken.value > 1, "{number}");
        assert!(host.keys() <= 3, "{number}");
    }
}

#[test]
fn one_who_is_overtaken_by_two_windows_leaves_nothing_behind_and_is_told() {
    let host = host();
    add(&host, &window(1));
    host.before_next_increment(|host| {
        add(host, &window(2));
        add(host, &window(3));
    });
    assert_eq!(add_again(&host, &window(1)), None);
    assert_eq!(host.keys(), 3, "the pointer, the second and the third");
}

#[test]
fn one_who_moves_the_pointer_back_hides_no_counter() {
    let host = host();
    add(&host, &window(1));
    // Two begin the second window; one of them is overtaken by the third before it moves the pointer.
    add(&host, &window(2));
    add(&host, &window(3));
    host.put("c", b"60:2");
    add(&host, &window(9));
    assert_eq!(host.keys(), 2, "the pointer and the ninth");
}

#[test]
fn of_two_who_begin_a_window_together_neither_is_forgotten() {
    let (one, other) = (window(1), window(2));
    let host = host();
    add(&host, &one);
    host.before_next_increment({
        let other = other.clone();
        move |host| {
            add(host, &other);
        }
    });
    add(&host, &other);
    assert_eq!(add(&host, &other).value, 3);
}
