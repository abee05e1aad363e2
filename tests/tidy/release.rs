//! The files around a release agree with the code: versions, events, copied files, pinned actions.

use std::collections::BTreeSet;

use portico::webhook::event;
use toml::Table;

use crate::files::read;

/// The version in the workspace's manifest.
fn version() -> String {
    let manifest: Table = read("Cargo.toml").parse().unwrap();
    let version = &manifest["workspace"]["package"]["version"];
    version.as_str().unwrap().to_owned()
}

/// The texts in double quotation marks of a text.
fn quoted(text: &str) -> BTreeSet<&str> {
    text.split('"').skip(1).step_by(2).collect()
}

#[test]
fn every_file_that_has_a_version_has_the_same_one() {
    let version = version();
    for (file, line) in [
        ("spin.toml", format!("\nversion = \"{version}\"\n")),
        ("docs/openapi.yaml", format!("\n  version: {version}\n")),
        (
            "sdk/js/package.json",
            format!("\n  \"version\": \"{version}\",\n"),
        ),
        (
            "cli/package.json",
            format!("\n  \"version\": \"{version}\",\n"),
        ),
        ("CHANGELOG.md", format!("\n## [{version}] - 20")),
    ] {
        assert!(read(file).contains(&line), "{file} has no {line:?}");
    }
}

#[test]
fn terraform_subscribes_to_the_events_that_concern_portico_and_no_other() {
    let main = read("examples/terraform/stripe/main.tf");
    let (_, rest) = main.split_once("\n  events = [\n").unwrap();
    let (events, _) = rest.split_once("\n  ]\n").unwrap();
    assert_eq!(quoted(events), event::types().collect());
}

#[test]
fn terraforms_outputs_are_variables_of_portico() {
    let main = read("examples/terraform/stripe/main.tf");
    let outputs: Vec<_> = main
        .split("\noutput \"")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap())
        .collect();
    assert_eq!(outputs.len(), 4);
    for output in outputs {
        let known = portico::config::VARIABLES
            .iter()
            .any(|variable| variable.name == output);
        assert!(known, "{output}");
    }
}

#[test]
fn the_container_copies_files_that_a_release_has_and_starts_what_it_has_copied() {
    let container = read("docs/deploy/container/Containerfile");
    let copy = container
        .lines()
        .find_map(|line| line.strip_prefix("COPY "))
        .unwrap();
    let mut words: Vec<_> = copy.split(' ').collect();
    let directory = words.pop().unwrap();
    let releasing = read("docs/RELEASING.md");
    for file in words {
        assert!(releasing.contains(&format!("`{file}`")), "{file}");
    }
    let (_, command) = container.split_once("ENTRYPOINT [").unwrap();
    for path in quoted(command).iter().filter(|word| word.contains(".toml")) {
        assert!(path.starts_with(directory), "{path}");
    }
}

#[test]
fn a_workflow_pins_its_actions_by_digest_and_begins_without_permissions() {
    let release = read(".github/workflows/release.yml");
    assert!(release.contains("\npermissions: {}\n"));
    let mut pinned = 0;
    for action in release.lines().filter_map(|line| line.split_once("uses: ")) {
        let (_, digest) = action.1.split_once('@').unwrap();
        let digest = digest.split(' ').next().unwrap();
        let is_digest = digest.len() == 40 && digest.bytes().all(|byte| byte.is_ascii_hexdigit());
        assert!(is_digest, "{}", action.1);
        pinned += 1;
    }
    assert!(pinned > 5, "{pinned}");
}
