//! Faults that are chosen while the stand-in runs.

use std::collections::HashSet;
use std::fs;
use std::mem::discriminant;
use std::path::Path;

use super::client::{Client, post};
use super::{BODY, stand_in};
use crate::{FAULTS, Fault, Reply, StripeStandIn};

async fn steerable() -> StripeStandIn {
    let stripe = StripeStandIn::builder().controls().start("127.0.0.1:0");
    let stripe = stripe.await.expect("a free port");
    stripe.add_customer("cus_1", false);
    stripe.add_customer("cus_2", false);
    stripe
}

/// The page that says what Portico makes of each fault.
const PAGE: &str = include_str!("../../../../docs/stripe.md");

/// The status and the text that the control surface answers.
async fn control(stripe: &StripeStandIn, method: &str, path: &str) -> (u16, String) {
    let mut client = Client::connect(stripe).await;
    let request = format!("{method} /stand-in/{path} HTTP/1.1\r\nHost: stripe\r\n\r\n");
    client.write(request.as_bytes()).await;
    let answer = client.receive().await.expect("an answer");
    let text = String::from_utf8(answer.body).expect("text");
    (answer.status, text)
}

async fn statuses<const N: usize>(stripe: &StripeStandIn, body: &str) -> [u16; N] {
    let mut statuses = [0; N];
    for status in &mut statuses {
        *status = post(stripe, &[], body).await.status;
    }
    statuses
}

#[tokio::test]
async fn a_fault_that_is_put_lasts_until_it_is_deleted_and_concerns_everyone() {
    let stripe = steerable().await;
    let (status, text) = control(&stripe, "PUT", "faults/server-error").await;
    assert_eq!(
        (status, text.as_str()),
        (200, "In force: server-error for every customer\n")
    );
    assert_eq!(statuses(&stripe, BODY).await, [500, 500, 500]);
    assert_eq!(statuses(&stripe, "customer=cus_2").await, [500]);
    let (status, text) = control(&stripe, "DELETE", "faults").await;
    assert!(
        status == 200 && text.ends_with("In force: nothing\n"),
        "{text}"
    );
    assert_eq!(statuses(&stripe, BODY).await, [200]);
}

#[tokio::test]
async fn normal_ends_a_fault_too() {
    let stripe = steerable().await;
    control(&stripe, "PUT", "faults/permission").await;
    assert_eq!(statuses(&stripe, BODY).await, [403]);
    control(&stripe, "PUT", "faults/normal").await;
    assert_eq!(statuses(&stripe, BODY).await, [200]);
}

#[tokio::test]
async fn a_fault_for_one_customer_goes_before_one_for_all() {
    let stripe = steerable().await;
    control(&stripe, "PUT", "faults/unavailable").await;
    control(&stripe, "PUT", "faults/conflict?customer=cus_1").await;
    assert_eq!(statuses(&stripe, BODY).await, [409]);
    assert_eq!(statuses(&stripe, "customer=cus_2").await, [503]);
    let (_, text) = control(&stripe, "GET", "faults").await;
    assert!(
        text.ends_with("In force:\nunavailable for every customer\nconflict for cus_1\n"),
        "{text}"
    );
    control(&stripe, "DELETE", "faults?customer=cus_1").await;
    assert_eq!(statuses(&stripe, BODY).await, [503]);
}

#[tokio::test]
async fn a_fault_with_a_number_of_times_ends_by_itself() {
    let stripe = steerable().await;
    control(&stripe, "PUT", "faults/lock-timeout?times=2").await;
    assert_eq!(statuses(&stripe, BODY).await, [429, 429, 200]);
    control(&stripe, "PUT", "faults/server-error").await;
    control(&stripe, "PUT", "faults/conflict?times=1&customer=cus_1").await;
    assert_eq!(statuses(&stripe, BODY).await, [409, 500]);
}

#[tokio::test]
async fn a_script_goes_before_what_was_put() {
    let stripe = steerable().await;
    control(&stripe, "PUT", "faults/server-error?customer=cus_1").await;
    stripe.script("cus_1", [Reply::Conflict409]);
    assert_eq!(statuses(&stripe, BODY).await, [409, 500]);
}

#[tokio::test]
async fn control_requests_are_not_recorded() {
    let stripe = steerable().await;
    for (method, path) in [
        ("GET", "faults"),
        ("PUT", "faults/slow"),
        ("DELETE", "faults"),
        ("GET", "x"),
    ] {
        control(&stripe, method, path).await;
    }
    assert!(stripe.requests().is_empty());
    post(&stripe, &[], BODY).await;
    assert_eq!(stripe.requests().len(), 1);
}

