//! The report at the end, for standard output. Pure.

use std::fmt::Write as _;

use crate::import::Summary;

/// The counts, and the identifiers of the customers that somebody has to look after.
pub(crate) fn text(summary: &Summary) -> String {
    let mut text = String::new();
    if summary.dry_run {
        text.push_str("dry run: nothing was written, and Portico was not called\n");
    }
    let progress = &summary.progress;
    let (unlinked, failed) = (&progress.unlinked, &progress.failed);
    // Writing to a string cannot fail, here and below.
    let _ = writeln!(
        text,
        "synced: {}\nunlinked: {}\nfailed: {}",
        progress.synced,
        unlinked.len(),
        failed.len()
    );
    for (title, customers) in [
        ("unlinked customers:", unlinked),
        ("failed customers:", failed),
    ] {
        if customers.is_empty() {
            continue;
        }
        let _ = writeln!(text, "\n{title}");
        for customer in customers {
            let _ = writeln!(text, "{customer}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::text;
    use crate::customer::CustomerId;
    use crate::import::Summary;
    use crate::progress::{Outcome, Progress};

    #[test]
    fn the_report_has_counts_and_identifiers() {
        let mut progress = Progress::default();
        for (id, outcome) in [
            ("cus_1", Outcome::Synced),
            ("cus_2", Outcome::Unlinked),
            ("cus_3", Outcome::Unlinked),
        ] {
            progress.record(&CustomerId::parse(id).unwrap(), outcome);
        }
        let summary = Summary {
            progress,
            dry_run: false,
        };
        assert_eq!(
            text(&summary),
            "synced: 1\nunlinked: 2\nfailed: 0\n\nunlinked customers:\ncus_2\ncus_3\n"
        );
    }
}
