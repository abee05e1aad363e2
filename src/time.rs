//! The one calendar format that Portico writes.

use std::time::Duration;

/// Formats a time since the Unix epoch as RFC 3339 in UTC with milliseconds, e.g. `2026-11-22T18:00:00.000Z`.
#[must_use]
pub fn rfc3339(since_epoch: Duration) -> String {
    let seconds = since_epoch.as_secs();
    let (year, month, day) = civil_from_days(seconds / 86_400);
    let second_of_day = seconds % 86_400;
    format!(
        "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}.{:03}Z",
        second_of_day / 3_600,
        second_of_day / 60 % 60,
        second_of_day % 60,
        since_epoch.subsec_millis()
    )
}

/// Returns the Gregorian date of a day, counted from 1970-01-01.
///
/// Years are taken to begin in March, so that the leap day is the last of its year, and in eras of 400 years, which all
/// have the same length.
fn civil_from_days(days_since_epoch: u64) -> (u64, u64, u64) {
    const DAYS_FROM_0000_03_01_TO_1970: u64 = 719_468;
    const DAYS_AN_ERA: u64 = 146_097;

    let days = days_since_epoch + DAYS_FROM_0000_03_01_TO_1970;
    let (era, day_of_era) = (days / DAYS_AN_ERA, days % DAYS_AN_ERA);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_moments_are_written_as_rfc_3339_says() {
        for (millis, expected) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (951_782_399_999, "2000-02-28T23:59:59.999Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (1_772_323_199_000, "2026-02-28T23:59:59.000Z"),
            (1_772_323_200_000, "2026-03-01T00:00:00.000Z"),
            (4_107_542_399_000, "2100-02-28T23:59:59.000Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
        ] {
            assert_eq!(rfc3339(Duration::from_millis(millis)), expected);
        }
    }

    #[test]
    fn consecutive_days_are_consecutive_dates_for_four_centuries() {
        let mut previous = civil_from_days(0);
        for day in 1..146_097 {
            let (y, m, d) = civil_from_days(day);
            let (py, pm, pd) = previous;
            assert!(
                (y, m, d) == (py, pm, pd + 1)
                    || (y, m, d) == (py, pm + 1, 1) && pd >= 28
                    || (y, m, d) == (py + 1, 1, 1) && (pm, pd) == (12, 31),
                "{previous:?} is followed by {:?}",
                (y, m, d)
            );
            previous = (y, m, d);
        }
    }
}
