//! What the measurements are to show, and whether they do.

use std::fmt::Write as _;

use crate::cases::{Reach, Token};
use crate::contenders::REFERENCE;
use crate::report::number;
use crate::results::Results;
use crate::tokens::Algorithm;

/// The most that a repeated token may cost, as a multiple of a first one of HS256.
const REPEATED: f64 = 1.5;

/// The goals of a contender, as a list in Markdown. Nothing where the measurements for it are missing.
pub(crate) fn list(results: &Results, contender: &'static str) -> String {
    let mut text = String::new();
    let mut goal = |what: String, measured: Option<f64>, limit: f64, met: bool| {
        if measured.is_some() {
            let verdict = if met { "met" } else { "**not met**" };
            // Writing to a string cannot fail.
            let _ = writeln!(text, "- {what} {limit}: {}, {verdict}", number(measured, 2));
        }
    };
    for algorithm in Algorithm::ALL {
        let token = Token {
            algorithm,
            repeated: true,
        };
        let Some(case) = results.case(Reach::Session, Some(token)) else {
            continue;
        };
        let ratio = results.to_hs256(contender, case);
        goal(
            format!(
                "{contender}, {}, to its own HS256, first, is at most",
                token.label()
            ),
            ratio,
            REPEATED,
            ratio.is_some_and(|ratio| ratio <= REPEATED),
        );
    }
    let below = Token::all().filter(|token| token.repeated || token.algorithm == Algorithm::Hs256);
    for token in below {
        let Some(case) = results.case(Reach::Session, Some(token)) else {
            continue;
        };
        let ratio = results.to_reference(contender, case);
        goal(
            format!("{contender}, {}, to {REFERENCE}'s, is below", token.label()),
            ratio,
            1.0,
            ratio.is_some_and(|ratio| ratio < 1.0),
        );
    }
    text
}
