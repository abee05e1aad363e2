use http::Method;
use serde_json::{Value, json};

use super::*;
use crate::error::FailureKind;
use crate::stripe::Chosen;
use crate::stripe::list::Cursor;

fn customer() -> CustomerId {
    CustomerId::parse("cus_1").unwrap()
}

fn charge(id: &str, changes: &Value) -> Value {
    let mut charge = json!({
        "id": id,
        "object": "charge",
        "customer": "cus_1",
        "amount": 1200,
        "amount_captured": 1200,
        "amount_refunded": 0,
        "captured": true,
        "billing_details": {"email": "ada@example.com", "address": {"city": "London"}},
        "created": 1_793_534_400,
        "currency": "usd",
        "description": "Subscription creation",
        "failure_message": null,
        "outcome": {"risk_level": "normal"},
        "payment_method_details": {
            "type": "card",
            "card": {"brand": "visa", "last4": "4242", "country": "US", "fingerprint": "x"},
        },
        "receipt_email": "ada@example.com",
        "receipt_url": "https://pay.stripe.com/receipts/1",
        "status": "succeeded",
    });
    let changes = changes.as_object().unwrap().clone();
    charge.as_object_mut().unwrap().extend(changes);
    charge
}

fn answer(charges: &[Value]) -> Vec<u8> {
    let list = json!({"object": "list", "url": "/v1/charges", "has_more": false, "data": charges});
    list.to_string().into_bytes()
}

#[test]
fn the_call_asks_for_the_customers_own_and_has_no_body() {
    for (cursor, query) in [
        (None, "customer=cus_1"),
        (Some("ch_1"), "customer=cus_1&starting_after=ch_1"),
        (Some("py_1"), "customer=cus_1&starting_after=py_1"),
    ] {
        let part = Part {
            limit: 20,
            starting_after: cursor.and_then(|id| Cursor::parse(id, PREFIXES)),
        };
        let call = list(&customer(), &part);
        assert_eq!((&call.method, call.path.as_str()), (&Method::GET, PATH));
        assert_eq!(call.limit, Some(20));
        assert_eq!(call.chosen == Chosen::Nothing, cursor.is_none());
        assert_eq!(call.parameters.into_bytes(), query.as_bytes());
    }
}

#[test]
fn what_a_caller_may_see_of_a_charge_is_read() {
    let answer = answer(&[
        charge("ch_1", &json!({"amount_refunded": 200})),
        charge("ch_2", &json!({"status": "failed", "receipt_url": null})),
        charge(
            "py_3",
            &json!({"status": "pending", "payment_method_details": {"type": "sepa_debit"}}),
        ),
        charge(
            "ch_4",
            &json!({"payment_method_details": null, "description": null}),
        ),
        charge(
            "ch_5",
            &json!({"payment_method_details": {"card": {"brand": null}}}),
        ),
        charge("ch_6", &json!({"captured": false, "amount_captured": 0})),
        charge("ch_7", &json!({"captured": false, "status": "failed"})),
        charge("ch_8", &json!({"captured": null})),
    ]);
    let page = page(&answer, &customer()).unwrap();
    assert!(!page.has_more);
    let seen: Vec<_> = page
        .items
        .iter()
        .map(|charge| {
            let card = charge
                .card()
                .map(|card| [&card.brand, &card.last4].map(|part| part.as_ref().map(Text::as_str)));
            (charge.id.as_str(), charge.status(), card)
        })
        .collect();
    let visa = Some([Some("visa"), Some("4242")]);
    assert_eq!(
        seen,
        [
            ("ch_1", Status::Succeeded, visa),
            ("ch_2", Status::Failed, visa),
            ("py_3", Status::Pending, None),
            ("ch_4", Status::Succeeded, None),
            ("ch_5", Status::Succeeded, Some([None, None])),
            ("ch_6", Status::Pending, visa),
            ("ch_7", Status::Failed, visa),
            ("ch_8", Status::Succeeded, visa),
        ]
    );
    let first = &page.items[0];
    assert_eq!(
        (first.amount, first.amount_refunded),
        (Some(1200), Some(200))
    );
    assert_eq!(first.currency.as_ref().map(Text::as_str), Some("usd"));
    assert_eq!(first.created, Some(1_793_534_400));
    assert!(first.description.is_some() && first.receipt_url.is_some());
}

#[test]
fn the_charges_of_others_are_left_out() {
    let answer = answer(&[
        charge("ch_1", &json!({"customer": "cus_2"})),
        charge("ch_2", &json!({})),
        charge("ch_3", &json!({"customer": null})),
    ]);
    let page = page(&answer, &customer()).unwrap();
    let ids: Vec<_> = page.items.iter().map(|charge| charge.id.as_str()).collect();
    assert_eq!(ids, ["ch_2"]);
}

#[test]
fn a_charge_that_is_none_makes_the_answer_corrupt() {
    for changes in [
        json!({"status": "refunded"}),
        json!({"status": null}),
        json!({"captured": "no"}),
        json!({"amount": "1200"}),
        json!({"currency": 840}),
        json!({"created": "today"}),
        json!({"payment_method_details": []}),
        json!({"payment_method_details": {"card": "visa"}}),
        json!({"receipt_url": 1}),
    ] {
        let failure = page(&answer(&[charge("ch_1", &changes)]), &customer()).unwrap_err();
        assert_eq!(failure.kind, FailureKind::StripeRejected, "{changes}");
    }
}

#[test]
fn a_member_that_stripe_leaves_out_is_none() {
    let charge = json!({"id": "ch_1", "customer": "cus_1", "status": "succeeded"});
    let answer = answer(&[charge]);
    let page = page(&answer, &customer()).unwrap();
    let [charge] = &page.items[..] else { panic!() };
    assert_eq!(
        (charge.amount, charge.amount_refunded, charge.created),
        (None, None, None)
    );
    assert!(charge.currency.is_none() && charge.description.is_none());
    assert!(charge.card().is_none() && charge.receipt_url.is_none());
}
