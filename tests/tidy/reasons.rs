//! Whether `docs/errors.md` quotes what the code says: messages, reasons for the log, and none that no code writes.

use std::collections::BTreeSet;

use crate::documents::rows;
use crate::files::{read, tracked};

/// The texts of the component's source outside of its tests. A placeholder is `…`, as the document writes it.
fn texts() -> BTreeSet<String> {
    let mut texts = BTreeSet::new();
    let is_source = |file: &String| {
        let is_test = file.ends_with("tests.rs") || file.contains("/tests/");
        file.starts_with("src/") && file.ends_with(".rs") && !is_test
    };
    for file in tracked().into_iter().filter(is_source) {
        let source = read(&file);
        let code = source.split("#[cfg(test)]\nmod tests {").next().unwrap();
        let lines = code
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"));
        texts.extend(literals(&lines.collect::<Vec<_>>().join("\n")));
    }
    texts
}

/// The string literals of Rust's text, which has no comments.
fn literals(code: &str) -> Vec<String> {
    // A literal quotation mark, as a character or escaped, ends nothing.
    let code = code.replace("'\"'", "").replace("\\\"", "\u{1}");
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

/// Whether the code says this: a text of it, or one whose placeholders stand for such texts, for single words, or for what
/// the document leaves open.
fn is_said(quoted: &str, texts: &BTreeSet<String>) -> bool {
    let is_word = |text: &str| !text.is_empty() && !text.contains(' ');
    texts.contains(quoted)
        || texts.iter().any(|text| {
            let letters = text.chars().filter(|c| c.is_alphabetic()).count();
            let found = (letters >= 6).then(|| fillings(text, quoted)).flatten();
            found.is_some_and(|fillings| {
                let mut fillings = fillings.into_iter();
                fillings.all(|it| {
                    it.contains('…') || is_word(it) || texts.contains(it) || is_said(it, texts)
                })
            })
        })
}

/// What stands in a text for each placeholder of a pattern; `None` where the text is another one.
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
    let texts = texts();
    let (mut wrong, mut found) = (Vec::new(), 0);
    for head in ["| `reason` | What to do |", "| Message | What to do |"] {
        for text in rows(&page, head).iter().flat_map(|row| quoted(&row[0])) {
            found += 1;
            // The names of members, with which several messages begin.
            if !is_said(&text, &texts) {
                wrong.push(text);
            }
        }
    }
    assert!(wrong.is_empty(), "no code says: {wrong:#?}");
    assert!(found > 60, "only {found} texts are quoted");
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
