//! Customers, and searching them.

use serde_json::{Value, json};

use super::client::{call, id, ok, post};
use super::stand_in;
use crate::Reply;

#[tokio::test]
async fn a_customer_is_created_changed_and_deleted_with_an_event_each() {
    let stripe = stand_in().await;
    let form = "email=ada@example.com&metadata[user_id]=u_1&metadata[team]=red";
    let made = ok(stripe.call("POST", "/v1/customers", form));
    assert_eq!(made["metadata"], json!({"user_id": "u_1", "team": "red"}));
    let path = format!("/v1/customers/{}", id(&made));
    let form = "metadata[team]=&metadata[new]=x&email=";
    let changed = ok(stripe.call("POST", &path, form));
    assert_eq!(changed["metadata"], json!({"user_id": "u_1", "new": "x"}));
    assert_eq!(changed["email"], Value::Null);
    // A change that makes no difference is no event.
    ok(stripe.call("POST", &path, "metadata[new]=x"));
    let gone = json!({"id": made["id"], "object": "customer", "deleted": true});
    assert_eq!(ok(stripe.call("DELETE", &path, "")), gone);
    assert_eq!(ok(stripe.call("GET", &path, "")), gone);
    for (method, path) in [
        ("DELETE", path.as_str()),
        ("POST", &path),
        ("GET", "/v1/customers/cus_none"),
    ] {
        let (status, error) = stripe.call(method, path, "");
        assert_eq!(
            (status, &error["error"]["code"]),
            (404, &json!("resource_missing"))
        );
    }
    let told: Vec<_> = stripe
        .events()
        .into_iter()
        .map(|event| event["type"].clone())
        .collect();
    assert_eq!(
        told,
        ["customer.created", "customer.updated", "customer.deleted"]
    );
}

#[tokio::test]
async fn a_deleted_customer_keeps_its_history_and_opens_nothing() {
    let stripe = stand_in().await;
    stripe.add_plan("prod_pro", "Pro", "price_pro", "pro_monthly", 1000);
    stripe.add_subscription("sub_1", "cus_1", "price_pro");
    stripe.remove_customer("cus_1");
    let path = "/v1/subscriptions?customer=cus_1";
    assert_eq!(ok(stripe.call("GET", path, ""))["data"], json!([]));
    let list = ok(stripe.call("GET", &format!("{path}&status=all"), ""));
    assert_eq!(list["data"][0]["status"], "canceled");
    let events = stripe.events();
    let ended: Vec<_> = events.iter().map(|event| &event["type"]).collect();
    assert_eq!(ended, ["customer.subscription.deleted", "customer.deleted"]);
    let shown = stripe.call("GET", "/v1/customers/cus_1?expand[]=subscriptions", "");
    assert_eq!(
        shown,
        (
            200,
            json!({"id": "cus_1", "object": "customer", "deleted": true})
        )
    );
    let refused = post(&stripe, &[], "customer=cus_1").await;
    assert_eq!(refused.parsed()["error"]["code"], "resource_missing");
}

#[tokio::test]
async fn metadata_has_stripes_bounds() {
    let stripe = stand_in().await;
    let set = |form: &str| stripe.call("POST", "/v1/customers/cus_1", form).0;
    assert_eq!(
        set(&format!("metadata[{}]={}", "k".repeat(40), "v".repeat(500))),
        200
    );
    assert_eq!(set(&format!("metadata[{}]=x", "k".repeat(41))), 400);
    assert_eq!(set(&format!("metadata[k]={}", "v".repeat(501))), 400);
    let many: Vec<String> = (0..50).map(|at| format!("metadata[k{at}]=x")).collect();
    // One is there from before.
    assert_eq!(set(&many.join("&")), 400);
    assert_eq!(set(&format!("metadata=&{}", many.join("&"))), 200);
}

#[tokio::test]
async fn customers_are_listed_in_pages_with_their_subscriptions_where_these_are_asked_for() {
    let stripe = stand_in().await;
    stripe.add_plan("prod_pro", "Pro", "price_pro", "pro_monthly", 1000);
    stripe.add_subscription("sub_1", "cus_1", "price_pro");
    for _ in 0..4 {
        ok(stripe.call("POST", "/v1/customers", ""));
    }
    let first = ok(stripe.call("GET", "/v1/customers?limit=3", ""));
    assert_eq!(first["has_more"], true);
    let path = format!(
        "/v1/customers?limit=3&expand[]=data.subscriptions&starting_after={}",
        id(&first["data"][2])
    );
    let last = ok(stripe.call("GET", &path, ""));
    assert_eq!(
        (last["data"].as_array().map(Vec::len), &last["has_more"]),
        (Some(2), &json!(false))
    );
    assert_eq!(last["data"][1]["subscriptions"]["data"][0]["id"], "sub_1");
    let (status, error) = stripe.call("GET", "/v1/customers?starting_after=cus_live", "");
    assert_eq!(
        (status, &error["error"]["code"]),
        (400, &json!("resource_missing"))
    );
    let (status, error) = stripe.call("GET", "/v1/customers/cus_1?expand[]=sources", "");
    assert_eq!((status, &error["error"]["param"]), (400, &json!("expand")));
}

#[tokio::test]
async fn a_customer_of_the_other_mode_is_not_found_and_a_script_concerns_calls_with_it_in_the_path()
{
    let stripe = stand_in().await;
    let get = async |path: &str| call(&stripe, "GET", path, "").await;
    let (status, error) = get("/v1/customers/cus_live").await;
    let message = error["error"]["message"].as_str().unwrap_or_default();
    assert!(
        status == 404 && message.contains("exists in live mode"),
        "{error}"
    );
    stripe.script("cus_1", [Reply::server_error(503)]);
    assert_eq!(get("/v1/customers/cus_live").await.0, 404);
    assert_eq!(get("/v1/customers/cus_1").await.0, 503);
    assert_eq!(get("/v1/customers/cus_1").await.0, 200);
}

#[tokio::test]
async fn a_search_finds_metadata_whatever_is_escaped_in_it_and_lags_where_its_index_is_held() {
    let stripe = stand_in().await;
    let search =
        |query: &str| stripe.call("GET", &format!("/v1/customers/search?query={query}"), "");
    ok(stripe.call(
        "POST",
        "/v1/customers/cus_1",
        "metadata[user_id]=o%27brien%5C",
    ));
    let query = "metadata[%27user_id%27]:%27O%5C%27Brien%5C%5C%27";
    let hits = ok(search(query));
    assert_eq!(hits["object"], "search_result");
    assert_eq!(
        (id(&hits["data"][0]), &hits["has_more"]),
        ("cus_1", &json!(false))
    );
    ok(stripe.call("POST", "/v1/customers", "metadata[user_id]=o%27brien%5C"));
    assert_eq!(ok(search(&format!("{query}&limit=1")))["has_more"], true);
    for query in [
        "metadata[%27a%27]:%27b",
        "name:%27Ada%27",
        "metadata[%27a%27]:%27b%27%20OR%20x",
    ] {
        let (status, error) = search(query);
        assert_eq!(
            (status, &error["error"]["param"]),
            (400, &json!("query")),
            "{query}"
        );
    }
    stripe.hold_search_index(true);
    ok(stripe.call("POST", "/v1/customers/cus_1", "metadata[user_id]=u_1"));
    assert_eq!(
        ok(search("metadata[%27user_id%27]:%27u_1%27"))["data"],
        json!([])
    );
    stripe.hold_search_index(false);
    assert_eq!(
        id(&ok(search("metadata[%27user_id%27]:%27u_1%27"))["data"][0]),
        "cus_1"
    );
}
