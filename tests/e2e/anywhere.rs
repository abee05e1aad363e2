//! Promises about counts that hold on every host whose counters last: nothing here sets the clock or looks into the
//! store.

use futures::future::join_all;
use serde_json::json;

use crate::harness::{Answer, Portico, USER, now};

/// The length of a window that does not end soon: windows are counted from the epoch, in which two of these lengths
/// hardly ever end at the same time.
fn long_window() -> u64 {
    let rest = |window: &u64| window - now() % window;
    [86_400, 70_000].into_iter().max_by_key(rest).unwrap()
}

async fn at_once(portico: &Portico, requests: usize) -> Vec<Answer> {
    join_all((0..requests).map(|_| portico.portal_as_user().send())).await
}

fn served(answers: &[Answer]) -> usize {
    answers.iter().filter(|answer| answer.status == 200).count()
}

#[tokio::test]
async fn of_many_requests_at_once_as_many_are_admitted_as_the_limit_says() {
    let portico = Portico::setup()
        .variable("rate_limits", format!("paid=5/{}", long_window()))
        .start()
        .await;
    let answers = at_once(&portico, 32).await;
    assert_eq!(served(&answers), 5);
    for refused in answers.iter().filter(|answer| answer.status != 200) {
        refused.is_error(429, "rate_limited");
    }
}

#[tokio::test]
async fn many_calls_at_once_spend_no_more_than_there_is_and_what_is_left_can_be_spent() {
    let portico = Portico::setup()
        .variable("request_cost", "10")
        .start()
        .await;
    portico
        .set_balance(USER, &json!({"current_balance": 57}))
        .await;
    let mut sessions = served(&at_once(&portico, 20).await);
    assert!((1..=5).contains(&sessions), "{sessions}");
    let left = portico.account(USER).send().await.json()["current_balance"].clone();
    assert_eq!(left, 57 - 10 * sessions);
    // Those who were refused because others were about to be have given back what they took.
    while sessions < 5 {
        portico.portal_as_user().opens_session().await;
        sessions += 1;
    }
    portico
        .portal_as_user()
        .fails(402, "insufficient_balance")
        .await;
}
