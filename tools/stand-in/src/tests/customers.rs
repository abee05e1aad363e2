//! `GET /v1/customers/{id}`.

use serde_json::{Value, json};

use super::client::{Client, KEY, post};
use super::stand_in;
use crate::{Reply, StripeStandIn};

async fn get(stripe: &StripeStandIn, path: &str) -> (u16, Value) {
    let mut client = Client::connect(stripe).await;
    let head =
        format!("GET {path} HTTP/1.1\r\nHost: stripe\r\nAuthorization: Bearer {KEY}\r\n\r\n");
    client.write(head.as_bytes()).await;
    let answer = client.receive().await.expect("an answer");
    (answer.status, answer.json())
}

#[tokio::test]
async fn a_customer_that_was_registered_is_found() {
    let stripe = stand_in().await;
    let (status, customer) = get(&stripe, "/v1/customers/cus_1").await;
    assert_eq!(status, 200, "{customer}");
    assert_eq!(customer["id"], "cus_1");
    assert_eq!(customer["object"], "customer");
    assert_eq!(customer["livemode"], false);
    assert_eq!(customer["metadata"], json!({}));
}

#[tokio::test]
async fn a_customer_that_does_not_exist_in_the_keys_mode_is_not_found() {
    let stripe = stand_in().await;
    let (status, error) = get(&stripe, "/v1/customers/cus_none").await;
    assert_eq!(status, 404);
    assert_eq!(error["error"]["code"], "resource_missing");
    assert_eq!(error["error"]["param"], "id");
    assert_eq!(error["error"]["message"], "No such customer: 'cus_none'");
    let (status, error) = get(&stripe, "/v1/customers/cus_live").await;
    let message = error["error"]["message"].as_str().unwrap_or_default();
    assert!(
        status == 404 && message.contains("exists in live mode"),
        "{error}"
    );
}

#[tokio::test]
async fn a_deleted_customer_is_shown_as_deleted_and_opens_no_portal() {
    let stripe = stand_in().await;
    stripe.remove_customer("cus_1");
    assert_eq!(
        get(&stripe, "/v1/customers/cus_1").await,
        (
            200,
            json!({"id": "cus_1", "object": "customer", "deleted": true})
        )
    );
    let refused = post(&stripe, &[], "customer=cus_1").await;
    assert_eq!(refused.json()["error"]["code"], "resource_missing");
}

#[tokio::test]
async fn an_unknown_parameter_in_the_query_is_refused() {
    let stripe = stand_in().await;
    let (status, _) = get(&stripe, "/v1/customers/cus_1?expand[]=subscriptions").await;
    assert_eq!(status, 200);
    let (status, error) = get(&stripe, "/v1/customers/cus_1?colour=red").await;
    assert_eq!((status, &error["error"]["param"]), (400, &json!("colour")));
}

#[tokio::test]
async fn a_script_for_a_customer_concerns_calls_with_the_customer_in_the_path() {
    let stripe = stand_in().await;
    stripe.script("cus_1", [Reply::server_error(503)]);
    assert_eq!(get(&stripe, "/v1/customers/cus_live").await.0, 404);
    assert_eq!(get(&stripe, "/v1/customers/cus_1").await.0, 503);
    assert_eq!(get(&stripe, "/v1/customers/cus_1").await.0, 200);
}
