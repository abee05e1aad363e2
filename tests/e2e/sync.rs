//! A user's own record, brought up to date at the user's request.

use std::time::Duration;

use http::Method;
use serde_json::{Value, json};

use crate::harness::{CUSTOMER, FRONTEND, Portico, SYNC, USER};

async fn sync(portico: &Portico, user: &str) -> Value {
    let answer = portico.sync_as(user).send().await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()
}

/// The customer of [`USER`] pays, which only Stripe knows yet.
fn subscribe(portico: &Portico) {
    portico.stripe.hold_events();
    portico
        .stripe
        .add_plan("prod_pro", "Pro", "price_pro", "pro_monthly", 2_000);
    portico
        .stripe
        .add_subscription("sub_1", CUSTOMER, "price_pro");
}

#[tokio::test]
async fn a_sync_reads_stripe_and_answers_as_the_gate_does() {
    let portico = Portico::start().await;
    portico.set_record(USER, CUSTOMER).await;
    subscribe(&portico);
    let account = sync(&portico, USER).await;
    assert_eq!(
        account,
        json!({"plan": "paid", "portal_available": true, "current_balance": 0, "next_refill_at": null})
    );
    assert_eq!(portico.account(USER).send().await.json(), account);
    let record = portico.stored(&format!("customer:{USER}")).await.unwrap();
    assert_eq!(
        record["synced_at"],
        json!(portico.now()),
        "the record is Portico's from now on"
    );
    portico.portal_as_user().opens_session().await;
    portico.stripe.set_subscription_status("sub_1", "canceled");
    assert_eq!(sync(&portico, USER).await["plan"], "free");
}

#[tokio::test]
async fn a_user_without_a_record_stays_so_and_stripe_is_asked_nothing() {
    let portico = Portico::start().await;
    let account = sync(&portico, "nobody").await;
    assert_eq!(
        account,
        json!({"plan": "free", "portal_available": false, "current_balance": 0, "next_refill_at": null})
    );
    assert!(portico.stripe.requests().is_empty());
}

#[tokio::test]
async fn a_customer_that_stripe_gives_to_another_user_leaves_the_record() {
    let portico = Portico::start().await;
    portico
        .stripe
        .set_customer_metadata(CUSTOMER, "user_id", "another");
    assert_eq!(sync(&portico, USER).await["portal_available"], false);
    assert_eq!(portico.stored(&format!("customer:{USER}")).await, None);
    portico.portal_as("another").opens_session().await;
}

#[tokio::test]
async fn with_customer_lookup_stripe_is_searched_once_an_hour_for_the_users_only_customer() {
    let portico = Portico::setup()
        .variable("customer_lookup", "metadata")
        .start()
        .await;
    let user = "o'brien\\x";
    assert_eq!(sync(&portico, user).await["portal_available"], false);
    portico
        .stripe
        .set_customer_metadata(CUSTOMER, "user_id", user);
    assert_eq!(
        sync(&portico, user).await["portal_available"],
        false,
        "not twice an hour"
    );
    let searches = |portico: &Portico| {
        let requests = portico.stripe.requests();
        requests
            .iter()
            .filter(|request| request.path.contains("/search"))
            .count()
    };
    assert_eq!(searches(&portico), 1);
    portico.advance(Duration::from_secs(3_600));
    assert_eq!(sync(&portico, user).await["portal_available"], true);
    assert_eq!(searches(&portico), 2);
    portico.portal_as(user).opens_session().await;
}

#[tokio::test]
async fn the_end_of_an_hour_and_the_beginning_of_the_next_have_one_search_together() {
    let portico = Portico::setup()
        .variable("customer_lookup", "metadata")
        .variable("rate_limits", "off")
        .start()
        .await;
    portico.begin_window(3_600);
    portico.advance(Duration::from_secs(3_590));
    for (advance, searches) in [(0, 1), (20, 1), (3_500, 1), (80, 2), (10, 2)] {
        portico.advance(Duration::from_secs(advance));
        sync(&portico, "nobody").await;
        let requests = portico.stripe.requests();
        let made = requests
            .iter()
            .filter(|request| request.path.contains("/search"));
        assert_eq!(made.count(), searches, "{advance}");
    }
}

#[tokio::test]
async fn a_user_whose_customer_went_to_another_is_searched_for_at_once() {
    let portico = Portico::setup()
        .variable("customer_lookup", "metadata")
        .start()
        .await;
    portico
        .stripe
        .set_customer_metadata(CUSTOMER, "user_id", "another");
    portico.stripe.add_customer("cus_own", false);
    portico
        .stripe
        .set_customer_metadata("cus_own", "user_id", USER);
    assert_eq!(sync(&portico, USER).await["portal_available"], true);
    let record = portico.stored(&format!("customer:{USER}")).await.unwrap();
    assert_eq!(record["stripe_customer_id"], "cus_own");
}

#[tokio::test]
async fn a_sync_is_counted_needs_a_token_and_may_be_called_by_pages() {
    let portico = Portico::setup()
        .variable("rate_limits", "free=1/60")
        .start()
        .await;
    portico.begin_window(60);
    let answer = portico
        .sync_as("nobody")
        .header("origin", FRONTEND)
        .send()
        .await;
    assert_eq!(answer.header("ratelimit-policy"), Some("\"free\";q=1;w=60"));
    assert_eq!(answer.header("access-control-allow-origin"), Some(FRONTEND));
    portico.sync_as("nobody").fails(429, "rate_limited").await;
    portico
        .request(Method::POST, SYNC)
        .fails(401, "unauthorized")
        .await;
    portico
        .request(Method::GET, SYNC)
        .fails(405, "method_not_allowed")
        .await;
    let preflight = portico
        .request(Method::OPTIONS, SYNC)
        .header("origin", FRONTEND)
        .send()
        .await;
    assert_eq!(preflight.status, 204);
}

#[tokio::test]
async fn a_customer_that_stripe_does_not_know_leaves_the_record_alone() {
    let portico = Portico::start().await;
    let record = json!({"stripe_customer_id": "cus_unknown", "plan": "paid"});
    portico.set_record(USER, record.to_string()).await;
    sync(&portico, USER).await;
    assert_eq!(
        portico.stored(&format!("customer:{USER}")).await,
        Some(record)
    );
}
