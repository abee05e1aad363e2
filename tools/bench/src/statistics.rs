//! Figures from many measurements: pure functions.

use std::time::Duration;

/// Returns the value in the middle; of an even number of values the mean of the two in the middle. `None` without any.
pub(crate) fn median(values: impl IntoIterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    let upper = *values.get(values.len() / 2)?;
    let lower = *values.get(values.len().checked_sub(1)? / 2)?;
    Some(f64::midpoint(lower, upper))
}

/// Returns the median of the rounds' ratios: a slow round slows both numbers. Rounds that only one of the two has do
/// not count.
pub(crate) fn median_ratio(these: &[f64], references: &[f64]) -> Option<f64> {
    let pairs = these.iter().zip(references);
    median(pairs.map(|(this, reference)| this / reference))
}

/// Returns the value that `percent` of all values do not exceed, by the method of the nearest rank. Sorts the values.
pub(crate) fn percentile(values: &mut [Duration], percent: usize) -> Option<Duration> {
    values.sort_unstable();
    let rank = (values.len() * percent).div_ceil(100);
    values.get(rank.saturating_sub(1)).copied()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{median, median_ratio, percentile};

    #[test]
    fn the_median_is_in_the_middle_of_values_in_any_order() {
        assert_eq!(median([]), None);
        assert_eq!(median([3.0]), Some(3.0));
        assert_eq!(median([9.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median([4.0, 1.0, 2.0, 100.0]), Some(3.0));
    }

    #[test]
    fn a_round_that_is_slower_for_both_does_not_change_their_ratio() {
        assert_eq!(
            median_ratio(&[2.0, 20.0, 2.0], &[1.0, 10.0, 1.0]),
            Some(2.0)
        );
        assert_eq!(median_ratio(&[2.0, 20.0], &[]), None);
    }

    #[test]
    fn a_percentile_is_the_value_at_the_nearest_rank() {
        let mut hundred: Vec<_> = (1..=100).rev().map(Duration::from_millis).collect();
        assert_eq!(
            percentile(&mut hundred, 50),
            Some(Duration::from_millis(50))
        );
        assert_eq!(
            percentile(&mut hundred, 99),
            Some(Duration::from_millis(99))
        );
        assert_eq!(
            percentile(&mut [Duration::from_millis(7)], 99),
            Some(Duration::from_millis(7))
        );
        assert_eq!(percentile(&mut [], 50), None);
    }
}
