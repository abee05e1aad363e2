use serde_json::{Value, json};

use super::*;
use crate::stripe_id::CustomerId;

/// A configuration with two plans, of which the price `price_team` gives the first.
fn config() -> Config {
    let values = [
        ("stripe_api_key", "sk_test_unit"),
        ("frontend_url", "https://app.example.com"),
        ("jwt_issuer", "https://id.example.com/"),
        ("jwt_audience", "portico"),
        ("jwt_hs256_secret", "0123456789abcdef0123456789abcdef"),
        ("plans", "team=price_team,paid=*"),
    ];
    Config::from_variables(|name| {
        let value = values.iter().find(|(known, _)| *known == name)?;
        Some(value.1.to_owned())
    })
    .unwrap()
}

/// A subscription as Stripe writes it, with these changes.
fn stripes(changes: Value) -> Value {
    let mut subscription = json!({
        "id": "sub_1", "object": "subscription", "customer": "cus_1", "status": "active", "created": 100,
        "cancel_at": null, "cancel_at_period_end": false, "canceled_at": null, "trial_end": null,
        "pause_collection": null, "schedule": null, "metadata": {},
        "items": {"object": "list", "has_more": false, "data": [item("si_1", "price_1", 1000)]},
    });
    merge(&mut subscription, changes);
    subscription
}

fn item(id: &str, price: &str, period_end: i64) -> Value {
    json!({
        "id": id, "object": "subscription_item", "quantity": 1, "current_period_end": period_end, "metadata": {},
        "price": {
            "id": price, "object": "price", "product": "prod_1", "lookup_key": null, "metadata": {},
            "unit_amount": 1200, "unit_amount_decimal": "1200", "currency": "usd",
            "recurring": {"interval": "month", "interval_count": 1, "usage_type": "licensed"},
        },
    })
}

fn merge(into: &mut Value, changes: Value) {
    let Value::Object(changes) = changes else {
        panic!("{changes} is no object")
    };
    for (name, value) in changes {
        into[&name] = value;
    }
}

/// Returns the subscription as the route shows it.
fn shown(subscription: Value) -> Value {
    let subscription: Subscription = serde_json::from_value(subscription).unwrap();
    serde_json::to_value(ShownSubscription::new(&subscription, &config())).unwrap()
}

#[test]
fn each_state_of_a_subscription_is_shown_as_a_page_needs_it() {
    let plain = json!({
        "id": "sub_1", "status": "active", "plan": "paid", "current_period_end": 1000, "cancel_at": null,
        "trial_end": null, "paused": false, "resumes_at": null, "created": 100,
        "items": [{
            "id": "si_1", "price": "price_1", "quantity": 1, "unit_amount": 1200, "currency": "usd",
            "interval": "month", "interval_count": 1,
        }],
    });
    for (state, changes, expected) in [
        ("active", json!({}), json!({})),
        (
            "a trial",
            json!({"status": "trialing", "trial_end": 1000}),
            json!({"status": "trialing", "trial_end": 1000}),
        ),
        (
            "an active one after its trial",
            json!({"trial_end": 50}),
            json!({"trial_end": 50}),
        ),
        (
            "a failed payment, which still gives its plan",
            json!({"status": "past_due"}),
            json!({"status": "past_due"}),
        ),
        (
            "unpaid, which gives none",
            json!({"status": "unpaid"}),
            json!({"status": "unpaid", "plan": null}),
        ),
        (
            "a first payment under way",
            json!({"status": "incomplete"}),
            json!({"status": "incomplete", "plan": null}),
        ),
        (
            "a trial that ended without a way to pay",
            json!({"status": "paused", "trial_end": 90}),
            json!({"status": "paused", "plan": null, "paused": true, "trial_end": 90}),
        ),
        (
            "a pause of the collection, which keeps status and plan",
            json!({"pause_collection": {"behavior": "void", "resumes_at": 5000}}),
            json!({"paused": true, "resumes_at": 5000}),
        ),
        (
            "a pause without an end",
            json!({"pause_collection": {"behavior": "keep_as_draft", "resumes_at": null}}),
            json!({"paused": true}),
        ),
        (
            "a cancellation at a date",
            json!({"cancel_at": 700}),
            json!({"cancel_at": 700}),
        ),
        (
            "a cancellation at the period's end",
            json!({"cancel_at_period_end": true}),
            json!({"cancel_at": 1000}),
        ),
        (
            "both, as Stripe writes them together",
            json!({"cancel_at": 999, "cancel_at_period_end": true}),
            json!({"cancel_at": 999}),
        ),
        (
            "an older API version, in which the period is the subscription's",
            json!({
                "current_period_end": 2000, "cancel_at_period_end": true,
                "items": {"data": [{"id": "si_1", "quantity": 1, "price": item("", "price_1", 0)["price"]}]},
            }),
            json!({"current_period_end": 2000, "cancel_at": 2000}),
        ),
        (
            "a subscription schedule, which is another object's business",
            json!({"schedule": "sub_sched_1"}),
            json!({}),
        ),
    ] {
        let mut whole = plain.clone();
        merge(&mut whole, expected);
        assert_eq!(shown(stripes(changes)), whole, "{state}");
    }
}

#[test]
fn of_several_items_the_period_that_ends_last_counts_and_the_highest_plan() {
    let shown = shown(stripes(json!({"items": {"data": [
        item("si_1", "price_1", 1000),
        item("si_2", "price_team", 3000),
        item("si_3", "price_3", 2000),
    ]}})));
    assert_eq!(shown["current_period_end"], 3000);
    assert_eq!(shown["plan"], "team");
    assert_eq!(shown["items"].as_array().unwrap().len(), 3);
}

#[test]
fn an_amount_that_tiers_or_use_decide_is_null() {
    let mut tiered = item("si_1", "price_1", 1000);
    merge(
        &mut tiered["price"],
        json!({"unit_amount": null, "billing_scheme": "tiered", "tiers_mode": "graduated"}),
    );
    let mut metered = item("si_2", "price_2", 1000);
    metered.as_object_mut().unwrap().remove("quantity");
    metered["price"]["recurring"]["interval_count"] = json!(3);
    let shown = shown(stripes(json!({"items": {"data": [tiered, metered]}})));
    assert_eq!(shown["items"][0]["unit_amount"], Value::Null);
    assert_eq!(shown["items"][1]["quantity"], Value::Null);
    assert_eq!(shown["items"][1]["interval_count"], 3);
}

#[test]
fn a_subscription_of_nobody_or_of_an_account_is_no_customers() {
    let customer = CustomerId::parse("cus_1").unwrap();
    for (subscription, expected) in [
        (stripes(json!({})), true),
        (
            stripes(json!({"customer": {"id": "cus_1", "object": "customer"}})),
            true,
        ),
        (stripes(json!({"customer": "cus_2"})), false),
        (
            stripes(json!({"customer": null, "customer_account": "acct_1"})),
            false,
        ),
    ] {
        let read: Subscription = serde_json::from_value(subscription.clone()).unwrap();
        assert_eq!(read.is_of(&customer), expected, "{subscription}");
    }
}

#[test]
fn a_query_may_have_no_parameter() {
    for query in ["", "&", "&&"] {
        assert_eq!(no_parameters(query), Ok(()), "{query}");
    }
    for query in ["limit=1", "=", "status=all", "&customer=cus_2", "a"] {
        assert!(no_parameters(query).is_err(), "{query}");
    }
}
