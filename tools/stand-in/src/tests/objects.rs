//! Customers, subscriptions, invoices and charges: how they are made, changed, listed and searched.

use serde_json::{Value, json};

use super::client::{has, id, ok};
use super::{stand_in, types};
use crate::StripeStandIn;

fn get(stripe: &StripeStandIn, target: &str) -> Value {
    ok(stripe.call("GET", target, ""))
}

/// Returns the identifiers on a page of a list, and whether there are more.
fn ids(stripe: &StripeStandIn, target: &str) -> (Vec<String>, bool) {
    let list = get(stripe, target);
    let items = list["data"].as_array().expect("items").iter();
    let ids = items.map(|item| id(item).to_owned()).collect();
    (ids, list["has_more"] == true)
}

fn subscribe(stripe: &StripeStandIn, more: &str) -> Value {
    let form = format!("customer=cus_1&items[0][price]=price_pro{more}");
    ok(stripe.call("POST", "/v1/subscriptions", &form))
}

#[tokio::test]
async fn a_customer_is_created_changed_and_deleted_with_an_event_each_and_keeps_its_history() {
    let stripe = stand_in().await;
    let form = "email=ada@example.com&metadata[user_id]=u_1&metadata[team]=red";
    let made = ok(stripe.call("POST", "/v1/customers", form));
    let metadata = json!({ "user_id": "u_1", "team": "red" });
    has(
        &made,
        &json!({ "email": "ada@example.com", "metadata": metadata }),
    );
    let path = format!("/v1/customers/{}", id(&made));
    let form = "metadata[team]=&metadata[new]=x&email=";
    let changed = ok(stripe.call("POST", &path, form));
    assert_eq!(changed["metadata"], json!({ "user_id": "u_1", "new": "x" }));
    assert_eq!(changed["email"], Value::Null);
    // A change that makes no difference is no event.
    ok(stripe.call("POST", &path, "metadata[new]=x"));
    stripe.add_subscription("sub_1", id(&made), "price_pro");
    let gone = json!({ "id": made["id"], "object": "customer", "deleted": true });
    assert_eq!(ok(stripe.call("DELETE", &path, "")), gone);
    assert_eq!(
        get(&stripe, &format!("{path}?expand[]=subscriptions")),
        gone
    );
    for method in ["DELETE", "POST"] {
        assert_eq!(stripe.call(method, &path, "").0, 404, "{method}");
    }
    let list = format!("/v1/subscriptions?customer={}", id(&made));
    assert_eq!(get(&stripe, &list)["data"], json!([]));
    let all = get(&stripe, &format!("{list}&status=all"));
    has(
        &all,
        &json!({ "data": [{ "id": "sub_1", "status": "canceled" }] }),
    );
    let expected = ["created", "updated", "subscription.deleted", "deleted"];
    assert_eq!(
        types(&stripe),
        expected.map(|last| format!("customer.{last}"))
    );
}

#[tokio::test]
async fn a_search_finds_metadata_whatever_is_escaped_in_it() {
    let stripe = stand_in().await;
    for path in ["/v1/customers/cus_1", "/v1/customers"] {
        ok(stripe.call("POST", path, "metadata[user_id]=o%27brien%5C"));
    }
    let query = "/v1/customers/search?query=metadata[%27user_id%27]:%27O%5C%27Brien%5C%5C%27";
    let hits = get(&stripe, query);
    assert_eq!(hits["object"], "search_result");
    assert_eq!(hits["data"].as_array().map(Vec::len), Some(2));
    assert!(ids(&stripe, &format!("{query}&limit=1")).1);
}

