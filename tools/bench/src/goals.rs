//! The goals, and whether the measurements meet them.

use std::fmt::Write as _;
use std::time::Duration;

use crate::cases::{Reach, Token};
use crate::contenders::{FLOOR, NODE, ON_WASMTIME, PLAIN, PORTICO, UNLIMITED};
use crate::report::number;
use crate::results::Results;
use crate::tokens::Algorithm;

/// The most that a session of Portico may cost, as a multiple of what a component costs that does nothing else, where no
/// public-key signature is checked.
const CHEAP: f64 = 1.25;

/// The same, where one is.
const PUBLIC_KEY: f64 = 1.6;

/// The longest that half of the sessions may take on one connection. An answer or a call that leaves in two packets
/// waits for a delayed acknowledgement, 40 ms, so that this would show it on any machine.
const ALONE: Duration = Duration::from_millis(10);

/// The goals of Portico, as a list in Markdown with its title. Nothing where the measurements for it are missing.
pub(crate) fn list(results: &Results) -> String {
    let mut goals = String::new();
    for token in Token::all() {
        let ratio = |contender, other| {
            results.ratio(contender, other, results.case(Reach::Session, Some(token))?)
        };
        let what = format!("Session, {}", token.label());
        let limit = limit_of(token);
        for other in [PLAIN, FLOOR] {
            if let Some(ratio) = ratio(UNLIMITED, other) {
                let figure = number(Some(ratio), 2);
                let what = format!("{what}: {UNLIMITED}, to the {other}, is at most {limit}");
                goal(&mut goals, &what, &figure, ratio <= limit);
            }
        }
        for contender in [PORTICO, ON_WASMTIME] {
            if let Some(ratio) = ratio(contender, NODE).filter(|_| limit <= CHEAP) {
                let figure = number(Some(ratio), 2);
                let what = format!("{what}: {contender}, to {NODE}, is below 1");
                goal(&mut goals, &what, &figure, ratio < 1.0);
            }
        }
    }
    for (number_of_case, case) in results.cases.iter().enumerate() {
        let sample = results.sample(PORTICO, number_of_case);
        if let Some(sample) = sample.filter(|_| case.is_alone()) {
            let figure = format!("{} ms", number(Some(sample.p50.as_secs_f64() * 1e3), 2));
            let what = format!("{}, p50 is at most {} ms", case.label(), ALONE.as_millis());
            goal(&mut goals, &what, &figure, sample.p50 <= ALONE);
        }
    }
    if goals.is_empty() {
        return goals;
    }
    format!("Goals:\n\n{goals}")
}

/// The most that a session with such a token may cost, as a multiple of what a component costs that does nothing else.
fn limit_of(token: Token) -> f64 {
    if token.repeated || token.algorithm == Algorithm::Hs256 {
        CHEAP
    } else {
        PUBLIC_KEY
    }
}

fn goal(goals: &mut String, what: &str, measured: &str, met: bool) {
    let verdict = if met { "met" } else { "**not met**" };
    // Writing to a string cannot fail.
    let _ = writeln!(goals, "- {what}: {measured}, {verdict}");
}

#[cfg(test)]
mod tests {
    use super::limit_of;
    use crate::cases::Token;

    #[test]
    fn a_check_of_a_public_key_signature_is_the_only_thing_that_may_cost_more() {
        let limits: Vec<_> = Token::all()
            .map(|token| (token.label(), limit_of(token)))
            .filter(|(_, limit)| *limit > 1.25)
            .collect();
        let expected = ["RS256, first", "ES256, first", "EdDSA, first"];
        assert_eq!(limits, expected.map(|label| (label.to_owned(), 1.6)));
    }
}
