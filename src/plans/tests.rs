use serde_json::{Value, json};

use super::*;
use crate::stripe::subscription::Page;

fn items(text: &str) -> Vec<String> {
    text.split(',').map(|item| item.trim().to_owned()).collect()
}

fn settings(plans: &str) -> PlanSettings {
    PlanSettings {
        plans: Plans::parse(&items(plans)).unwrap(),
        entitled_statuses: items("active,trialing,past_due"),
    }
}

fn customer(portico_plan: Option<&str>) -> Customer {
    let named = portico_plan.map(|plan| (PLAN_METADATA_KEY.to_owned(), plan.to_owned()));
    Customer {
        created: 0,
        livemode: false,
        metadata: named.into_iter().collect(),
        subscriptions: Page::default(),
    }
}

fn price(id: &str, product: &str, lookup_key: Option<&str>, metadata: &Value) -> Value {
    json!({"price": {"id": id, "product": product, "lookup_key": lookup_key, "metadata": metadata}})
}

fn subscription(status: &str, items: &[Value]) -> Subscription {
    serde_json::from_value(json!({"status": status, "items": {"data": items}})).unwrap()
}

fn limits() -> RateLimits {
    RateLimits::parse(&items("free=5/60, staff=100/60")).unwrap()
}

#[test]
fn a_plan_is_the_first_that_an_entitled_subscription_fits() {
    const PLANS: &str = "team=prod_team|price_team, pro=prod_pro|pro_monthly, paid=*";
    let none = json!({});
    let team = price("price_1", "prod_team", None, &none);
    let team_by_price = price("price_team", "prod_x", None, &none);
    let pro = price("price_2", "prod_pro", Some("pro_monthly"), &none);
    // The lookup key has moved to a newer price of the same product.
    let pro_of_old = price("price_0", "prod_pro", None, &none);
    let pro_by_key = price("price_3", "prod_y", Some("pro_monthly"), &none);
    let other = price("price_9", "prod_9", Some("other"), &none);
    let of = |status: &str, item: &Value| subscription(status, std::slice::from_ref(item));
    for (subscriptions, plan) in [
        (vec![], "free"),
        (vec![of("active", &team)], "team"),
        (vec![of("active", &team_by_price)], "team"),
        (vec![of("active", &pro)], "pro"),
        (vec![of("active", &pro_of_old)], "pro"),
        (vec![of("active", &pro_by_key)], "pro"),
        (vec![of("active", &other)], "paid"),
        (vec![of("trialing", &pro)], "pro"),
        (vec![of("past_due", &pro)], "pro"),
        (vec![of("unpaid", &pro)], "free"),
        (vec![of("incomplete", &pro)], "free"),
        (vec![of("paused", &pro)], "free"),
        (vec![of("canceled", &pro)], "free"),
        (vec![of("canceled", &team), of("active", &pro)], "pro"),
        (vec![of("active", &other), of("active", &team)], "team"),
        (
            vec![subscription("active", &[other.clone(), pro.clone()])],
            "pro",
        ),
        (vec![subscription("active", &[])], "free"),
    ] {
        let found = settings(PLANS).plan_of(&customer(None), &subscriptions, &limits());
        assert_eq!(
            found.unwrap_or_default().as_str(),
            plan,
            "{subscriptions:?}"
        );
    }
    let found =
        settings("pro=prod_pro").plan_of(&customer(None), &[of("active", &other)], &limits());
    assert_eq!(found, None, "no plan takes anything");
}

#[test]
fn metadata_names_a_plan_that_the_operator_knows() {
    let settings = settings("team=prod_team, pro=prod_pro, paid=*");
    let names = |plan: &str| json!({ "portico_plan": plan });
    let of = |status: &str, plan: &str| {
        subscription(status, &[price("price_1", "prod_x", None, &names(plan))])
    };
    for (on_customer, subscriptions, plan) in [
        (Some("team"), vec![], "team"),
        (Some("staff"), vec![], "staff"),
        (Some("free"), vec![of("active", "pro")], "free"),
        (Some("unknown"), vec![], "free"),
        (Some("unknown"), vec![of("active", "pro")], "pro"),
        (Some("pro"), vec![of("active", "team")], "pro"),
        (None, vec![of("active", "staff")], "staff"),
        (
            None,
            vec![of("active", "staff"), of("active", "pro")],
            "pro",
        ),
        (
            None,
            vec![of("active", "pro"), of("active", "team")],
            "team",
        ),
        (None, vec![of("active", "unknown")], "paid"),
        (None, vec![of("canceled", "team")], "free"),
    ] {
        let found = settings.plan_of(&customer(on_customer), &subscriptions, &limits());
        let found = found.unwrap_or_default();
        assert_eq!(found.as_str(), plan, "{on_customer:?} {subscriptions:?}");
    }
}

#[test]
fn only_an_entitled_subscription_entitles() {
    let settings = settings("paid=*");
    for (status, entitled) in [("active", true), ("past_due", true), ("unpaid", false)] {
        assert_eq!(settings.is_entitled(&[subscription(status, &[])]), entitled);
    }
    assert!(!settings.is_entitled(&[]));
}

#[test]
fn plans_have_a_name_and_matchers_and_come_once() {
    for text in ["paid=*", "team=prod_1|price_1,pro=monthly", "Pro Plan=a b"] {
        assert!(Plans::parse(&items(text)).is_some(), "{text}");
    }
    for text in ["paid", "=*", "paid=", "paid=*|", "paid=*,paid=x", "a\"b=*"] {
        assert!(Plans::parse(&items(text)).is_none(), "{text}");
    }
    assert!(Plans::parse(&[]).is_none());
}
