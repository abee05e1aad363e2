use futures::executor::block_on;
use proptest::prelude::*;

use super::*;
use crate::platform::memory::MemoryPlatform;

fn user() -> User {
    User::authenticated("user").unwrap()
}

/// A platform whose user has this balance record.
fn with_record(record: &str) -> MemoryPlatform {
    let host = MemoryPlatform::at(std::time::Duration::ZERO);
    write(&host, record);
    host
}

fn write(host: &MemoryPlatform, record: &str) {
    host.put("balance:user", record.as_bytes());
}

/// Charges as an instance that has seen nothing before.
fn charge(host: &MemoryPlatform, cost: i64) -> Reserved {
    block_on(reserve(host, &SpendingMemory::default(), &user(), cost)).unwrap()
}

#[track_caller]
fn pays(host: &MemoryPlatform, cost: i64) -> Reservation {
    match charge(host, cost) {
        Reserved::Taken(reservation) => reservation,
        Reserved::TooLittle { balance, .. } => panic!("{balance:?}"),
    }
}

/// The balance of a user who cannot pay.
#[track_caller]
fn cannot_pay(host: &MemoryPlatform, cost: i64) -> i64 {
    match charge(host, cost) {
        Reserved::TooLittle {
            balance,
            given_back: true,
        } => balance.current_balance,
        other => panic!("{other:?}"),
    }
}

/// The gate's answer in an instance that has seen nothing before.
fn left(host: &MemoryPlatform) -> i64 {
    left_in(host, &SpendingMemory::default())
}

fn left_in(host: &MemoryPlatform, memory: &SpendingMemory) -> i64 {
    block_on(remaining(host, memory, &user()))
        .unwrap()
        .current_balance
}

