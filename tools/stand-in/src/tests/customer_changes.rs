//! What changes customers, and what lists and searches find of them.

use serde_json::{Value, json};

use super::client::{call, id, ok};
use super::stand_in;

#[tokio::test]
async fn a_customer_is_created_changed_and_deleted_with_an_event_each() {
    let stripe = stand_in().await;
    let body = "email=ada@example.com&metadata[user_id]=u_1&metadata[team]=red";
    let made = ok(call(&stripe, "POST", "/v1/customers", body).await);
    assert_eq!(made["metadata"], json!({"user_id": "u_1", "team": "red"}));
    let path = format!("/v1/customers/{}", id(&made));
    let body = "metadata[team]=&metadata[new]=x&email=";
    let changed = ok(call(&stripe, "POST", &path, body).await);
    assert_eq!(changed["metadata"], json!({"user_id": "u_1", "new": "x"}));
    assert_eq!(changed["email"], Value::Null);
    // What changes nothing is no event.
    ok(call(&stripe, "POST", &path, "metadata[new]=x").await);
    ok(call(&stripe, "POST", &path, "metadata=").await);
    let gone = json!({"id": made["id"], "object": "customer", "deleted": true});
    assert_eq!(ok(call(&stripe, "DELETE", &path, "").await), gone);
    assert_eq!(ok(call(&stripe, "GET", &path, "").await), gone);
    for (method, path) in [
        ("DELETE", path.as_str()),
        ("POST", &path),
        ("POST", "/v1/customers/cus_none"),
    ] {
        let (status, error) = call(&stripe, method, path, "").await;
        assert_eq!(
            (status, &error["error"]["code"]),
            (404, &json!("resource_missing")),
            "{method}"
        );
    }
    let told: Vec<_> = stripe
        .events()
        .into_iter()
        .map(|event| {
            (
                event["type"].clone(),
                event["data"]["previous_attributes"].clone(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            (json!("customer.created"), Value::Null),
            (
                json!("customer.updated"),
                json!({"email": "ada@example.com", "metadata": {"team": "red", "new": null}})
            ),
            (
                json!("customer.updated"),
                json!({"metadata": {"user_id": "u_1", "new": "x"}})
            ),
            (json!("customer.deleted"), Value::Null),
        ]
    );
}

#[tokio::test]
async fn a_deleted_customers_subscriptions_are_canceled_and_stay_in_its_history() {
    let stripe = stand_in().await;
    stripe.add_plan("prod_pro", "Pro", "price_pro", "pro_monthly", 1000);
    let body = "customer=cus_1&items[0][price]=price_pro&default_payment_method=pm_card_visa";
    ok(call(&stripe, "POST", "/v1/subscriptions", body).await);
    ok(call(&stripe, "DELETE", "/v1/customers/cus_1", "").await);
    let list = ok(call(&stripe, "GET", "/v1/subscriptions?customer=cus_1", "").await);
    assert_eq!(list["data"], json!([]));
    let list = ok(call(
        &stripe,
        "GET",
        "/v1/subscriptions?customer=cus_1&status=all",
        "",
    )
    .await);
    assert_eq!(list["data"][0]["status"], "canceled");
    let events = stripe.events();
    let ended: Vec<_> = events
        .iter()
        .rev()
        .take(2)
        .map(|event| &event["type"])
        .collect();
    assert_eq!(ended, ["customer.deleted", "customer.subscription.deleted"]);
    // A deleted customer has no subscriptions to show.
    let shown = call(
        &stripe,
        "GET",
        "/v1/customers/cus_1?expand[]=subscriptions",
        "",
    )
    .await;
    assert_eq!(
        shown,
        (
            200,
            json!({"id": "cus_1", "object": "customer", "deleted": true})
        )
    );
}

#[tokio::test]
async fn metadata_has_stripes_bounds() {
    let stripe = stand_in().await;
    for (body, fits) in [
        (format!("metadata[{}]=x", "k".repeat(40)), true),
        (format!("metadata[{}]=x", "k".repeat(41)), false),
        (format!("metadata[k]={}", "v".repeat(500)), true),
        (format!("metadata[k]={}", "v".repeat(501)), false),
    ] {
        let (status, error) = call(&stripe, "POST", "/v1/customers/cus_1", &body).await;
        assert_eq!(status == 200, fits, "{error}");
    }
    let many: Vec<String> = (0..49).map(|at| format!("metadata[k{at}]=x")).collect();
    let many = many.join("&");
    // Two are there from before.
    assert_eq!(
        call(&stripe, "POST", "/v1/customers/cus_1", &many).await.0,
        400
    );
    ok(call(
        &stripe,
        "POST",
        "/v1/customers/cus_1",
        &format!("metadata=&{many}"),
    )
    .await);
}

#[tokio::test]
async fn customers_are_listed_in_pages_the_newest_first_and_by_mode() {
    let stripe = stand_in().await;
    let mut made = vec!["cus_1".to_owned()];
    for _ in 0..4 {
        made.push(id(&ok(call(&stripe, "POST", "/v1/customers", "").await)).to_owned());
    }
    ok(call(
        &stripe,
        "DELETE",
        &format!("/v1/customers/{}", made.remove(2)),
        "",
    )
    .await);
    let mut seen = Vec::new();
    let mut after = String::new();
    loop {
        let path = format!("/v1/customers?limit=2{after}");
        let page = ok(call(&stripe, "GET", &path, "").await);
        assert_eq!(page["object"], "list");
        assert_eq!(page["url"], "/v1/customers");
        seen.extend(
            page["data"]
                .as_array()
                .unwrap()
                .iter()
                .map(|each| id(each).to_owned()),
        );
        if page["has_more"] == false {
            break;
        }
        after = format!("&starting_after={}", seen.last().unwrap());
    }
    made.reverse();
    assert_eq!(seen, made);
    let path = "/v1/customers?limit=1&starting_after=cus_live";
    let (status, error) = call(&stripe, "GET", path, "").await;
    assert_eq!(
        (status, &error["error"]["code"]),
        (400, &json!("resource_missing"))
    );
}

#[tokio::test]
async fn a_search_finds_metadata_in_pages_whatever_is_escaped_in_it() {
    let stripe = stand_in().await;
    ok(call(
        &stripe,
        "POST",
        "/v1/customers/cus_1",
        "metadata[user_id]=o%27brien%5C",
    )
    .await);
    let search = async |query: &str| {
        let path = format!("/v1/customers/search?query={query}");
        call(&stripe, "GET", &path, "").await
    };
    let hits = ok(search("metadata[%27user_id%27]:%27O%5C%27Brien%5C%5C%27").await);
    assert_eq!(hits["object"], "search_result");
    assert_eq!(hits["data"][0]["id"], "cus_1");
    assert_eq!(hits["next_page"], Value::Null);
    let (status, error) = search("metadata[%27user_id%27]:%27o%27brien%5C%27").await;
    assert_eq!((status, &error["error"]["param"]), (400, &json!("query")));
    ok(call(
        &stripe,
        "POST",
        "/v1/customers",
        "metadata[user_id]=o%27brien%5C",
    )
    .await);
    let page = ok(search("metadata[%27user_id%27]:%27o%5C%27brien%5C%5C%27&limit=1").await);
    assert_eq!(page["has_more"], true);
    let next = page["next_page"].as_str().unwrap();
    let page = ok(search(&format!(
        "metadata[%27user_id%27]:%27o%5C%27brien%5C%5C%27&limit=1&page={next}"
    ))
    .await);
    assert_eq!(
        (&page["has_more"], id(&page["data"][0])),
        (&json!(false), "cus_1")
    );
}

#[tokio::test]
async fn a_held_index_finds_what_was_true_before() {
    let stripe = stand_in().await;
    stripe.hold_search_index(true);
    ok(call(
        &stripe,
        "POST",
        "/v1/customers/cus_1",
        "metadata[user_id]=u_1",
    )
    .await);
    let path = "/v1/customers/search?query=metadata[%27user_id%27]:%27u_1%27";
    assert_eq!(ok(call(&stripe, "GET", path, "").await)["data"], json!([]));
    stripe.hold_search_index(false);
    let found = ok(call(&stripe, "GET", path, "").await);
    assert_eq!(found["data"][0]["id"], "cus_1");
    stripe.hold_search_index(true);
    stripe.remove_customer("cus_1");
    assert_eq!(ok(call(&stripe, "GET", path, "").await), found);
}
