//! Checks that `docs/errors.md` quotes the code: messages, reasons for the log, and none that no code writes.

use std::collections::BTreeSet;

use crate::documents::rows;
use crate::files::{read, tracked};

/// The code of the component and its shells, by file, without tests and comments.
fn code() -> Vec<String> {
    let is_source = |file: &String| {
        let is_test = file.ends_with("tests.rs") || file.contains("/tests/");
        let is_ours = file.starts_with("src/") || file.starts_with("shells/");
        is_ours && file.ends_with(".rs") && !is_test
    };
    let files = tracked().into_iter().filter(is_source);
    let without = |file: String| {
        let source = read(&file);
        let code = source.split("#[cfg(test)]\nmod tests {").next().unwrap();
        let lines = code
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"));
        lines.collect::<Vec<_>>().join("\n")
    };
    files.map(without).collect()
}

/// The string literals of Rust's text, which has no comments.
fn literals(code: &str) -> Vec<String> {
    // A literal quotation mark, as a character or escaped, ends nothing.
    let code = code
        .replace("\\\\", "")
        .replace("'\"'", "")
        .replace("\\\"", "\u{1}");
    let quoted = code.split('"').skip(1).step_by(2);
    quoted
        .map(|text| placeholders(&continued(text)).replace('\u{1}', "\""))
        .collect()
}

/// A backslash at the end of a line joins it to the next one.
fn continued(text: &str) -> String {
    let mut lines = text.split("\\\n");
    let first = lines.next().unwrap_or_default().to_owned();
    lines.fold(first, |text, line| text + line.trim_start())
}

fn placeholders(text: &str) -> String {
    let mut parts = text.split('{');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| match part.split_once('}') {
        Some((_, rest)) => text + "…" + rest,
        None => text + part,
    })
}

/// Returns whether the code says this: a text of it, or one whose placeholders stand for such texts or for single
/// words. A part that the document leaves open, by a `…`, may be anything.
fn is_said(quoted: &str, texts: &BTreeSet<String>) -> bool {
    if texts.contains(quoted) || texts.iter().any(|text| fillings(quoted, text).is_some()) {
        return true;
    }
    let is_text = |it: &str| texts.contains(it) || it == "…";
    texts.iter().any(|text| {
        let Some(found) = fillings(text, quoted) else {
            return false;
        };
        // A text that is little but placeholders holds for whole texts alone.
        let says_little = text.chars().filter(|c| c.is_alphabetic()).count() < 6;
        found.into_iter().all(|it| {
            let is_word = !it.is_empty() && !it.contains(' ');
            is_text(it) || !says_little && (is_word || it.ends_with('…') || is_said(it, texts))
        })
    })
}

/// Returns the text in the place of each placeholder of a pattern; `None` where the text is another one.
fn fillings<'a>(pattern: &str, text: &'a str) -> Option<Vec<&'a str>> {
    let mut parts = pattern.split('…');
    let mut rest = text.strip_prefix(parts.next()?)?;
    let mut fillings = Vec::new();
    for part in parts {
        let end = if part.is_empty() {
            rest.len()
        } else {
            rest.find(part)?
        };
        fillings.push(&rest[..end]);
        rest = &rest[end + part.len()..];
    }
    (!fillings.is_empty() && rest.is_empty()).then_some(fillings)
}

/// The texts in backticks of the first cell of a row. A text with a backtick has two around it.
fn quoted(cell: &str) -> Vec<String> {
    let cell = cell
        .replace("`` `", "\u{1}`")
        .replace("` ``", "`\u{1}")
        .replace("``", "\u{1}");
    if cell.contains('\u{1}') {
        return cell
            .split('\u{1}')
            .skip(1)
            .step_by(2)
            .map(|text| text.trim().to_owned())
            .collect();
    }
    cell.split('`')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_reason_and_message_that_the_page_on_errors_quotes_is_in_the_code() {
    let page = read("docs/errors.md");
    let texts = code().iter().flat_map(|code| literals(code)).collect();
    let (mut wrong, mut found) = (Vec::new(), 0);
    for head in ["| `reason` | What to do |", "| Message | What to do |"] {
        for text in rows(&page, head).iter().flat_map(|row| quoted(&row[0])) {
            found += 1;
            // Members of Stripe's error object, which Stripe writes.
            let (ours, members) = text.split_once("… ").unwrap_or((&text, ""));
            let is_member = |word: &str| word.contains('=');
            let is_shortened = members.split_whitespace().all(is_member) && ours.len() < text.len();
            let ours = if is_shortened {
                format!("{ours}…")
            } else {
                text.clone()
            };
            if !is_said(&ours, &texts) {
                wrong.push(text);
            }
        }
    }
    assert!(wrong.is_empty(), "no code says: {wrong:#?}");
    assert!(found > 60, "only {found} texts are quoted");
}

/// The code's ways to give a reason, each with the reason behind it.
const REASONS: [&str; 5] = [
    "Failure::new(",
    "rejected(",
    "CorruptRecord(",
    "Refused(",
    "store_unavailable(",
];

/// Reasons that need no page: they cannot come about with a configuration that was accepted.
const UNLIKELY: [&str; 2] = [
    "the answer cannot be written",
    "the JWKS address is not a URL",
];

#[test]
fn every_reason_of_the_code_is_on_the_page_on_errors() {
    let page = read("docs/errors.md");
    let mut quoted: BTreeSet<_> = page.lines().flat_map(quoted).collect();
    let code = code();
    let mut reasons = Vec::new();
    for begin in REASONS {
        for rest in code.iter().flat_map(|code| code.split(begin).skip(1)) {
            let call = rest.split(';').next().unwrap();
            reasons.extend(literals(call).into_iter().next());
        }
    }
    let refusals = read("src/auth/refusal.rs");
    let (_, refusals) = refusals.split_once("fn reason(").unwrap();
    reasons.extend(literals(refusals));
    reasons.extend(
        code.iter()
            .flat_map(|code| literals(code))
            .filter(|text| text.starts_with("the JWKS ")),
    );
    let has_words = |text: &String| text.chars().filter(|c| c.is_alphabetic()).count() >= 6;
    reasons.retain(|reason| reason.contains(' ') && !UNLIKELY.contains(&reason.as_str()));
    reasons.retain(has_words);
    // A mark alone, or nearly, would hold for everything.
    quoted.retain(has_words);
    let is_quoted = |reason: &str| {
        let is_it = |text: &String| text == reason || fillings(text, reason).is_some();
        quoted
            .iter()
            .any(|text| is_it(text) || fillings(reason, text).is_some())
    };
    let missing: BTreeSet<_> = reasons.iter().filter(|reason| !is_quoted(reason)).collect();
    assert!(
        missing.is_empty(),
        "docs/errors.md does not have {missing:#?}"
    );
    assert!(
        reasons.len() > 50,
        "only {} reasons were found",
        reasons.len()
    );
}

#[test]
fn a_text_is_found_through_its_placeholders() {
    let code = "f(\"no answer: {}\"); g(\"timed out\"); h(\"the \\\"x\\\" is \\\n    longer than {MAX} bytes\");";
    let texts = literals(code).into_iter().collect();
    for said in [
        "no answer: timed out",
        "no answer: …",
        "the \"x\" is longer than 9 bytes",
        "timed out",
    ] {
        assert!(is_said(said, &texts), "{said}");
    }
    for other in [
        "no answer",
        "no answer: it was too slow",
        "the \"x\" is longer than two bytes or so",
        "out",
    ] {
        assert!(!is_said(other, &texts), "{other}");
    }
}
