//! Subscriptions, and their items.

use serde_json::{Value, json};

use super::client::{id, ok};
use super::stand_in;
use crate::StripeStandIn;

/// A stand-in that sells `price_pro`, a month, `price_year`, and `price_usage`, which has tiers.
async fn shop() -> StripeStandIn {
    let stripe = stand_in().await;
    stripe.add_plan("prod_pro", "Pro", "price_pro", "pro_monthly", 1000);
    let yearly = json!({
        "unit_amount": 10_000,
        "recurring": { "interval": "year", "interval_count": 1, "meter": null, "usage_type": "licensed" },
    });
    stripe.add_price("prod_pro", "price_year", &yearly);
    stripe.add_price("prod_usage", "price_usage", &json!({}));
    stripe
}

fn subscribe(stripe: &StripeStandIn, more: &str) -> Value {
    let form = format!("customer=cus_1&items[0][price]=price_pro{more}");
    ok(stripe.call("POST", "/v1/subscriptions", &form))
}

fn types(stripe: &StripeStandIn) -> Vec<String> {
    let events = stripe.events().into_iter();
    events
        .map(|event| event["type"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn a_subscription_shows_its_prices_whole_and_its_period_on_the_items() {
    let stripe = shop().await;
    let more = "&metadata[user_id]=u_1&items[0][quantity]=3&items[1][price]=price_year&items[2][price]=price_usage";
    let made = subscribe(&stripe, more);
    assert_eq!(
        (&made["status"], &made["customer"]),
        (&json!("active"), &json!("cus_1"))
    );
    assert_eq!(made["metadata"], json!({"user_id": "u_1"}));
    assert_eq!(made.get("current_period_end"), None);
    let [month, year, usage] = &made["items"]["data"].as_array().unwrap()[..] else {
        panic!("three items: {made}")
    };
    assert_eq!(month["quantity"], 3);
    let price = &month["price"];
    assert_eq!(
        (&price["id"], &price["product"]),
        (&json!("price_pro"), &json!("prod_pro"))
    );
    assert_eq!(
        (&price["lookup_key"], &price["unit_amount"]),
        (&json!("pro_monthly"), &json!(1000))
    );
    assert_eq!(price["recurring"]["interval"], "month");
    let days = |item: &Value| {
        let [start, end] =
            ["current_period_start", "current_period_end"].map(|name| item[name].as_u64().unwrap());
        (end - start) / 86_400
    };
    assert_eq!((days(month), days(year)), (30, 365));
    assert_eq!(
        (
            &usage["price"]["unit_amount"],
            &usage["price"]["tiers_mode"]
        ),
        (&Value::Null, &json!("graduated"))
    );
    let path = format!("/v1/subscriptions/{}", id(&made));
    assert_eq!(ok(stripe.call("GET", &path, "")), made);
}

#[tokio::test]
async fn ten_items_and_ten_subscriptions_are_shown_and_the_others_are_listed() {
    let stripe = shop().await;
    let items: String = (1..12)
        .map(|at| {
            stripe.add_price(
                "prod_x",
                &format!("price_{at}"),
                &json!({"unit_amount": at}),
            );
            format!("&items[{at}][price]=price_{at}")
        })
        .collect::<Vec<_>>()
        .concat();
    let made = subscribe(&stripe, &items);
    assert_eq!(made["items"]["data"].as_array().map(Vec::len), Some(10));
    assert_eq!(made["items"]["has_more"], true);
    let path = format!(
        "/v1/subscription_items?subscription={}&limit=100",
        id(&made)
    );
    let all = ok(stripe.call("GET", &path, ""));
    assert_eq!(
        (all["data"].as_array().map(Vec::len), &all["has_more"]),
        (Some(12), &json!(false))
    );

    for _ in 0..10 {
        subscribe(&stripe, "");
    }
    let plain = ok(stripe.call("GET", "/v1/customers/cus_1", ""));
    assert_eq!(plain.get("subscriptions"), None);
    let path = "/v1/customers/cus_1?expand[]=subscriptions";
    let list = ok(stripe.call("GET", path, ""))["subscriptions"].take();
    assert_eq!(
        (list["data"].as_array().map(Vec::len), &list["has_more"]),
        (Some(10), &json!(true))
    );
}

#[tokio::test]
async fn a_list_leaves_canceled_subscriptions_out_unless_it_is_asked_for_them() {
    let stripe = shop().await;
    let [first, second] = [(), ()].map(|()| id(&subscribe(&stripe, "")).to_owned());
    let canceled = ok(stripe.call("DELETE", &format!("/v1/subscriptions/{first}"), ""));
    assert_eq!(canceled["status"], "canceled");
    assert!(canceled["ended_at"].is_u64());
    assert_eq!(
        stripe
            .call("DELETE", &format!("/v1/subscriptions/{first}"), "")
            .0,
        404
    );
    let list = |query: &str| {
        let list = ok(stripe.call(
            "GET",
            &format!("/v1/subscriptions?customer=cus_1{query}"),
            "",
        ));
        let ids = list["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|each| id(each).to_owned());
        (ids.collect::<Vec<_>>(), list["has_more"] == true)
    };
    assert_eq!(list(""), (vec![second.clone()], false));
    assert_eq!(list("&status=ended"), (vec![first.clone()], false));
    assert_eq!(list("&status=all&limit=1"), (vec![second.clone()], true));
    assert_eq!(
        list(&format!("&status=all&starting_after={second}")),
        (vec![first], false)
    );
}

#[tokio::test]
async fn a_status_and_a_member_change_as_time_and_people_change_them_with_events() {
    let stripe = shop().await;
    let made = subscribe(&stripe, "&trial_period_days=7");
    assert_eq!(made["status"], "trialing");
    assert_eq!(
        made["trial_end"],
        made["items"]["data"][0]["current_period_end"]
    );
    stripe.set_subscription_status(id(&made), "paused");
    stripe.set_subscription_status(id(&made), "active");
    stripe.change_subscription(id(&made), &json!({"cancel_at": 2_000_000_000}));
    // A change that makes no difference is no event.
    stripe.change_subscription(id(&made), &json!({"cancel_at": 2_000_000_000}));
    stripe.set_subscription_status(id(&made), "canceled");
    let expected = [
        "created", "updated", "paused", "updated", "resumed", "updated", "deleted",
    ];
    assert_eq!(
        types(&stripe),
        expected.map(|last| format!("customer.subscription.{last}"))
    );
    let last = stripe.events().pop().unwrap();
    assert_eq!(last["data"]["object"]["cancel_at"], 2_000_000_000);
}

#[tokio::test]
async fn a_subscription_to_nothing_of_nobody_or_with_an_unknown_parameter_is_refused() {
    let stripe = shop().await;
    for (form, param) in [
        ("customer=cus_none&items[0][price]=price_pro", "customer"),
        (
            "customer=cus_1&items[0][price]=price_none",
            "items[0][price]",
        ),
        ("customer=cus_1", "items"),
        ("items[0][price]=price_pro", "customer"),
        (
            "customer=cus_1&items[0][price]=price_pro&colour=red",
            "colour",
        ),
    ] {
        let (status, error) = stripe.call("POST", "/v1/subscriptions", form);
        assert_eq!(
            (status, &error["error"]["param"]),
            (400, &json!(param)),
            "{form}"
        );
    }
    for path in ["/v1/subscriptions/sub_none", "/v1/subscriptions/price_pro"] {
        assert_eq!(stripe.call("GET", path, "").0, 404, "{path}");
    }
    assert!(stripe.events().is_empty());
}