#[tokio::test]
async fn ten_items_and_ten_subscriptions_are_shown_and_the_others_are_listed() {
    let stripe = stand_in().await;
    let mut items = String::new();
    for at in 1..12 {
        let price = format!("price_{at}");
        stripe.add_price("prod_x", &price, &json!({ "unit_amount": at }));
        items.extend([format!("&items[{at}][price]={price}")]);
    }
    let made = subscribe(&stripe, &items);
    assert_eq!(made["items"]["data"].as_array().map(Vec::len), Some(10));
    assert_eq!(made["items"]["has_more"], true);
    let path = format!(
        "/v1/subscription_items?subscription={}&limit=100",
        id(&made)
    );
    let (all, more) = ids(&stripe, &path);
    assert_eq!((all.len(), more), (12, false));

    for _ in 0..10 {
        subscribe(&stripe, "");
    }
    assert_eq!(
        get(&stripe, "/v1/customers/cus_1").get("subscriptions"),
        None
    );
    let expanded = get(&stripe, "/v1/customers?expand[]=data.subscriptions");
    let list = &expanded["data"][0]["subscriptions"];
    assert_eq!(list["data"].as_array().map(Vec::len), Some(10));
    assert_eq!(list["has_more"], true);
}

#[tokio::test]
async fn a_subscription_changes_as_time_and_people_change_it_with_events() {
    let stripe = stand_in().await;
    let made = subscribe(&stripe, "&trial_period_days=7");
    let end = &made["items"]["data"][0]["current_period_end"];
    has(&made, &json!({ "status": "trialing", "trial_end": end }));
    stripe.set_subscription_status(id(&made), "paused");
    stripe.set_subscription_status(id(&made), "active");
    // The second change makes no difference, and no event.
    for _ in 0..2 {
        stripe.change_subscription(id(&made), &json!({ "cancel_at": 2_000_000_000 }));
    }
    let path = format!("/v1/subscriptions/{}", id(&made));
    assert_eq!(ok(stripe.call("DELETE", &path, ""))["status"], "canceled");
    assert_eq!(stripe.call("DELETE", &path, "").0, 404);
    let expected = [
        "created", "updated", "paused", "updated", "resumed", "updated", "deleted",
    ];
    let expected = expected.map(|last| format!("customer.subscription.{last}"));
    assert_eq!(types(&stripe), expected);
    let last = &stripe.events().pop().unwrap()["data"]["object"];
    assert_eq!(last["cancel_at"], 2_000_000_000);
    assert!(last["ended_at"].is_u64());
}

#[tokio::test]
async fn a_list_has_what_is_asked_for_the_newest_first_in_pages() {
    let stripe = stand_in().await;
    for number in 1..=12 {
        let named =
            |prefix| json!({ "id": format!("{prefix}_{number}"), "created": 1000 + number });
        stripe.add_invoice("cus_1", &named("in"));
        stripe.add_charge("cus_1", &named("ch"));
    }
    stripe.add_invoice("cus_live", &json!({ "id": "in_live" }));
    stripe.add_customer("cus_2", false);
    stripe.add_invoice("cus_2", &json!({ "id": "in_other" }));
    for (path, prefix) in [("/v1/invoices", "in"), ("/v1/charges", "ch")] {
        let expected = |numbers: &[u32]| -> Vec<String> {
            numbers
                .iter()
                .map(|number| format!("{prefix}_{number}"))
                .collect()
        };
        let ask = |rest: &str| ids(&stripe, &format!("{path}?customer=cus_1{rest}"));
        assert_eq!(
            ask(""),
            (expected(&[12, 11, 10, 9, 8, 7, 6, 5, 4, 3]), true)
        );
        let after = format!("&limit=2&starting_after={prefix}_3");
        assert_eq!(ask(&after), (expected(&[2, 1]), false));
        assert_eq!(ask(&format!("&starting_after={prefix}_1")), (vec![], false));
    }
    let (everybodys, more) = ids(&stripe, "/v1/invoices?limit=100");
    assert!(everybodys.len() == 13 && !more, "{everybodys:?}");

    let [first, second] = [(), ()].map(|()| id(&subscribe(&stripe, "")).to_owned());
    stripe.set_subscription_status(&first, "canceled");
    let ask = |rest: &str| ids(&stripe, &format!("/v1/subscriptions?customer=cus_1{rest}"));
    let after = format!("&status=all&starting_after={second}");
    assert_eq!(ask(""), (vec![second.clone()], false));
    assert_eq!(ask("&status=all&limit=1"), (vec![second], true));
    for rest in ["&status=ended", &after] {
        assert_eq!(ask(rest), (vec![first.clone()], false));
    }
}
