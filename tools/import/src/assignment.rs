//! The first pass: the users of `--map`, into the metadata of their customers at Stripe.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, bail};
use hmac_sha256::Hash;
use serde_json::Value;

use crate::map::{self, BadLine, Line};
use crate::parallel;
use crate::stripe::Stripe;

/// How many lines are written between two words about it.
const STRIDE: usize = 100;

/// The lines of a map that change something at Stripe.
pub(crate) struct Assignments {
    lines: Vec<Line>,
}

/// How to treat a line.
enum Judgement {
    Write,
    /// Stripe has it already.
    Done,
    Bad(String),
}

impl Assignments {
    /// Reads a map, and compares all of it with Stripe. Nothing has been written when this fails.
    pub(crate) fn check(
        stripe: &Stripe<'_>,
        path: &Path,
        metadata_key: &str,
        overwrite: bool,
    ) -> Result<Self> {
        let text = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        let lines = match map::parse(&text) {
            Ok(lines) => lines,
            Err(bad_lines) => return refuse(path, &bad_lines),
        };
        let judgements = parallel::map(&lines, |line| {
            let customer = stripe.customer(&line.customer)?;
            Ok(judge(line, customer.as_ref(), metadata_key, overwrite))
        })?;
        let (mut to_write, mut bad_lines, mut done) = (Vec::new(), Vec::new(), 0);
        for (line, judgement) in lines.into_iter().zip(judgements) {
            match judgement {
                Judgement::Write => to_write.push(line),
                Judgement::Done => done += 1,
                Judgement::Bad(reason) => bad_lines.push(BadLine {
                    number: line.number,
                    reason,
                }),
            }
        }
        if !bad_lines.is_empty() {
            return refuse(path, &bad_lines);
        }
        eprintln!(
            "{}: {} to write, {done} written already",
            path.display(),
            to_write.len()
        );
        Ok(Self { lines: to_write })
    }

    /// The lines that are to be written.
    pub(crate) fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// Writes the lines. Lines that were written when this fails are found written the next time.
    pub(crate) fn write(&self, stripe: &Stripe<'_>, metadata_key: &str) -> Result<()> {
        // A later run may write an earlier value again, which must not be taken for a repetition of the first time.
        let run = SystemTime::now().duration_since(UNIX_EPOCH);
        let run = run.context("the clock is set before 1970")?.as_nanos();
        let mut written = 0;
        for lines in self.lines.chunks(STRIDE) {
            parallel::map(lines, |line| {
                let idempotency_key = idempotency_key(run, line);
                stripe.set_metadata(&line.customer, metadata_key, &line.user, &idempotency_key)
            })?;
            written += lines.len();
            eprintln!("{written} of {} users written", self.lines.len());
        }
        Ok(())
    }
}

fn judge(line: &Line, customer: Option<&Value>, metadata_key: &str, overwrite: bool) -> Judgement {
    let Some(customer) = customer else {
        return Judgement::Bad(format!("Stripe has no customer {}", line.customer));
    };
    let metadata = customer.get("metadata");
    let present = metadata.and_then(|metadata| metadata.get(metadata_key)?.as_str());
    match present {
        Some(present) if present == line.user => Judgement::Done,
        // The other user's name is not shown: it can be an e-mail address.
        Some(present) if !present.is_empty() && !overwrite => Judgement::Bad(format!(
            "{} is another user's at Stripe; `--overwrite` replaces that",
            line.customer
        )),
        _ => Judgement::Write,
    }
}

fn refuse<T>(path: &Path, bad_lines: &[BadLine]) -> Result<T> {
    for line in bad_lines {
        eprintln!("{}: {line}", path.display());
    }
    bail!(
        "{} has {} bad {}, so nothing was written",
        path.display(),
        bad_lines.len(),
        if bad_lines.len() == 1 {
            "line"
        } else {
            "lines"
        }
    )
}

/// One for each line and run (Stripe API, Idempotent requests: at most 255 characters).
fn idempotency_key(run: u128, line: &Line) -> String {
    let hash = Hash::hash(format!("{run}\0{}\0{}", line.customer, line.user).as_bytes());
    hash.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Judgement, idempotency_key, judge};
    use crate::customer::CustomerId;
    use crate::map::Line;

    fn line(user: &str) -> Line {
        Line {
            number: 1,
            user: user.to_owned(),
            customer: CustomerId::parse("cus_1").unwrap(),
        }
    }

    #[test]
    fn another_users_customer_is_refused_unless_the_operator_says_otherwise() {
        let word = |metadata, overwrite| {
            let customer = json!({"id": "cus_1", "metadata": metadata});
            match judge(&line("user-1"), Some(&customer), "user_id", overwrite) {
                Judgement::Write => "write",
                Judgement::Done => "done",
                Judgement::Bad(_) => "bad",
            }
        };
        assert_eq!(word(json!({}), false), "write");
        assert_eq!(word(json!({"user_id": ""}), false), "write");
        assert_eq!(word(json!({"other": "user-2"}), false), "write");
        assert_eq!(word(json!({"user_id": "user-1"}), false), "done");
        assert_eq!(word(json!({"user_id": "user-1"}), true), "done");
        assert_eq!(word(json!({"user_id": "user-2"}), false), "bad");
        assert_eq!(word(json!({"user_id": "user-2"}), true), "write");
    }

    #[test]
    fn a_customer_that_stripe_does_not_have_is_a_bad_line() {
        assert!(matches!(
            judge(&line("user-1"), None, "user_id", true),
            Judgement::Bad(_)
        ));
    }

    #[test]
    fn an_idempotency_key_is_that_of_one_line_in_one_run() {
        let key = idempotency_key(1, &line("user-1"));
        assert_eq!(key, idempotency_key(1, &line("user-1")));
        assert_ne!(key, idempotency_key(1, &line("user-2")));
        assert_ne!(key, idempotency_key(2, &line("user-1")));
        assert_eq!(key.len(), 64);
    }
}
