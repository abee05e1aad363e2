//! Counters that an instance keeps for itself, where there is nothing to share them by.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// The most counters that an instance keeps.
const MOST: usize = 4_096;

/// Counters in the instance alone. Other instances do not see them, and they end with it.
#[derive(Debug, Default)]
pub struct InstanceCounters(Mutex<BTreeMap<String, i64>>);

impl InstanceCounters {
    /// Adds to a counter, which is zero before its first use, and returns its new value.
    pub fn increment(&self, key: &str, delta: i64) -> i64 {
        let mut counters = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if counters.len() >= MOST && !counters.contains_key(key) {
            counters.pop_first();
        }
        let counter = counters.entry(key.to_owned()).or_default();
        *counter = counter.saturating_add(delta);
        *counter
    }

    /// Removes a counter, so that it begins at zero again.
    pub fn remove(&self, key: &str) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counter_adds_up_until_it_is_removed() {
        let counters = InstanceCounters::default();
        assert_eq!(counters.increment("a", 2), 2);
        assert_eq!(counters.increment("a", -5), -3);
        assert_eq!(counters.increment("b", 1), 1);
        counters.remove("a");
        assert_eq!(counters.increment("a", 0), 0);
        assert_eq!(counters.increment("a", i64::MAX), i64::MAX);
        assert_eq!(counters.increment("a", 1), i64::MAX);
    }

    #[test]
    fn an_instance_keeps_a_bounded_number_of_counters() {
        let counters = InstanceCounters::default();
        for number in 0..2 * MOST {
            counters.increment(&number.to_string(), 1);
        }
        assert_eq!(counters.0.lock().unwrap().len(), MOST);
    }
}
