//! Stripe's objects, as `stripe-mock` has them: Portico reads them, and the stand-in's are like them.

use std::collections::BTreeSet;

use portico::stripe::subscription::{self, Page, Subscription};
use serde_json::{Value, json};

use super::StripeMock;
use crate::conformance::ask;
use crate::harness::{CUSTOMER, Portico};

/// The subscriptions of the answer are those of somebody at Stripe.
#[tokio::test]
async fn stripes_own_subscriptions_can_be_read() {
    let Some(stripe) = StripeMock::start() else {
        return;
    };
    let path = format!("/v1/subscriptions?customer={CUSTOMER}&limit=100");
    let answer = ask(&stripe.address, http::Request::get(path), String::new()).await;
    let theirs = &answer["data"][0];
    let text = answer.to_string();
    let page: Page<Subscription> = subscription::read_page(text.as_bytes()).unwrap();
    let [ours] = &page.data[..] else {
        panic!("stripe-mock answers one: {answer}")
    };
    assert_eq!(theirs["id"], ours.id.as_str());
    assert_eq!(theirs["status"], ours.status.as_str());
    assert_eq!(theirs["created"], ours.created);
    assert_eq!(
        theirs["cancel_at_period_end"],
        json!(ours.cancel_at_period_end)
    );
    assert_eq!(theirs["cancel_at"], json!(ours.cancel_at));
    assert_eq!(theirs["trial_end"], json!(ours.trial_end));
    assert_eq!(theirs["customer"], ours.customer.as_ref().unwrap().id());
    let items = theirs["items"]["data"].as_array().unwrap();
    assert_eq!(items.len(), ours.items.data.len());
    assert!(!items.is_empty(), "{answer}");
    for (theirs, ours) in items.iter().zip(&ours.items.data) {
        assert_eq!(theirs["id"], ours.id.as_str());
        assert_eq!(theirs["quantity"], json!(ours.quantity));
        assert_eq!(theirs["current_period_end"], json!(ours.current_period_end));
        let (theirs, ours) = (&theirs["price"], &ours.price);
        assert_eq!(theirs["id"], ours.id.as_str());
        assert_eq!(theirs["product"], ours.product.id());
        assert_eq!(theirs["lookup_key"], json!(ours.lookup_key));
        assert_eq!(theirs["unit_amount"], json!(ours.unit_amount));
        assert_eq!(theirs["currency"], json!(ours.currency));
        let recurring = ours.recurring.as_ref().unwrap();
        assert_eq!(theirs["recurring"]["interval"], recurring.interval.as_str());
        assert_eq!(
            theirs["recurring"]["interval_count"],
            json!(recurring.interval_count)
        );
    }
    assert!(ours.period_end().is_some(), "{answer}");
}

/// The members of one object that the other has not, or of another type. `null` and an empty object tell no type: so
/// `stripe-mock` writes what it has no example of.
fn differences(ours: &Value, theirs: &Value) -> Vec<String> {
    let kind = |value: &Value| match value {
        Value::Number(_) => "number",
        Value::String(_) => "text",
        Value::Bool(_) => "boolean",
        Value::Array(_) => "list",
        Value::Object(members) if !members.is_empty() => "object",
        _ => "any",
    };
    let (ours, theirs) = (ours.as_object().unwrap(), theirs.as_object().unwrap());
    let names: BTreeSet<_> = ours.keys().chain(theirs.keys()).collect();
    names
        .into_iter()
        .filter_map(|name| {
            let kinds = [ours, theirs].map(|object| object.get(name).map(kind));
            match kinds {
                [Some(a), Some(b)] if a == b || a == "any" || b == "any" => None,
                _ => Some(format!("{name}: {kinds:?}")),
            }
        })
        .collect()
}

#[tokio::test]
async fn the_stand_ins_objects_have_the_members_of_stripes() {
    let Some(stripe) = StripeMock::start() else {
        return;
    };
    let portico = Portico::start().await;
    portico.stripe.add_invoice(CUSTOMER, &json!({}));
    portico.stripe.add_charge(CUSTOMER, &json!({}));
    portico
        .stripe
        .add_price("prod_pro", "price_pro", &json!({"unit_amount": 2_000}));
    portico
        .stripe
        .add_subscription("sub_1", CUSTOMER, "price_pro");
    let form = format!(
        "mode=subscription&success_url=https://app.example.com/&customer={CUSTOMER}&line_items[0][price]=price_pro\
         &line_items[0][quantity]=1"
    );
    let (status, session) = portico.stripe.call("POST", "/v1/checkout/sessions", &form);
    assert_eq!(status, 200, "{session}");
    let stand_in = portico.stripe.addr().to_string();
    // The place of the objects in an answer, and the members that only one of the two has: Stripe includes `refunds` in
    // old versions of its API alone.
    for (path, object, known) in [
        ("/v1/invoices", "/data/0", &[][..]),
        ("/v1/invoices", "/data/0/status_transitions", &[]),
        ("/v1/invoices", "/data/0/lines", &[]),
        ("/v1/invoices", "/data/0/lines/data/0", &[]),
        (
            "/v1/charges",
            "/data/0",
            &["refunds: [None, Some(\"object\")]"],
        ),
        ("/v1/charges", "/data/0/payment_method_details", &[]),
        ("/v1/charges", "/data/0/payment_method_details/card", &[]),
        ("/v1/subscriptions", "/data/0", &[]),
        ("/v1/subscriptions", "/data/0/items", &[]),
        ("/v1/subscriptions", "/data/0/items/data/0", &[]),
        ("/v1/subscriptions", "/data/0/items/data/0/price", &[]),
        (
            "/v1/subscriptions",
            "/data/0/items/data/0/price/recurring",
            &[],
        ),
        ("/v1/checkout/sessions", "/data/0", &[]),
        ("/v1/checkout/sessions", "/data/0/automatic_tax", &[]),
    ] {
        let path = format!("{path}?customer={CUSTOMER}&limit=1");
        let get = || http::Request::get(&path);
        let ours = ask(&stand_in, get(), String::new()).await;
        let theirs = ask(&stripe.address, get(), String::new()).await;
        let part = |list: &Value| list.pointer(object).unwrap().clone();
        assert_eq!(
            differences(&part(&ours), &part(&theirs)),
            known,
            "{path} {object}"
        );
    }
}
