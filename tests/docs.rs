//! The documents name tests that hold what they claim; those tests must exist.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// All files below a folder with this ending, without what is built or fetched.
fn files(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            if !matches!(name.as_str(), "target" | "node_modules" | "corpus")
                && !name.starts_with('.')
            {
                files(&path, ending, found);
            }
        } else if name.ends_with(ending) {
            found.push(path);
        }
    }
}

/// The names of all functions in the project's Rust sources.
fn functions() -> BTreeSet<String> {
    let mut sources = Vec::new();
    files(Path::new(ROOT), ".rs", &mut sources);
    sources
        .iter()
        .flat_map(|path| {
            let text = fs::read_to_string(path).unwrap();
            text.split("fn ")
                .skip(1)
                .map(|rest| {
                    rest.chars()
                        .take_while(|c| c.is_alphanumeric() || *c == '_')
                        .collect()
                })
                .collect::<Vec<String>>()
        })
        .collect()
}

/// What in a document looks like the name of a test: a sentence in snake case, in backticks.
fn test_names(document: &str) -> impl Iterator<Item = &str> {
    document
        .split('`')
        .skip(1)
        .step_by(2)
        .filter_map(|code| code.rsplit("::").next())
        .filter(|name| name.matches('_').count() >= 4)
        .filter(|name| {
            name.chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        })
}

#[test]
fn every_test_that_a_document_names_exists() {
    let functions = functions();
    let mut documents = Vec::new();
    files(Path::new(ROOT), ".md", &mut documents);
    let mut named = 0;
    for path in documents {
        let text = fs::read_to_string(&path).unwrap();
        for name in test_names(&text) {
            assert!(
                functions.contains(name),
                "{} names {name}, which is not there",
                path.display()
            );
            named += 1;
        }
    }
    assert!(named > 50, "only {named} tests are named");
}
