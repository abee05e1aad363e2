//! The files of the repository.

use std::fs;
use std::path::Path;
use std::process::Command;

pub(crate) const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// The paths of all files from the root on: those that git tracks, or would take in; in a copy without git's data, all
/// but what is built, installed or hidden.
pub(crate) fn tracked() -> Vec<String> {
    let git = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(ROOT)
        .output();
    let listed = git.ok().filter(|output| output.status.success());
    let mut files: Vec<_> = match listed {
        Some(output) => String::from_utf8(output.stdout)
            .unwrap()
            .lines()
            .map(str::to_owned)
            .collect(),
        None => walk(""),
    };
    // Files that are deleted, and not committed, are listed, too.
    files.retain(|file| Path::new(ROOT).join(file).is_file());
    files.sort();
    files.dedup();
    assert!(files.len() > 100, "only {} files were found", files.len());
    files
}

fn walk(directory: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(Path::new(ROOT).join(directory)).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        let path = format!("{directory}{name}");
        if !entry.path().is_dir() {
            found.push(path);
        } else if !matches!(
            name.as_str(),
            "target" | "node_modules" | "corpus" | ".git" | ".portico" | ".spin"
        ) {
            found.extend(walk(&format!("{path}/")));
        }
    }
    found
}

/// The text of a file.
pub(crate) fn read(path: &str) -> String {
    let text = fs::read_to_string(Path::new(ROOT).join(path));
    text.unwrap_or_else(|error| panic!("{path}: {error}"))
}

#[test]
fn a_copy_without_git_has_the_same_sources() {
    let sources = |files: Vec<String>| -> Vec<_> {
        let mut sources: Vec<_> = files
            .into_iter()
            .filter(|file| file.starts_with("src/"))
            .collect();
        sources.sort();
        sources
    };
    assert_eq!(sources(walk("")), sources(tracked()));
}
