//! Faults that are chosen while the stand-in runs.

use super::client::{control, post};
use super::{BODY, stand_in, start};
use crate::faults::FAULTS;
use crate::{Reply, StripeStandIn};

/// The page that says what Portico makes of each fault.
const PAGE: &str = include_str!("../../../../docs/stripe.md");

async fn status(stripe: &StripeStandIn, body: &str) -> u16 {
    post(stripe, &[], body).await.status
}

#[tokio::test]
async fn a_fault_lasts_until_it_is_deleted_or_has_come_as_often_as_it_should() {
    let stripe = start(StripeStandIn::builder().controls()).await;
    stripe.add_customer("cus_2", false);
    // Each row has the faults that are put, and then the answers to calls for two customers.
    for (method, path, calls) in [
        ("PUT", "faults/server-error", [500, 500]),
        ("PUT", "faults/unavailable", [503, 503]),
        ("PUT", "faults/conflict?customer=cus_1", [409, 503]),
        ("GET", "faults", [409, 503]),
        ("DELETE", "faults?customer=cus_1", [503, 503]),
        ("PUT", "faults/normal", [200, 200]),
        ("PUT", "faults/lock-timeout?times=3", [429, 429]),
        ("GET", "faults", [429, 200]),
        ("PUT", "faults/rate-limited", [429, 429]),
        ("DELETE", "faults", [200, 200]),
    ] {
        let (answered, text) = control(&stripe, method, path).await;
        assert_eq!(answered, 200, "{method} {path}: {text}");
        for (body, expected) in [BODY, "customer=cus_2"].into_iter().zip(calls) {
            assert_eq!(
                status(&stripe, body).await,
                expected,
                "{method} {path} {body}"
            );
        }
    }
    control(&stripe, "PUT", "faults/conflict?times=2&customer=cus_1").await;
    control(&stripe, "PUT", "faults/permission").await;
    let (_, text) = control(&stripe, "GET", "faults").await;
    for fault in &FAULTS {
        let (name, sentence) = (fault.name, fault.sentence);
        assert!(
            text.contains(&format!("{name:<24} {sentence}\n")),
            "{name} is not in {text}"
        );
    }
    let in_force =
        "In force:\npermission for every customer\nconflict for cus_1, for the next 2 attempts\n";
    assert!(text.ends_with(in_force), "{text}");
    // A script goes first.
    stripe.script("cus_1", [Reply::RateLimited429]);
    for expected in [429, 409, 409, 403] {
        assert_eq!(status(&stripe, BODY).await, expected);
    }
}

#[tokio::test]
async fn a_request_that_makes_no_sense_is_refused_and_changes_nothing() {
    let stripe = start(StripeStandIn::builder().controls()).await;
    for (method, path, expected) in [
        ("PUT", "faults/nothing-like-it", 404),
        ("PUT", "faults/", 404),
        ("PUT", "faults/server-error/", 404),
        ("GET", "", 404),
        ("PUT", "faults/server-error?time=1", 400),
        ("PUT", "faults/server-error?times=0", 400),
        ("PUT", "faults/server-error?customer=1", 400),
        ("DELETE", "faults?times=1", 400),
        ("PUT", "faults", 404),
        ("POST", "faults/server-error", 404),
        ("PUT", "deliveries/never", 404),
        ("POST", "deliveries/held", 404),
        ("POST", "events/evt_none/deliver", 404),
    ] {
        let (status, text) = control(&stripe, method, path).await;
        assert_eq!(status, expected, "{method} {path}: {text}");
    }
    assert_eq!(status(&stripe, BODY).await, 200);
    assert_eq!(
        stripe.requests().len(),
        1,
        "control requests are not recorded"
    );
    let other = stand_in().await;
    assert_eq!(control(&other, "PUT", "faults/server-error").await.0, 404);
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
