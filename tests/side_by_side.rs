//! The parts of the benchmark that only reckon. The benchmark itself has no test harness, and takes minutes.

// The rest of these modules is for the benchmark.
#[allow(dead_code)]
#[path = "../benches/side_by_side/accounts.rs"]
mod accounts;
#[path = "../benches/side_by_side/document.rs"]
mod document;
#[path = "../benches/side_by_side/statistics.rs"]
mod statistics;

use std::time::Duration;

use accounts::{Memory, cores, ticks};
use document::with_results;
use statistics::{median, median_ratio, percentile};

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

#[test]
fn cpu_time_is_read_whatever_the_program_is_called() {
    let stat = "42 (a) 1 (b) S 1 42 42 0 -1 4194560 100 0 0 0 123 45 6 7 20 0 9 0 1000 2000 300";
    assert_eq!(ticks(stat), Some(Duration::from_millis(1680)));
    assert_eq!(ticks("42 (cut"), None);
}

#[test]
fn memory_is_read_in_bytes() {
    let status = "Name:\tnode\nVmPeak:\t  900000 kB\nVmHWM:\t   2048 kB\nVmRSS:\t   1024 kB\n";
    let memory = Memory {
        resident: 1 << 20,
        peak: 2 << 20,
    };
    assert_eq!(Memory::parse(status), Some(memory));
    assert_eq!(Memory::parse("Name:\tnode\n"), None);
}

#[test]
fn a_list_of_cores_has_ranges_and_single_ones() {
    assert_eq!(cores("\t0-2,8\n"), Some(vec![0, 1, 2, 8]));
    assert_eq!(cores("5"), Some(vec![5]));
    assert_eq!(cores("all"), None);
}

#[test]
fn results_take_the_place_of_those_before_and_leave_the_rest_of_a_document() {
    let document = "# Title\n\n<!-- bench:begin -->\nold\n<!-- bench:end -->\n\nMore.\n";
    let expected = "# Title\n\n<!-- bench:begin -->\n\nnew\n\n<!-- bench:end -->\n\nMore.\n";
    assert_eq!(with_results(document, "new\n").as_deref(), Some(expected));
    assert_eq!(with_results(expected, "new").as_deref(), Some(expected));
    assert_eq!(with_results("# Title\n", "new"), None);
}
