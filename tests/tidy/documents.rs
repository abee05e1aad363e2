//! The documents are true: the tests that they name exist, their links lead somewhere, and their tables say what the
//! code says.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use portico::config::VARIABLES;

use crate::files::{ROOT, read, tracked};

/// The address at which the repository is published. Documents that leave it, as the client's README does in its
/// package, link to it by this address.
const HOME: &str = env!("CARGO_PKG_REPOSITORY");

/// Every document of the repository with its text.
pub(crate) fn documents() -> impl Iterator<Item = (String, String)> {
    let files = tracked().into_iter().filter(|file| file.ends_with(".md"));
    files.map(|file| {
        let text = read(&file);
        (file, text)
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

/// The functions of the project's Rust sources, by name, each with the modules that it is below: `src/auth/claims.rs` is
/// `auth`, `claims`, and a file of `tests/e2e` is below `e2e`.
fn functions() -> BTreeMap<String, Vec<Vec<String>>> {
    let mut functions: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for file in tracked() {
        let Some(path) = file.strip_suffix(".rs") else {
            continue;
        };
        let is_module = |part: &&str| !matches!(*part, "src" | "tests" | "main" | "lib" | "mod");
        let modules: Vec<_> = path
            .split('/')
            .filter(is_module)
            .map(str::to_owned)
            .collect();
        for rest in read(&file).split("fn ").skip(1) {
            let is_name = |c: &char| c.is_alphanumeric() || *c == '_';
            let name = rest.chars().take_while(is_name).collect();
            functions.entry(name).or_default().push(modules.clone());
        }
    }
    functions
}

/// The words of a document that look like the name of a test, in backticks: a sentence in snake case, with the modules
/// before it.
fn test_names(document: &str) -> impl Iterator<Item = (&str, Vec<&str>)> {
    let code = document.split('`').skip(1).step_by(2);
    code.filter_map(|code| {
        let mut path: Vec<_> = code.split("::").collect();
        let name = path.pop()?;
        let in_snake_case = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        let is_sentence = name.matches('_').count() >= 4 && name.chars().all(in_snake_case);
        is_sentence.then_some((name, path))
    })
}

#[test]
fn every_test_that_a_document_names_exists_in_its_module() {
    let functions = functions();
    let mut named = 0;
    for (file, text) in documents() {
        for (name, modules) in test_names(&text) {
            let Some(places) = functions.get(name) else {
                panic!("{file} names {name}, which is not there");
            };
            let is_there =
                |place: &Vec<String>| place.windows(modules.len()).any(|it| it == modules);
            assert!(
                modules.is_empty() || places.iter().any(is_there),
                "{file} names {}::{name}, which is in {places:?}",
                modules.join("::")
            );
            named += 1;
        }
    }
    assert!(named > 50, "only {named} tests are named");
}

#[test]
fn the_documents_have_the_event_types_of_the_code_in_its_order() {
    let types: Vec<_> = portico::webhook::event::types().collect();
    let page = read("docs/webhooks.md");
    let rows = page
        .lines()
        .filter_map(|line| line.trim_start().strip_prefix("| `"));
    let rows: Vec<_> = rows.filter_map(|row| row.split_once('`')).collect();
    let listed = rows.iter().map(|(name, _)| *name);
    let listed: Vec<_> = listed
        .filter(|name| name.starts_with("checkout.session.") || name.starts_with("customer."))
        .collect();
    assert_eq!(listed, types, "the table of docs/webhooks.md");
    let command = format!("--events {}\n", types.join(","));
    assert!(
        page.contains(&command),
        "docs/webhooks.md has not {command}"
    );
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
fn destination(from: &str, link: &str) -> Option<(PathBuf, Option<String>)> {
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
        Path::new(ROOT).join(from)
    } else {
        Path::new(ROOT).join(from).with_file_name(address)
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
            let told = format!("{from} has a link to {link}");
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
    let root = Path::new(ROOT).canonicalize().unwrap();
    let linked = |page: &String| -> Vec<String> {
        let to_page = |link: String| {
            let (to, _) = destination(page, &link)?;
            let to = to.canonicalize().ok()?;
            let name = to.strip_prefix(&root).ok()?.to_str()?.to_owned();
            name.ends_with(".md").then_some(name)
        };
        links(&read(page)).into_iter().filter_map(to_page).collect()
    };
    let near = linked(&"README.md".to_owned());
    let reached: BTreeSet<_> = near.iter().flat_map(linked).chain(near.clone()).collect();
    let files = tracked();
    let pages = files
        .iter()
        .filter(|file| file.starts_with("docs/") && file.ends_with(".md"));
    for page in pages {
        assert!(
            reached.contains(page),
            "{page} is out of the README's reach"
        );
    }
}

/// The rows of all tables of a document that have this head, without the cells' blanks.
pub(crate) fn rows(document: &str, head: &str) -> Vec<Vec<String>> {
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
