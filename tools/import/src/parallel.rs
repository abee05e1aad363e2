//! The same for many things, on a few threads.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use anyhow::Result;

/// How many calls are under way at a time. The rate is kept by [`Pace`](crate::pace::Pace); this hides the time that
/// each call takes.
const THREADS: usize = 8;

/// Applies a function to each item, and returns the results in the items' order. After an error nothing new is begun,
/// and the error is returned.
pub(crate) fn map<I: Sync, O: Send>(
    items: &[I],
    function: impl Fn(&I) -> Result<O> + Sync,
) -> Result<Vec<O>> {
    let next = AtomicUsize::new(0);
    let results = Mutex::new(Vec::with_capacity(items.len()));
    thread::scope(|scope| {
        for _ in 0..THREADS.min(items.len()) {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let Some(item) = items.get(number) else {
                        return;
                    };
                    let result = function(item);
                    if result.is_err() {
                        next.fetch_max(items.len(), Ordering::Relaxed);
                    }
                    let mut results = results.lock().unwrap_or_else(PoisonError::into_inner);
                    results.push((number, result));
                }
            });
        }
    });
    let mut results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    results.sort_by_key(|(number, _)| *number);
    results.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use anyhow::{anyhow, ensure};

    use super::map;

    #[test]
    fn results_come_in_the_order_of_the_items() {
        let items: Vec<u32> = (0..100).collect();
        let doubled = map(&items, |item| Ok(item * 2)).unwrap();
        assert_eq!(doubled, (0..100).map(|item| item * 2).collect::<Vec<_>>());
        let none = map(&[] as &[u32], |item| Ok(*item)).unwrap();
        assert!(none.is_empty());
    }

    #[test]
    fn nothing_is_begun_after_an_error() {
        let begun = AtomicUsize::new(0);
        let items: Vec<u32> = (0..10_000).collect();
        let error = map(&items, |item| {
            begun.fetch_add(1, Ordering::Relaxed);
            ensure!(*item < 5, anyhow!("too high"));
            Ok(())
        });
        assert_eq!(error.unwrap_err().to_string(), "too high");
        assert!(begun.into_inner() < items.len());
    }
}