#[test]
fn calls_are_paid_until_nothing_is_left() {
    let host = with_record(r#"{"current_balance":25}"#);
    let _ = pays(&host, 10);
    let _ = pays(&host, 10);
    assert_eq!(cannot_pay(&host, 10), 5);
    assert_eq!(left(&host), 5);
    let _ = pays(&host, 5);
    assert_eq!(left(&host), 0);
}

#[test]
fn a_call_that_failed_costs_nothing() {
    let host = with_record(r#"{"current_balance":10}"#);
    let reservation = pays(&host, 10);
    assert_eq!(cannot_pay(&host, 1), 0);
    block_on(reservation.give_back(&host)).unwrap();
    assert_eq!(left(&host), 10);
    let _ = pays(&host, 10);
}

#[test]
fn a_new_record_says_anew_what_there_is() {
    let host = with_record(r#"{"current_balance":10}"#);
    let _ = pays(&host, 10);
    write(
        &host,
        r#"{"current_balance":10,"next_refill_at":"2027-01-01T00:00:00Z"}"#,
    );
    assert_eq!(left(&host), 10);
    let _ = pays(&host, 10);
}

#[test]
fn a_record_that_equals_an_earlier_one_starts_anew_as_well() {
    let (ten, nothing) = (r#"{"current_balance":10}"#, r#"{"current_balance":0}"#);
    for look in [
        |host: &MemoryPlatform| assert_eq!(left(host), 0),
        |host: &MemoryPlatform| assert_eq!(cannot_pay(host, 10), 0),
    ] {
        let host = with_record(ten);
        for _ in 0..5 {
            let _ = pays(&host, 10);
            write(&host, nothing);
            look(&host);
            write(&host, ten);
            assert_eq!(left(&host), 10);
        }
        assert!(host.keys() <= 1 + 4, "the record and four keys beside it");
    }
}

#[test]
fn a_request_that_read_the_former_record_charges_the_one_that_counts() {
    let host = with_record(r#"{"current_balance":10}"#);
    let _ = pays(&host, 10);
    write(&host, r#"{"current_balance":20}"#);
    let _ = pays(&host, 5);
    // While it reads the pointer, an instance still has the former record in its hands.
    let user = user();
    let spending = Spending::new(&host, &user);
    let mut former = Balance::parse(Some(br#"{"current_balance":10}"#)).unwrap();
    let pointer = block_on(spending.read_pointer()).unwrap();
    block_on(spending.begin(&mut former, pointer)).unwrap();
    assert_eq!(former.current_balance, 20);
    assert_eq!(left(&host), 15);
}

#[test]
fn without_a_record_there_is_nothing_to_pay_with_and_nothing_is_counted() {
    let host = MemoryPlatform::at(std::time::Duration::ZERO);
    assert_eq!(cannot_pay(&host, 1), 0);
    assert_eq!(host.keys(), 0);
}

#[test]
fn a_gate_reads_without_writing_until_something_changes() {
    let host = with_record(r#"{"current_balance":10}"#);
    let memory = SpendingMemory::default();
    for _ in 0..3 {
        assert_eq!(left_in(&host, &memory), 10);
    }
    assert_eq!(host.increments(), 0, "nothing was ever spent");
    let reservation = pays(&host, 4);
    let after_charge = host.increments();
    for _ in 0..3 {
        assert_eq!(left_in(&host, &memory), 6);
    }
    assert_eq!(host.increments(), after_charge + 1);
    // Another instance's change is seen at once.
    block_on(reservation.give_back(&host)).unwrap();
    assert_eq!(left_in(&host, &memory), 10);
}

#[test]
fn a_counter_that_is_busy_is_tried_again() {
    let host = with_record(r#"{"current_balance":10}"#);
    host.fail_every_other_increment();
    let _ = pays(&host, 10);
    assert_eq!(left(&host), 0);
    let refused = charge(&host, 1);
    assert!(matches!(refused, Reserved::TooLittle { .. }), "{refused:?}");
}

#[test]
fn a_give_back_whose_answer_was_lost_is_not_repeated() {
    let host = with_record(r#"{"current_balance":25}"#);
    let _ = pays(&host, 10);
    let failed = pays(&host, 10);
    host.lose_next_count();
    assert!(block_on(failed.give_back(&host)).is_err());
    assert_eq!(left(&host), 15, "given back once");

    // So is what was taken to find out that it is too much.
    let before = host.increments();
    host.before_next_increment(|host| host.before_next_increment(MemoryPlatform::lose_next_count));
    let refused = charge(&host, 20);
    assert!(
        matches!(
            refused,
            Reserved::TooLittle {
                given_back: false,
                ..
            }
        ),
        "{refused:?}"
    );
    assert_eq!(host.increments() - before, 2);
    assert_eq!(left(&host), 15);
}

#[test]
fn what_cannot_be_given_back_to_one_who_cannot_pay_is_told() {
    let host = with_record(r#"{"current_balance":10}"#);
    let _ = pays(&host, 6);
    host.before_next_increment(|host| {
        host.before_next_increment(MemoryPlatform::break_store);
    });
    let charged = charge(&host, 6);
    assert!(
        matches!(
            charged,
            Reserved::TooLittle {
                given_back: false,
                ..
            }
        ),
        "{charged:?}"
    );
}

#[test]
fn a_store_that_fails_lets_nothing_be_charged() {
    let host = with_record(r#"{"current_balance":10}"#);
    host.break_store();
    let charged = block_on(reserve(&host, &SpendingMemory::default(), &user(), 1));
    assert!(matches!(charged, Err(SpendingError::Store(_))));
}

proptest! {
    #[test]
    fn whatever_is_taken_and_given_back_is_never_more_than_there_is(
        balance in 0_i64..200,
        steps in prop::collection::vec((1_i64..50, any::<bool>()), 0..60),
    ) {
        let host = with_record(&format!("{{\"current_balance\":{balance}}}"));
        let memory = SpendingMemory::default();
        let mut open: Vec<(i64, Reservation)> = Vec::new();
        let mut taken = 0;
        for (cost, gives_back) in steps {
            if gives_back && !open.is_empty() {
                let (cost, reservation) = open.remove(0);
                block_on(reservation.give_back(&host)).unwrap();
                taken -= cost;
            } else if let Reserved::Taken(reservation) = charge(&host, cost) {
                open.push((cost, reservation));
                taken += cost;
            }
            prop_assert!((0..=balance).contains(&taken));
            prop_assert_eq!(left_in(&host, &memory), balance - taken);
        }
    }
}
