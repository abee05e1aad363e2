//! The documents are true: the tests that they name exist, their links lead somewhere, and their tables say what the
//! code says.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use portico::config::VARIABLES;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Where the repository is published. Documents that leave it, as the client's README does in its package, link to it
/// by this address.
const HOME: &str = env!("CARGO_PKG_REPOSITORY");

/// All files below a folder with this ending, without those that are built or fetched.
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

/// A file of the repository.
fn read(path: &str) -> String {
    fs::read_to_string(Path::new(ROOT).join(path)).unwrap()
}

/// Every document of the repository with its text.
fn documents() -> impl Iterator<Item = (PathBuf, String)> {
    let mut found = Vec::new();
    files(Path::new(ROOT), ".md", &mut found);
    found.into_iter().map(|path| {
        let text = fs::read_to_string(&path).unwrap();
        (path, text)
    })
}

/// The lines of a document that are not in a fenced block.
fn prose(document: &str) -> impl Iterator<Item = &str> {
    let mut in_block = false;
    document.lines().filter(move |line| {
        let fence = line.trim_start().starts_with("```");
        in_block ^= fence;
        !in_block && !fence
    })
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

/// The words of a document that look like the name of a test: a sentence in snake case, in backticks.
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
    let mut named = 0;
    for (path, text) in documents() {
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

/// The targets of a document's links and images.
fn links(document: &str) -> Vec<String> {
    let prose: Vec<_> = prose(document).collect();
    // A link in code is text. The code in a link's own text is dropped with it, which does not matter here.
    let without_code: String = prose.join("\n").split('`').step_by(2).collect();
    without_code
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split_once(')'))
        .map(|(target, _)| target.to_owned())
        .collect()
}

/// The anchors of a document's headings, as GitHub makes them.
fn anchors(document: &str) -> BTreeSet<String> {
    let mut anchors = BTreeSet::new();
    for line in prose(document) {
        let text = line.trim_start_matches('#');
        let level = line.len() - text.len();
        if !(1..=6).contains(&level) || !text.starts_with(' ') {
            continue;
        }
        let anchor: String = text
            .trim()
            .chars()
            .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
            .flat_map(char::to_lowercase)
            .map(|c| if c == ' ' { '-' } else { c })
            .collect();
        // A heading that comes again has a number behind its anchor.
        let mut unique = anchor.clone();
        let mut number = 0;
        while !anchors.insert(unique) {
            number += 1;
            unique = format!("{anchor}-{number}");
        }
    }
    anchors
}

/// The file that a link of a document leads to, with the anchor in it; `None` where it leaves the repository.
fn destination(from: &Path, link: &str) -> Option<(PathBuf, Option<String>)> {
    let (address, anchor) = match link.split_once('#') {
        Some((address, anchor)) => (address, Some(anchor.to_owned())),
        None => (link, None),
    };
    let path = if let Some(rest) = address.strip_prefix(HOME) {
        match rest.strip_prefix("/blob/main/") {
            Some(path) => Path::new(ROOT).join(path),
            None if rest.is_empty() => Path::new(ROOT).join("README.md"),
            None => return None,
        }
    } else if address.contains(':') {
        return None;
    } else if address.is_empty() {
        from.to_owned()
    } else {
        from.parent().unwrap().join(address)
    };
    Some((path, anchor))
}

#[test]
fn every_link_between_documents_leads_to_a_file_and_a_heading_of_it() {
    let root = Path::new(ROOT).canonicalize().unwrap();
    let mut followed = 0;
    for (from, text) in documents() {
        for link in links(&text) {
            let Some((to, anchor)) = destination(&from, &link) else {
                continue;
            };
            let told = format!("{} has a link to {link}", from.display());
            let to = to.canonicalize().unwrap_or_else(|_| panic!("{told}"));
            assert!(to.starts_with(&root), "{told}, outside of the repository");
            if let Some(anchor) = anchor {
                let anchors = anchors(&fs::read_to_string(&to).unwrap());
                assert!(anchors.contains(&anchor), "{told}, but {anchors:?}");
            }
            followed += 1;
        }
    }
    assert!(followed > 50, "only {followed} links were followed");
}

#[test]
fn an_anchor_is_made_as_github_makes_it() {
    let document = "\
# Answers that are not Portico's\n\
## `no_stripe_customer`\n\
```sh\n\
# a comment\n\
```\n\
### Limits\n\
### Limits\n\
#no heading\n";
    let expected = [
        "answers-that-are-not-porticos",
        "limits",
        "limits-1",
        "no_stripe_customer",
    ];
    assert_eq!(anchors(document), expected.map(str::to_owned).into());
    assert_eq!(
        links("[`a`](b.md#c) and `[d](e)`\n```\n[f](g)\n```\n![h](i.png)"),
        ["b.md#c", "i.png"]
    );
}

#[test]
fn the_readme_is_short_and_names_the_two_commands() {
    let readme = read("README.md");
    let lines = readme.lines().count();
    assert!(lines < 200, "README.md has {lines} lines");
    let commands: Vec<_> = readme
        .lines()
        .filter(|line| line.starts_with("cargo xtask "))
        .map(|line| line.split("  ").next().unwrap_or_default())
        .collect();
    assert_eq!(commands, ["cargo xtask dev", "cargo xtask test"]);
}

#[test]
fn every_page_is_at_most_two_links_away_from_the_readme() {
    let linked = |page: &PathBuf| -> Vec<PathBuf> {
        let text = fs::read_to_string(page).unwrap_or_default();
        let destinations = links(&text);
        let pages = destinations
            .iter()
            .filter(|link| link.contains(".md"))
            .filter_map(|link| destination(page, link)?.0.canonicalize().ok());
        pages.collect()
    };
    let near = linked(&Path::new(ROOT).join("README.md"));
    let far: BTreeSet<_> = near.iter().flat_map(linked).chain(near.clone()).collect();
    let mut pages = Vec::new();
    files(&Path::new(ROOT).join("docs"), ".md", &mut pages);
    assert!(pages.len() > 15, "only {} pages were found", pages.len());
    for page in pages {
        let told = format!("{} is out of the README's reach", page.display());
        assert!(far.contains(&page.canonicalize().unwrap()), "{told}");
    }
}

/// The rows of all tables of a document that have this head, without the cells' blanks.
fn rows(document: &str, head: &str) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    let mut lines = document.lines();
    while lines.any(|line| line == head) {
        let table = lines.by_ref().skip(1).take_while(|line| !line.is_empty());
        rows.extend(table.map(|row| {
            let cells = row.trim_matches('|').split(" | ");
            cells.map(|cell| cell.trim().to_owned()).collect::<Vec<_>>()
        }));
    }
    rows
}

