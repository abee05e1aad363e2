//! What many measurements come to. Pure.

use std::time::Duration;

/// The value in the middle; of an even number of values the mean of the two in the middle. `None` without any.
pub(crate) fn median(values: impl IntoIterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    let upper = *values.get(values.len() / 2)?;
    let lower = *values.get(values.len().checked_sub(1)? / 2)?;
    Some(f64::midpoint(lower, upper))
}

/// The median of the rounds' ratios: what a round was slower by is then in both numbers. Rounds that only one of the
/// two has do not count.
pub(crate) fn median_ratio(these: &[f64], references: &[f64]) -> Option<f64> {
    let pairs = these.iter().zip(references);
    median(pairs.map(|(this, reference)| this / reference))
}

/// The value that `percent` of all values do not exceed, by the method of the nearest rank. Sorts the values.
pub(crate) fn percentile(values: &mut [Duration], percent: usize) -> Option<Duration> {
    values.sort_unstable();
    let rank = (values.len() * percent).div_ceil(100);
    values.get(rank.saturating_sub(1)).copied()
}
