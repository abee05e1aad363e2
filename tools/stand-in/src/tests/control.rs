//! Faults that are chosen while the stand-in runs.

use std::collections::HashSet;
use std::mem::discriminant;

use super::client::{control, post};
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
async fn a_script_goes_before_a_fault_that_was_put_and_control_requests_are_not_recorded() {
    let stripe = steerable().await;
    control(&stripe, "PUT", "faults/server-error?customer=cus_1").await;
    control(&stripe, "GET", "x").await;
    assert!(stripe.requests().is_empty());
    stripe.script("cus_1", [Reply::Conflict409]);
    assert_eq!(statuses(&stripe, BODY).await, [409, 500]);
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
        | Reply::KeptServerError
        | Reply::Error { .. } => 18,
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