#[test]
fn the_configuration_page_has_every_variable_with_its_default_and_no_other() {
    let page = read("docs/configuration.md");
    let mut documented: Vec<_> = rows(&page, "| Variable | Default | Meaning |")
        .into_iter()
        .map(|cells| {
            let secret = cells[2].ends_with(" Secret.");
            (cells[0].clone(), cells[1].clone(), secret)
        })
        .collect();
    documented.sort();
    let mut expected: Vec<_> = VARIABLES
        .iter()
        .map(|variable| {
            let default = match variable.default {
                None => "required".to_owned(),
                Some("") => "empty".to_owned(),
                Some(default) => format!("`{default}`"),
            };
            (format!("`{}`", variable.name), default, variable.secret)
        })
        .collect();
    expected.sort();
    assert_eq!(documented, expected);
}

#[test]
fn the_bounds_that_the_page_on_limits_repeats_are_the_defaults() {
    let bounds = rows(
        &read("docs/limits.md"),
        "| Variable | Default | Range | Beyond it |",
    );
    assert!(!bounds.is_empty());
    for cells in bounds {
        let default = VARIABLES
            .iter()
            .find(|variable| cells[0] == format!("`{}`", variable.name))
            .and_then(|variable| variable.default);
        assert_eq!(default, Some(cells[1].trim_matches('`')), "{cells:?}");
    }
}

#[test]
fn the_table_of_errors_has_the_status_of_each_section_and_no_other_code() {
    let page = read("docs/errors.md");
    let listed: Vec<_> = rows(&page, "| Status | `error` | When |")
        .into_iter()
        .map(|cells| (cells[1].clone(), cells[0].clone()))
        .collect();
    let sections: Vec<_> = page
        .split("\n## ")
        .filter(|section| section.starts_with('`'))
        .map(|section| {
            let (code, text) = section.split_once("\n\n").unwrap();
            // It is the caller that sees the answer, or Stripe.
            let (_, told) = text.split_once(" sees** ").unwrap();
            (code.to_owned(), told[..3].to_owned())
        })
        .collect();
    assert!(!sections.is_empty());
    assert_eq!(listed, sections);
}
