//! Answers that are read in a terminal.

use crate::wire::Answer;

pub(super) fn text(status: u16, text: impl Into<String>) -> Answer {
    let mut answer = Answer::json(status, (text.into() + "\n").into_bytes());
    answer.set("Content-Type", "text/plain; charset=utf-8");
    answer.set("Cache-Control", "no-store");
    answer
}

/// Refuses a method; `allow` names those that there are.
pub(super) fn wrong_method(allow: &str) -> Answer {
    let mut answer = text(405, format!("This path takes {allow}."));
    answer.set("Allow", allow);
    answer
}
