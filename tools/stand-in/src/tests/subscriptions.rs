//! Products, prices and subscriptions.

use serde_json::{Value, json};

use super::client::{call, id, ok};
use super::stand_in;
use crate::StripeStandIn;

const PAYS: &str = "default_payment_method=pm_card_visa";

/// A stand-in that sells `price_pro`, with the lookup key `pro_monthly`, and `price_team`.
async fn shop() -> StripeStandIn {
    let stripe = stand_in().await;
    stripe.add_plan("prod_pro", "Pro", "price_pro", "pro_monthly", 1000);
    stripe.add_plan("prod_team", "Team", "price_team", "team_monthly", 5000);
    stripe
}

async fn subscribe(stripe: &StripeStandIn, more: &str) -> Value {
    let body = format!("customer=cus_1&items[0][price]=price_pro&{PAYS}{more}");
    ok(call(stripe, "POST", "/v1/subscriptions", &body).await)
}

fn types(stripe: &StripeStandIn) -> Vec<String> {
    let events = stripe.events().into_iter();
    events
        .map(|event| event["type"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn a_subscription_shows_its_price_whole_and_its_period_on_the_item() {
    let stripe = shop().await;
    let made = subscribe(&stripe, "&metadata[user_id]=u_1&items[0][quantity]=3").await;
    assert_eq!(made["status"], "active");
    assert_eq!(made["customer"], "cus_1");
    assert_eq!(made["metadata"], json!({"user_id": "u_1"}));
    assert_eq!(made.get("current_period_end"), None);
    let item = &made["items"]["data"][0];
    assert_eq!(item["quantity"], 3);
    assert_eq!(item["price"]["id"], "price_pro");
    assert_eq!(item["price"]["product"], "prod_pro");
    assert_eq!(item["price"]["lookup_key"], "pro_monthly");
    assert!(item["current_period_end"].as_u64() > item["current_period_start"].as_u64());
    let path = format!("/v1/subscriptions/{}", id(&made));
    assert_eq!(ok(call(&stripe, "GET", &path, "").await), made);
}

#[tokio::test]
async fn without_a_payment_method_only_a_trial_or_an_invoice_starts_a_subscription() {
    let stripe = shop().await;
    let body = "customer=cus_1&items[0][price]=price_pro";
    let (status, error) = call(&stripe, "POST", "/v1/subscriptions", body).await;
    assert_eq!(status, 400);
    assert_eq!(error["error"]["code"], "resource_missing");
    for (more, expected) in [
        ("&trial_period_days=7", "trialing"),
        (
            "&collection_method=send_invoice&days_until_due=30",
            "active",
        ),
        ("&payment_behavior=default_incomplete", "incomplete"),
        (
            "&default_payment_method=pm_card_chargeCustomerFail",
            "incomplete",
        ),
    ] {
        let made = ok(call(
            &stripe,
            "POST",
            "/v1/subscriptions",
            &format!("{body}{more}"),
        )
        .await);
        assert_eq!(made["status"], expected, "{more}");
    }
    let declined = format!(
        "{body}&default_payment_method=pm_card_chargeCustomerFail&payment_behavior=error_if_incomplete"
    );
    let (status, error) = call(&stripe, "POST", "/v1/subscriptions", &declined).await;
    assert_eq!(
        (status, &error["error"]["code"]),
        (402, &json!("card_declined"))
    );
}

#[tokio::test]
async fn an_item_can_be_moved_to_another_price_added_and_deleted() {
    let stripe = shop().await;
    let made = subscribe(&stripe, "").await;
    let path = format!("/v1/subscriptions/{}", id(&made));
    let item = id(&made["items"]["data"][0]);
    let body = format!("items[0][id]={item}&items[0][price]=price_team");
    let moved = ok(call(&stripe, "POST", &path, &body).await);
    assert_eq!(moved["items"]["data"][0]["price"]["id"], "price_team");
    assert_eq!(moved["items"]["data"][0]["id"], item);
    let (status, _) = call(&stripe, "POST", &path, "items[0][price]=price_team").await;
    assert_eq!(status, 400);
    let body = format!("items[0][price]=price_pro&items[1][id]={item}&items[1][deleted]=true");
    let changed = ok(call(&stripe, "POST", &path, &body).await);
    assert_eq!(changed["items"]["data"].as_array().map(Vec::len), Some(1));
    assert_eq!(changed["items"]["data"][0]["price"]["id"], "price_pro");
    let event = stripe.events().pop().expect("an event");
    assert_eq!(event["type"], "customer.subscription.updated");
    assert!(
        event["data"]["previous_attributes"]["items"].is_object(),
        "{event}"
    );
}

#[tokio::test]
async fn a_lookup_key_moves_to_another_price_only_when_it_is_transferred() {
    let stripe = shop().await;
    let made = subscribe(&stripe, "").await;
    let new = "product=prod_pro&currency=usd&unit_amount=1200&recurring[interval]=month&lookup_key=pro_monthly";
    let (status, error) = call(&stripe, "POST", "/v1/prices", new).await;
    assert_eq!(
        (status, &error["error"]["param"]),
        (400, &json!("lookup_key"))
    );
    let new = format!("{new}&transfer_lookup_key=true");
    let price = ok(call(&stripe, "POST", "/v1/prices", &new).await);
    assert_eq!(price["lookup_key"], "pro_monthly");
    // The subscription is still to the older price, which has lost its key.
    let path = format!("/v1/subscriptions/{}", id(&made));
    let shown = ok(call(&stripe, "GET", &path, "").await);
    assert_eq!(shown["items"]["data"][0]["price"]["id"], "price_pro");
    assert_eq!(
        shown["items"]["data"][0]["price"]["lookup_key"],
        Value::Null
    );
    let found = ok(call(&stripe, "GET", "/v1/prices?lookup_keys[]=pro_monthly", "").await);
    assert_eq!(found["data"], json!([price]));
}

#[tokio::test]
async fn a_list_leaves_canceled_subscriptions_out_unless_it_is_asked_for_them() {
    let stripe = shop().await;
    let first = subscribe(&stripe, "").await;
    let second = subscribe(&stripe, "").await;
    let third = subscribe(&stripe, "").await;
    let path = format!("/v1/subscriptions/{}", id(&second));
    let canceled = ok(call(&stripe, "DELETE", &path, "").await);
    assert_eq!(canceled["status"], "canceled");
    assert!(canceled["ended_at"].is_u64());
    let list = async |query: &str| {
        let path = format!("/v1/subscriptions?customer=cus_1{query}");
        let list = ok(call(&stripe, "GET", &path, "").await);
        let ids = list["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|each| id(each).to_owned());
        (ids.collect::<Vec<_>>(), list["has_more"] == true)
    };
    let [first, second, third] = [&first, &second, &third].map(|made| id(made).to_owned());
    assert_eq!(list("").await, (vec![third.clone(), first.clone()], false));
    assert_eq!(
        list("&status=canceled").await,
        (vec![second.clone()], false)
    );
    assert_eq!(
        list("&status=all").await.0,
        [third.as_str(), &second, &first]
    );
    assert_eq!(list("&limit=1").await, (vec![third.clone()], true));
    // The cursor is not on the list any more, and still has its place.
    let after = format!("&limit=1&starting_after={second}");
    assert_eq!(list(&after).await, (vec![first.clone()], false));
    let before = format!("&limit=1&ending_before={first}");
    assert_eq!(list(&before).await, (vec![third], false));
    let (status, error) = call(
        &stripe,
        "GET",
        "/v1/subscriptions?starting_after=sub_none",
        "",
    )
    .await;
    assert_eq!(
        (status, &error["error"]["code"]),
        (400, &json!("resource_missing"))
    );
    let (status, error) = call(&stripe, "GET", "/v1/subscriptions?limit=101", "").await;
    assert_eq!((status, &error["error"]["param"]), (400, &json!("limit")));
}

#[tokio::test]
async fn a_canceled_subscription_is_not_canceled_again_and_only_its_notes_change() {
    let stripe = shop().await;
    let path = format!("/v1/subscriptions/{}", id(&subscribe(&stripe, "").await));
    ok(call(&stripe, "DELETE", &path, "").await);
    let (status, error) = call(&stripe, "DELETE", &path, "").await;
    assert_eq!(
        (status, &error["error"]["code"]),
        (404, &json!("resource_missing"))
    );
    assert_eq!(call(&stripe, "POST", &path, "description=x").await.0, 400);
    let noted = ok(call(&stripe, "POST", &path, "metadata[k]=v").await);
    assert_eq!(noted["metadata"], json!({"k": "v"}));
}

#[tokio::test]
async fn a_trial_that_ends_without_a_payment_method_can_pause_and_be_resumed() {
    let stripe = shop().await;
    let body = "customer=cus_1&items[0][price]=price_pro&trial_period_days=7\
                &trial_settings[end_behavior][missing_payment_method]=pause";
    let made = ok(call(&stripe, "POST", "/v1/subscriptions", body).await);
    let path = format!("/v1/subscriptions/{}", id(&made));
    let paused = ok(call(&stripe, "POST", &path, "trial_end=now").await);
    assert_eq!(paused["status"], "paused");
    let resumed = ok(call(&stripe, "POST", &format!("{path}/resume"), "").await);
    assert_eq!(resumed["status"], "active");
    assert_eq!(
        call(&stripe, "POST", &format!("{path}/resume"), "").await.0,
        400
    );
    let expected = ["created", "updated", "paused", "updated", "resumed"];
    let expected = expected.map(|last| format!("customer.subscription.{last}"));
    assert_eq!(types(&stripe), expected);
}

#[tokio::test]
async fn a_status_that_time_brings_about_can_be_given() {
    let stripe = shop().await;
    let made = subscribe(&stripe, "").await;
    stripe.set_subscription_status(id(&made), "past_due");
    let path = format!("/v1/subscriptions/{}", id(&made));
    assert_eq!(
        ok(call(&stripe, "GET", &path, "").await)["status"],
        "past_due"
    );
    let event = stripe.events().pop().expect("an event");
    assert_eq!(
        event["data"]["previous_attributes"],
        json!({"status": "active"})
    );
}

#[tokio::test]
async fn a_customer_shows_ten_of_its_subscriptions_when_it_is_asked_to() {
    let stripe = shop().await;
    for _ in 0..11 {
        subscribe(&stripe, "").await;
    }
    let plain = ok(call(&stripe, "GET", "/v1/customers/cus_1", "").await);
    assert_eq!(plain.get("subscriptions"), None);
    let path = "/v1/customers/cus_1?expand[]=subscriptions";
    let list = ok(call(&stripe, "GET", path, "").await)["subscriptions"].take();
    assert_eq!(list["data"].as_array().map(Vec::len), Some(10));
    assert_eq!(list["has_more"], true);
    assert_eq!(
        list["data"][9]["items"]["data"][0]["price"]["lookup_key"],
        "pro_monthly"
    );
    let newest = id(&list["data"][0]).to_owned();
    ok(call(
        &stripe,
        "DELETE",
        &format!("/v1/subscriptions/{newest}"),
        "",
    )
    .await);
    let list = ok(call(&stripe, "GET", path, "").await)["subscriptions"].take();
    assert_eq!(list["has_more"], false);
    assert_ne!(id(&list["data"][0]), newest);
}

#[tokio::test]
async fn what_a_subscription_names_can_be_expanded_four_levels_deep() {
    let stripe = shop().await;
    let path = format!("/v1/subscriptions/{}", id(&subscribe(&stripe, "").await));
    let query = "?expand[]=customer&expand[]=items.data.price.product&expand[]=latest_invoice";
    let shown = ok(call(&stripe, "GET", &format!("{path}{query}"), "").await);
    assert_eq!(shown["customer"]["id"], "cus_1");
    assert_eq!(shown["items"]["data"][0]["price"]["product"]["name"], "Pro");
    let (status, error) = call(&stripe, "GET", &format!("{path}?expand[]=status"), "").await;
    let message = error["error"]["message"].as_str().unwrap_or_default();
    assert_eq!(
        (status, message),
        (400, "This property cannot be expanded (status).")
    );
}

#[tokio::test]
async fn what_does_not_exist_is_missing_and_what_cannot_be_bought_is_refused() {
    let stripe = shop().await;
    for path in [
        "/v1/subscriptions/sub_none",
        "/v1/prices/price_none",
        "/v1/products/prod_none",
        "/v1/subscriptions/price_pro",
    ] {
        let (status, error) = call(&stripe, "GET", path, "").await;
        assert_eq!(
            (status, &error["error"]["code"]),
            (404, &json!("resource_missing")),
            "{path}"
        );
    }
    let once = "product=prod_pro&currency=usd&unit_amount=5";
    let once = ok(call(&stripe, "POST", "/v1/prices", once).await);
    ok(call(&stripe, "POST", "/v1/prices/price_team", "active=false").await);
    for (body, param) in [
        (
            "customer=cus_none&items[0][price]=price_pro".to_owned(),
            "customer",
        ),
        (
            "customer=cus_1&items[0][price]=price_none".to_owned(),
            "items[0][price]",
        ),
        (
            format!("customer=cus_1&items[0][price]={}", id(&once)),
            "items[0][price]",
        ),
        (
            "customer=cus_1&items[0][price]=price_team".to_owned(),
            "items[0][price]",
        ),
        ("customer=cus_1".to_owned(), "items"),
        ("items[0][price]=price_pro".to_owned(), "customer"),
    ] {
        let (status, error) = call(&stripe, "POST", "/v1/subscriptions", &body).await;
        assert_eq!(
            (status, &error["error"]["param"]),
            (400, &json!(param)),
            "{body}"
        );
    }
    assert!(stripe.events_of("customer.subscription.created").is_empty());
}
