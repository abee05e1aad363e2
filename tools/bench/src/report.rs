//! The tables of the report, in Markdown.

use std::fmt::Write as _;
use std::time::Duration;

use crate::accounts::Memory;
use crate::cases::{Case, Reach, Token};
use crate::contenders::{FLOOR, NODE, PORTICO};
use crate::results::Results;
use crate::starts::{Starts, Wait};
use crate::statistics::median;

/// Below this a contender was not kept busy by the load, so that its requests per second are not its own limit.
const BUSY: f64 = 0.9;

/// Writes all tables that there is something to put into.
pub(crate) fn tables(results: &Results) -> String {
    let mut text = String::new();
    ratios(&mut text, results, FLOOR);
    ratios(&mut text, results, NODE);
    alone(&mut text, results);
    figures(&mut text, results, PORTICO);
    starts(&mut text, results);
    text
}

/// Writes how the other contenders' CPU time compares with this one's: a row for each kind of token, and a column for
/// each contender and reach that there is something to put into.
fn ratios(text: &mut String, results: &Results, other: &'static str) {
    let mut head = vec!["Token".to_owned()];
    let mut rows: Vec<_> = Token::all().map(|token| vec![token.label()]).collect();
    for reach in [Reach::Session, Reach::NoRecord] {
        for &contender in results.contenders.iter().filter(|name| **name != other) {
            let cells: Vec<_> = Token::all()
                .map(|token| results.ratio(contender, other, results.case(reach, Some(token))?))
                .collect();
            if cells.iter().all(Option::is_none) {
                continue;
            }
            head.push(match reach {
                Reach::Session => format!("{contender}, session"),
                _ => format!("{contender}, no record"),
            });
            for (row, cell) in rows.iter_mut().zip(cells) {
                row.push(number(cell, 2));
            }
        }
    }
    rows.retain(|row| row.iter().skip(1).any(|cell| !cell.is_empty()));
    let title = format!("CPU time of a request, as a multiple of {other}'s in the same case:");
    table(text, &title, &head, &rows);
}

/// Writes how long a single user waits, by contender.
fn alone(text: &mut String, results: &Results) {
    let mut head = vec!["p50 / p99, ms".to_owned()];
    head.extend(results.contenders.iter().map(|&name| name.to_owned()));
    let cases = results.cases.iter().enumerate();
    let rows: Vec<_> = cases
        .filter(|(_, case)| case.is_alone())
        .map(|(number, case)| {
            let mut row = vec![case.label()];
            row.extend(results.contenders.iter().map(|name| {
                let sample = results.sample(name, number);
                sample.map_or_else(String::new, |sample| {
                    let [p50, p99] = [sample.p50, sample.p99].map(milliseconds);
                    format!("{p50} / {p99}")
                })
            }));
            row
        })
        .filter(|row| row.iter().skip(1).any(|cell| !cell.is_empty()))
        .collect();
    table(text, "Latency, of one connection alone:", &head, &rows);
}

/// Writes all figures of one contender.
fn figures(text: &mut String, results: &Results, contender: &'static str) {
    let head = [
        "Case",
        "CPU time, µs",
        "Rounds, µs",
        "Requests/s",
        "p50, ms",
        "p99, ms",
    ];
    let row = |(number, case): (usize, &std::sync::Arc<Case>)| {
        let sample = results
            .sample(contender, number)
            .filter(|_| !case.is_alone())?;
        let rounds = results.cpu(contender, number);
        let least = rounds.iter().copied().fold(f64::INFINITY, f64::min);
        let most = rounds.iter().copied().fold(0.0, f64::max);
        let bound = if sample.busy < BUSY { "≥ " } else { "" };
        Some(vec![
            case.label(),
            format!("{:.0}", sample.cpu),
            format!("{least:.0} to {most:.0}"),
            format!("{bound}{:.0}", sample.requests_per_second),
            milliseconds(sample.p50),
            milliseconds(sample.p99),
        ])
    };
    let rows: Vec<_> = results.cases.iter().enumerate().filter_map(row).collect();
    let title = format!("All figures of {contender}:");
    table(text, &title, &head.map(str::to_owned), &rows);
}

fn starts(text: &mut String, results: &Results) {
    let head = [
        "",
        "Start to first session, ms",
        "CPU, ms",
        "First after a pause, ms",
        "CPU, ms",
        "The next, ms",
        "CPU, ms",
        "Memory then, MiB",
        "after load, MiB",
        "at most, MiB",
    ];
    let mut rows = Vec::new();
    for contender in &results.contenders {
        let Some(starts) = results.starts.get(contender) else {
            continue;
        };
        let Starts {
            cold,
            uncompiled,
            after_pause,
            next,
            memory,
            after_load,
        } = starts;
        let resident = memory.iter().map(|memory| mebibytes(memory.resident));
        let mut row = vec![(*contender).to_owned()];
        for waits in [cold, after_pause, next] {
            row.extend(wait(waits));
        }
        row.push(number(median(resident), 0));
        let after = |value: fn(&Memory) -> u64| {
            let value = after_load.as_ref().map(value);
            number(value.map(mebibytes), 0)
        };
        row.push(after(|memory| memory.resident));
        row.push(after(|memory| memory.peak));
        rows.push(row);
        if !uncompiled.is_empty() {
            let mut row = vec![format!("{contender}, nothing compiled yet")];
            row.extend(wait(uncompiled));
            row.resize(head.len(), String::new());
            rows.push(row);
        }
    }
    table(
        text,
        "Starts, pauses and memory:",
        &head.map(str::to_owned),
        &rows,
    );
}

fn wait(waits: &[Wait]) -> [String; 2] {
    let middle = |value: fn(&Wait) -> Duration| {
        let values = waits.iter().map(|wait| value(wait).as_secs_f64());
        median(values).map_or_else(String::new, |seconds| {
            milliseconds(Duration::from_secs_f64(seconds))
        })
    };
    [middle(|wait| wait.latency), middle(|wait| wait.cpu)]
}

/// Writes a table whose first column is text and whose others are numbers; nothing without rows or columns.
fn table(text: &mut String, title: &str, head: &[String], rows: &[Vec<String>]) {
    if rows.is_empty() {
        return;
    }
    // Writing to a string cannot fail, here and below.
    let _ = writeln!(text, "{title}\n");
    let mut line = |cells: &[String]| {
        let _ = writeln!(text, "| {} |", cells.join(" | "));
    };
    line(head);
    let mut rule = vec!["---:".to_owned(); head.len()];
    if let Some(first) = rule.first_mut() {
        "---".clone_into(first);
    }
    line(&rule);
    for row in rows {
        line(row);
    }
    text.push('\n');
}

fn number(value: Option<f64>, digits: usize) -> String {
    value.map_or_else(String::new, |value| format!("{value:.digits$}"))
}

/// Writes a duration with three significant digits, or all digits before the decimal point.
fn milliseconds(duration: Duration) -> String {
    let value = duration.as_secs_f64() * 1e3;
    let digits = match value {
        100.0.. => 0,
        10.0.. => 1,
        _ => 2,
    };
    number(Some(value), digits)
}

fn mebibytes(bytes: u64) -> f64 {
    // Precise to a kibibyte for all the memory there is.
    f64::from(u32::try_from(bytes / 1024).unwrap_or(u32::MAX)) / 1024.0
}
