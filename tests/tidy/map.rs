//! Checks that the map in ARCHITECTURE.md has every place of the tree, and no other.

use std::collections::BTreeSet;

use crate::documents::{documents, rows};
use crate::files::{read, tracked};

const MAP: &str = "ARCHITECTURE.md";

/// The files that every repository has, and nobody looks for on a map.
const USUAL: [&str; 9] = [
    ".gitignore",
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "rust-toolchain.toml",
];

/// The places that a table of the map names in its first column, from the root on.
fn places(head: &str, below: &str) -> Vec<String> {
    let rows = rows(&read(MAP), head);
    let cells = rows
        .iter()
        .flat_map(|row| row[0].split('`').skip(1).step_by(2));
    cells.map(|place| format!("{below}{place}")).collect()
}

#[test]
fn the_map_has_every_file_and_no_other() {
    let files = tracked();
    let mut places = places("| Module | Content |", "src/");
    places.extend(self::places("| Place | What is in it |", ""));
    let has = |place: &str, file: &str| match place.strip_suffix('/') {
        Some(_) => file.starts_with(place),
        None => file == place,
    };
    for place in &places {
        assert!(
            files.iter().any(|file| has(place, file)),
            "{MAP} has {place}, which is not there"
        );
    }
    let missing: Vec<_> = files
        .iter()
        .filter(|file| !USUAL.contains(&file.as_str()) && *file != "src/lib.rs")
        // A module's tests are where it is.
        .filter(|file| !(file.starts_with("src/") && file.ends_with("/tests.rs")))
        .filter(|file| !places.iter().any(|place| has(place, file)))
        .collect();
    assert!(missing.is_empty(), "{MAP} does not have {missing:#?}");
}

#[test]
fn every_source_file_that_a_document_for_developers_names_is_there() {
    let files = tracked();
    let mut named = 0;
    for document in [MAP, ".github/CONTRIBUTING.md"] {
        let text = read(document);
        for name in text.split('`').skip(1).step_by(2) {
            let is_file = name.ends_with(".rs") && !name.contains(['<', '*', ' ', '…']);
            if !is_file {
                continue;
            }
            let ending = format!("/{name}");
            let is_there = files
                .iter()
                .any(|file| file == name || file.ends_with(&ending));
            assert!(is_there, "{document} names {name}, which is not there");
            named += 1;
        }
    }
    assert!(named > 60, "only {named} files are named");
}

#[test]
fn every_place_that_a_document_names_is_there() {
    let files: Vec<_> = tracked().iter().map(|file| format!("/{file}")).collect();
    let tops = [
        "cli", "docs", "examples", "sdk", "shells", "src", "tests", "tools",
    ];
    let mut named = 0;
    for (document, text) in documents() {
        for name in text.split('`').skip(1).step_by(2) {
            let top = name.split_once('/').map(|(top, _)| top);
            let is_path = name
                .chars()
                .all(|c| c.is_alphanumeric() || "/._-".contains(c));
            // The fuzzer's artifacts are not tracked.
            if !is_path
                || !top.is_some_and(|top| tops.contains(&top))
                || name.ends_with("/artifacts")
            {
                continue;
            }
            let place = format!("/{name}");
            let is_there = files.iter().any(|file| file.contains(&place));
            assert!(is_there, "{document} names {name}, which is not there");
            named += 1;
        }
    }
    assert!(named > 100, "only {named} places are named");
}

#[test]
fn every_item_that_a_document_for_developers_names_is_in_the_code() {
    let sources = tracked().into_iter().filter(|file| file.ends_with(".rs"));
    let code: String = sources.map(|file| read(&file)).collect();
    let words = |text: &str| -> Vec<String> {
        let words = text.split(|c: char| !c.is_alphanumeric() && c != '_');
        words.map(str::to_owned).collect()
    };
    let kinds = [
        "fn", "struct", "enum", "trait", "type", "const", "static", "mod",
    ];
    let words_of_code = words(&code);
    let items: BTreeSet<_> = words_of_code
        .windows(2)
        .filter(|pair| kinds.contains(&&*pair[0]))
        .map(|pair| &*pair[1])
        .collect();
    let mut named = 0;
    for document in [MAP, ".github/CONTRIBUTING.md"] {
        let text = read(document);
        for name in text.split('`').skip(1).step_by(2) {
            let Some((_, last)) = name.rsplit_once("::") else {
                continue;
            };
            // A variant stands on a line of its own, and not behind a word.
            let is_variant = |name: &str| code.contains(&format!("    {name}"));
            let is_there = last.is_empty() || items.contains(last) || is_variant(last);
            assert!(is_there, "{document} names {name}, which is not there");
            named += 1;
        }
    }
    assert!(named > 60, "only {named} items are named");
}

#[test]
fn a_stranger_sees_few_entries_at_the_top() {
    let files = tracked();
    let top: BTreeSet<_> = files
        .iter()
        .filter_map(|file| file.split('/').next())
        .collect();
    assert!(
        top.len() <= 24,
        "{} entries are at the top: {top:?}",
        top.len()
    );
}
