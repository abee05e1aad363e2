use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::{Counts, KeyValue, Operation, StoreError};

/// A path for a database, removed with its directory in the end.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let directory = format!("portico-host-{}-{name}", std::process::id());
        Self(std::env::temp_dir().join(directory))
    }

    fn path(&self) -> PathBuf {
        self.0.join("below/kv.db")
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A store of each kind that this process keeps by itself, for what must hold of all of them.
fn local(scratch: &Scratch) -> [KeyValue; 2] {
    [
        KeyValue::in_memory(),
        KeyValue::sqlite(scratch.path()).unwrap(),
    ]
}

#[tokio::test]
async fn a_value_is_there_until_it_is_deleted() {
    let scratch = Scratch::new("values");
    for store in local(&scratch) {
        assert_eq!(store.get("a").await, Ok(None));
        store.set("a", "1").await.unwrap();
        store.set("a", "2").await.unwrap();
        assert_eq!(store.get("a").await, Ok(Some(b"2".to_vec())));
        assert_eq!(store.keys().await, Ok(vec!["a".to_owned()]));
        store.delete("a").await.unwrap();
        store.delete("a").await.unwrap();
        assert_eq!(store.get("a").await, Ok(None));
    }
}

#[tokio::test]
async fn a_file_keeps_its_values_and_keeps_labels_apart() {
    let scratch = Scratch::new("file");
    let store = KeyValue::sqlite(scratch.path()).unwrap();
    store.set("a", "1").await.unwrap();
    drop(store);
    let store = KeyValue::sqlite(scratch.path()).unwrap();
    assert_eq!(store.get("a").await, Ok(Some(b"1".to_vec())));
    let other = KeyValue::sqlite_labelled(&scratch.path(), "other").unwrap();
    assert_eq!(other.get("a").await, Ok(None));
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_increments_are_all_counted_and_each_sum_is_seen_once() {
    let scratch = Scratch::new("increments");
    for store in local(&scratch) {
        let sums = increments(std::slice::from_ref(&store), 100).await;
        let mut sums: Vec<_> = sums.into_iter().map(Result::unwrap).collect();
        sums.sort_unstable();
        assert_eq!(sums, (1..=100).collect::<Vec<_>>());
        assert_eq!(store.increment("n", 0).await, Ok(100));
        assert_eq!(store.increment("n", -100).await, Ok(0));
    }
}

/// Increments a counter so many times at once, through all stores in turn.
async fn increments(stores: &[KeyValue], times: usize) -> Vec<Result<i64, StoreError>> {
    let tasks: Vec<_> = (0..times)
        .map(|n| {
            let store = stores[n % stores.len()].clone();
            tokio::spawn(async move { store.increment("n", 1).await })
        })
        .collect();
    let mut sums = Vec::new();
    for task in tasks {
        sums.push(task.await.unwrap());
    }
    sums
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hosts_on_one_file_count_exactly_what_they_said_they_counted() {
    let scratch = Scratch::new("two-hosts");
    let stores = [(); 2].map(|()| KeyValue::sqlite(scratch.path()).unwrap());
    // One after the other, nothing fails.
    for n in 1..=10 {
        for (index, store) in stores.iter().enumerate() {
            let sum = 2 * (n - 1) + i64::try_from(index).unwrap() + 1;
            assert_eq!(store.increment("n", 1).await, Ok(sum));
        }
    }
    // At once, some may fail, which then have not counted.
    let sums = increments(&stores, 200).await;
    let mut counted: Vec<_> = sums.into_iter().filter_map(Result::ok).collect();
    counted.sort_unstable();
    let last = 20 + i64::try_from(counted.len()).unwrap();
    assert_eq!(counted, (21..=last).collect::<Vec<_>>());
    assert_eq!(stores[0].increment("n", 0).await, Ok(last));
}

#[tokio::test]
async fn an_increment_while_another_process_writes_fails_at_once_and_does_not_count() {
    let scratch = Scratch::new("busy");
    let store = KeyValue::sqlite(scratch.path()).unwrap();
    assert_eq!(store.increment("n", 1).await, Ok(1));
    let other = rusqlite::Connection::open(scratch.path()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let error = store.increment("n", 1).await.unwrap_err();
    assert!(error.0.contains("locked"), "{error}");
    // A connection that only reads is not in the way.
    assert!(store.get("n").await.unwrap().is_some());
    other.execute_batch("COMMIT").unwrap();
    assert_eq!(store.increment("n", 1).await, Ok(2));
}

#[tokio::test]
async fn incrementing_what_is_no_counter_is_an_error_and_leaves_it_alone() {
    let scratch = Scratch::new("no-counter");
    for store in local(&scratch) {
        store.set("a", "text").await.unwrap();
        let error = store.increment("a", 1).await.unwrap_err();
        assert!(error.0.contains("no counter"), "{error}");
        assert_eq!(store.get("a").await, Ok(Some(b"text".to_vec())));
    }
}

#[tokio::test]
async fn a_counter_beyond_64_bits_is_an_error() {
    let scratch = Scratch::new("beyond");
    for store in local(&scratch) {
        assert_eq!(store.increment("n", i64::MAX).await, Ok(i64::MAX));
        assert!(store.increment("n", 1).await.is_err());
        assert_eq!(store.increment("n", 0).await, Ok(i64::MAX));
    }
}

#[tokio::test]
async fn the_components_operations_are_counted_and_those_from_outside_are_not() {
    let store = KeyValue::in_memory();
    store.set("a", "1").await.unwrap();
    let component = store.metered();
    component.open().await.unwrap();
    let before = store.counts();
    component.get("a".to_owned()).await.unwrap();
    component.get("b".to_owned()).await.unwrap();
    component.increment("n".to_owned(), 1).await.unwrap();
    let expected = Counts {
        gets: 2,
        increments: 1,
        ..Counts::default()
    };
    assert_eq!(store.counts() - before, expected);
    assert_eq!(before.opens, 1);
}

#[tokio::test]
async fn operations_fail_by_number_kind_and_key_and_only_for_the_component() {
    let store = KeyValue::in_memory();
    let component = store.metered();
    let get = |key: &str| component.get(key.to_owned());

    store.fail_next(2);
    component.open().await.unwrap();
    assert!(get("a").await.is_err());
    assert!(store.get("a").await.is_ok());
    assert!(get("a").await.is_err());
    assert!(get("a").await.is_ok());

    store.set_failing_for(Operation::Increment, true);
    assert!(component.increment("n".to_owned(), 1).await.is_err());
    assert!(get("a").await.is_ok());
    assert_eq!(store.increment("n", 0).await, Ok(0));

    store.set_failing(true);
    assert!(get("a").await.is_err());
    assert!(component.open().await.is_ok());
    store.set_failing(false);
    assert!(component.increment("n".to_owned(), 1).await.is_ok());

    store.set_failing_keys(Some("customer:"));
    assert!(get("customer:1").await.is_err());
    assert!(get("balance:1").await.is_ok());

    store.set_failing_for(Operation::Open, true);
    assert!(component.open().await.is_err());
}

#[tokio::test]
async fn a_delay_makes_each_operation_take_longer() {
    let store = KeyValue::in_memory();
    store.set_delay(Duration::from_millis(30));
    let start = Instant::now();
    store.metered().get("a".to_owned()).await.unwrap();
    assert!(start.elapsed() >= Duration::from_millis(30));
}

/// Uses a store in each way that the component can.
async fn all_fail(store: &KeyValue) {
    let component = store.metered();
    assert!(component.open().await.is_err());
    assert!(component.get("a".to_owned()).await.is_err());
    assert!(component.set("a".to_owned(), Vec::new()).await.is_err());
    assert!(component.delete("a".to_owned()).await.is_err());
    assert!(component.keys().await.is_err());
    assert!(component.increment("a".to_owned(), 1).await.is_err());
}

#[tokio::test]
async fn a_redis_store_without_a_server_fails_at_once() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let store = KeyValue::redis(&format!("redis://{address}")).unwrap();
    let start = Instant::now();
    all_fail(&store).await;
    assert!(start.elapsed() < Duration::from_secs(1));
}

#[tokio::test]
async fn a_redis_store_whose_server_says_nothing_fails_in_time_however_many_ask() {
    // It is connected to, and never accepts.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let store = KeyValue::redis(&format!("redis://{address}")).unwrap();
    let start = Instant::now();
    let asked = (0..50).map(|_| store.increment("n", 1));
    for outcome in futures::future::join_all(asked).await {
        assert!(outcome.is_err());
    }
    assert!(start.elapsed() < Duration::from_secs(2));
}