#[tokio::test]
async fn a_request_that_makes_no_sense_is_refused_and_changes_nothing() {
    let stripe = steerable().await;
    for (method, path, expected) in [
        ("PUT", "faults/nothing-like-it", 404),
        ("PUT", "faults/", 404),
        ("PUT", "faults/server-error/", 404),
        ("GET", "faultsy", 404),
        ("GET", "", 404),
        ("PUT", "faults/server-error?time=1", 400),
        ("PUT", "faults/server-error?times=0", 400),
        ("PUT", "faults/server-error?times=-1", 400),
        ("PUT", "faults/server-error?times=", 400),
        ("PUT", "faults/server-error?customer=1", 400),
        ("DELETE", "faults?times=1", 400),
        ("PUT", "faults", 405),
        ("POST", "faults/server-error", 405),
        ("GET", "faults/server-error", 405),
    ] {
        let (status, text) = control(&stripe, method, path).await;
        assert_eq!(status, expected, "{method} {path}: {text}");
    }
    assert_eq!(statuses(&stripe, BODY).await, [200]);
}

#[tokio::test]
async fn a_stand_in_without_controls_cannot_be_steered() {
    let stripe = stand_in().await;
    assert_eq!(control(&stripe, "PUT", "faults/server-error").await.0, 404);
    assert_eq!(statuses(&stripe, BODY).await, [200]);
}

#[tokio::test]
async fn the_list_has_every_fault_with_its_sentence_on_a_line() {
    let stripe = steerable().await;
    let (status, text) = control(&stripe, "GET", "faults").await;
    assert_eq!(status, 200);
    for Fault { name, sentence, .. } in &FAULTS {
        let line = text
            .lines()
            .find(|line| line.split(' ').next() == Some(name));
        assert!(
            line.is_some_and(|line| line.ends_with(sentence)),
            "{name} is not in {text}"
        );
    }
}

#[test]
fn every_kind_of_reply_has_a_name_and_no_two_faults_are_the_same() {
    let kinds: HashSet<_> = FAULTS
        .iter()
        .map(|fault| discriminant(&fault.reply()))
        .collect();
    // This match is here so that a new kind of reply does not compile without a look at this test.
    let number = match Reply::Normal {
        Reply::Normal
        | Reply::Delay(_)
        | Reply::ResetBeforeHeaders
        | Reply::ResetDuringBody
        | Reply::StallBeforeHeaders
        | Reply::StallAfterHeaders
        | Reply::Trickle { .. }
        | Reply::TruncatedBody
        | Reply::SessionUrl(_)
        | Reply::HugeBody { .. }
        | Reply::InvalidJson
        | Reply::Redirect302 { .. }
        | Reply::RateLimited429
        | Reply::LockTimeout429
        | Reply::Conflict409
        | Reply::ServerError { .. }
        | Reply::Error { .. } => 17,
        // A gate is a test's to open, so this one has no name.
        Reply::Held(_) => unreachable!(),
    };
    assert_eq!(kinds.len(), number);
    for (at, fault) in FAULTS.iter().enumerate() {
        assert!(
            fault
                .name
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b == b'-'),
            "{}",
            fault.name
        );
        assert!(fault.sentence.ends_with('.'), "{}", fault.sentence);
        for other in &FAULTS[..at] {
            assert_ne!(fault.name, other.name);
            assert_ne!(
                fault.reply(),
                other.reply(),
                "{} is {}",
                fault.name,
                other.name
            );
        }
    }
}

#[test]
fn the_documentation_has_every_fault_in_the_order_of_the_table_and_no_other() {
    let (_, section) = PAGE
        .split_once("\n## Faults to try\n")
        .expect("the section on faults");
    let section = section.split("\n## ").next().unwrap_or_default();
    let (_, rows) = section.split_once("| Fault |").expect("the table");
    let rows: Vec<_> = rows
        .lines()
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.strip_prefix("| `"))
        .map(|row| {
            let mut cells = row.split(" | ");
            let name = cells.next().unwrap_or_default().trim_end_matches('`');
            (name, cells.next().unwrap_or_default())
        })
        .collect();
    let expected: Vec<_> = FAULTS
        .iter()
        .map(|fault| (fault.name, fault.sentence))
        .collect();
    assert_eq!(rows, expected);
}

#[test]
fn the_tests_that_the_documentation_names_exist() {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    let mut sources = Vec::new();
    for folder in ["src", "shells", "tests"] {
        rust_files(&root.join(folder), &mut sources);
    }
    let names = PAGE.split('`').skip(1).step_by(2);
    let mut found = 0;
    for (place, test) in names.filter_map(|name| name.rsplit_once("::")) {
        // The page also names the modules themselves, with nothing behind the colons.
        if test.is_empty() {
            continue;
        }
        // A module is `module.rs`, and its tests may be in `module/tests.rs`.
        let path = place.replace("::", "/");
        let ends = [format!("/{path}.rs"), format!("/{path}/tests.rs")];
        let function = format!("fn {test}(");
        let there = sources.iter().any(|(file, source)| {
            ends.iter().any(|end| file.ends_with(end)) && source.contains(&function)
        });
        assert!(there, "{place} has no test {test}");
        found += 1;
    }
    assert!(found > 28, "every fault is held by a test");
}

/// All Rust files below a folder, if it exists, with their paths as they are written with slashes.
fn rust_files(folder: &Path, found: &mut Vec<(String, String)>) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries {
        let path = entry.expect("an entry").path();
        if path.is_dir() && !path.ends_with("node_modules") {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let name = path.to_string_lossy().replace('\\', "/");
            found.push((name, fs::read_to_string(&path).expect("a source file")));
        }
    }
}
