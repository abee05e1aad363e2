//! The items that the lists show: invoices and payments of the caller alone, with few of Stripe's members.

use portico_stand_in::Reply;
use serde_json::{Value, json};

use super::{LISTS, ask, items};
use crate::harness::{CUSTOMER, HISTORY, INVOICES, Portico, USER};

#[tokio::test]
async fn an_invoice_has_what_a_page_shows_and_nothing_else() {
    let portico = Portico::start().await;
    let id = portico.stripe.add_invoice(
        CUSTOMER,
        &json!({
            "number": "QUILL-0001", "status": "open", "description": "Café \u{1f600} \"x\"", "currency": "jpy",
            "amount_due": 1800, "amount_paid": 300, "amount_remaining": 1500, "total": 1800,
            "created": 1_793_534_400, "due_date": 1_795_262_400, "period_start": 1_790_942_400,
            "period_end": 1_793_534_400,
            "hosted_invoice_url": "https://invoice.stripe.com/i/acct_1/test_a?s=ap",
            "invoice_pdf": "https://pay.stripe.com/invoice/acct_1/test_a/pdf?s=ap",
        }),
    );
    let answer = ask(&portico, INVOICES, "", USER).await;
    assert_eq!(
        answer.json(),
        json!({
            "data": [{
                "id": id, "number": "QUILL-0001", "status": "open", "description": "Café \u{1f600} \"x\"",
                "currency": "jpy", "amount_due": 1800, "amount_paid": 300, "amount_remaining": 1500, "total": 1800,
                "created": 1_793_534_400, "due_date": 1_795_262_400, "period_start": 1_790_942_400,
                "period_end": 1_793_534_400,
                "hosted_invoice_url": "https://invoice.stripe.com/i/acct_1/test_a?s=ap",
                "invoice_pdf": "https://pay.stripe.com/invoice/acct_1/test_a/pdf?s=ap",
            }],
            "has_more": false,
        })
    );
}

#[tokio::test]
async fn a_member_is_null_where_stripe_has_no_value() {
    let portico = Portico::start().await;
    let invoice = json!({"id": "in_1", "customer": CUSTOMER});
    let charge = json!({"id": "ch_1", "customer": CUSTOMER, "status": "succeeded"});
    for ((path, member, stripes), (item, known)) in LISTS.into_iter().zip([
        (invoice, json!({"id": "in_1"})),
        (charge, json!({"id": "ch_1", "type": "payment"})),
    ]) {
        let list = json!({"object": "list", "url": stripes, "has_more": false, "data": [item]});
        let reply = Reply::Error {
            status: 200,
            headers: Vec::new(),
            body: list.to_string().into_bytes(),
        };
        portico.stripe.script_call("GET", stripes, [reply]);
        let [item] = &mut items(&portico, (path, member), "").await[..] else {
            panic!("{path}")
        };
        // The description says which members there are, and every answer is compared with it.
        let item = item.as_object_mut().unwrap();
        item.retain(|_, value| !value.is_null());
        assert_eq!(Value::Object(item.clone()), known);
    }
}

#[tokio::test]
async fn a_payment_has_what_a_page_shows_and_nothing_else() {
    let portico = Portico::start().await;
    let add = |changes: Value| portico.stripe.add_charge(CUSTOMER, &changes);
    let card = json!({"brand": "visa", "last4": "4242"});
    let receipt = "https://pay.stripe.com/receipts/payment/1";
    add(json!({"id": "ch_1", "created": 5, "receipt_url": receipt, "amount_refunded": 200}));
    add(json!({"id": "ch_2", "created": 4, "status": "failed", "description": null}));
    add(json!({
        "id": "py_3", "created": 3, "status": "pending", "currency": "jpy", "amount": 1800,
        "payment_method_details": {"type": "sepa_debit", "sepa_debit": {"last4": "3000"}},
    }));
    add(
        json!({"id": "ch_4", "created": 2, "payment_method_details": null, "receipt_url": receipt}),
    );
    add(json!({"id": "ch_5", "created": 1, "captured": false, "receipt_url": null}));
    let payment = |changes: Value| {
        let mut payment = json!({
            "type": "payment", "amount": 1200, "amount_refunded": 0, "currency": "usd",
            "description": "Subscription update", "card": card, "receipt_url": null,
        });
        let changes = changes.as_object().unwrap().clone();
        payment.as_object_mut().unwrap().extend(changes);
        payment
    };
    assert_eq!(
        ask(&portico, HISTORY, "", USER).await.json(),
        json!({
            "transactions": [
                payment(json!({"id": "ch_1", "created": 5, "receipt_url": receipt, "amount_refunded": 200})),
                payment(json!({"id": "ch_2", "created": 4, "type": "failed_payment", "description": null})),
                payment(json!({
                    "id": "py_3", "created": 3, "type": "pending_payment", "currency": "jpy", "amount": 1800,
                    "card": null,
                })),
                payment(json!({"id": "ch_4", "created": 2, "card": null, "receipt_url": receipt})),
                payment(json!({"id": "ch_5", "created": 1, "type": "pending_payment"})),
            ],
            "has_more": false,
        })
    );
}

#[tokio::test]
async fn only_the_callers_own_are_shown_whatever_stripe_answers() {
    let portico = Portico::start().await;
    portico.stripe.add_customer("cus_Other", false);
    portico.set_record("other", "cus_Other").await;
    let (mine, theirs) = (CUSTOMER, "cus_Other");
    for (customer, id) in [(mine, "in_mine"), (theirs, "in_theirs")] {
        portico.stripe.add_invoice(customer, &json!({ "id": id }));
        let id = id.replace("in_", "ch_");
        portico.stripe.add_charge(customer, &json!({ "id": id }));
    }
    for (path, member, _) in LISTS {
        let of = async |user: &str| {
            let answer = ask(&portico, path, "", user).await.json();
            answer[member][0]["id"].as_str().unwrap()[3..].to_owned()
        };
        assert_eq!(of(USER).await, "mine");
        assert_eq!(of("other").await, "theirs");
    }
    // A Stripe, or something in its place, that answers with what it was not asked for.
    let stray = |customer: Value| {
        let item = json!({
            "id": "in_stray", "customer": customer, "status": "succeeded", "currency": "usd", "created": 1,
            "amount": 1, "amount_refunded": 0, "amount_due": 1, "amount_paid": 1, "amount_remaining": 0, "total": 1,
        });
        let list = json!({"object": "list", "data": [item], "has_more": true});
        Reply::Error {
            status: 200,
            headers: vec![("Content-Type".to_owned(), "application/json".to_owned())],
            body: list.to_string().into_bytes(),
        }
    };
    for (path, member, _) in LISTS {
        for customer in [json!("cus_Other"), json!(null), json!("")] {
            portico.stripe.script(CUSTOMER, [stray(customer)]);
            let answer = ask(&portico, path, "", USER).await;
            assert_eq!(answer.json(), json!({ member: [], "has_more": true }));
        }
    }
}

#[tokio::test]
async fn drafts_are_hidden_and_every_other_state_is_shown() {
    let portico = Portico::start().await;
    for (created, status) in [
        (7, "draft"),
        (6, "open"),
        (5, "paid"),
        (4, "draft"),
        (3, "void"),
        (2, "uncollectible"),
    ] {
        let changes = json!({"status": status, "created": created});
        portico.stripe.add_invoice(CUSTOMER, &changes);
    }
    let zero = json!({"total": 0, "created": 1});
    portico.stripe.add_invoice(CUSTOMER, &zero);
    let list = (INVOICES, "data");
    let shown = items(&portico, list, "").await;
    let states: Vec<_> = shown
        .iter()
        .map(|item| item["status"].as_str().unwrap())
        .collect();
    assert_eq!(states, ["open", "paid", "void", "uncollectible", "paid"]);
    assert_eq!(
        (&shown[4]["total"], &shown[4]["amount_paid"]),
        (&json!(0), &json!(0))
    );
    // A page of drafts alone goes on by itself.
    let answer = ask(&portico, INVOICES, "limit=1", USER).await.json();
    assert_eq!(
        (&answer["data"][0]["status"], &answer["has_more"]),
        (&json!("open"), &json!(true))
    );
}

#[tokio::test]
async fn a_page_of_drafts_goes_on_once_and_no_further() {
    let portico = Portico::start().await;
    for created in 1..=5 {
        let changes =
            json!({"status": if created > 2 { "draft" } else { "open" }, "created": created});
        portico.stripe.add_invoice(CUSTOMER, &changes);
    }
    for (query, shown, has_more, calls) in [
        ("limit=1", 0, true, 2),
        ("limit=2", 1, true, 2),
        ("limit=3", 2, false, 2),
        ("limit=4", 1, true, 1),
    ] {
        portico.stripe.clear();
        let answer = ask(&portico, INVOICES, query, USER).await.json();
        let items = answer["data"].as_array().unwrap().len();
        assert_eq!(
            (items, &answer["has_more"]),
            (shown, &json!(has_more)),
            "{query}"
        );
        assert_eq!(portico.stripe.requests().len(), calls, "{query}");
    }
}

#[tokio::test]
async fn a_customer_who_is_gone_behind_a_page_of_drafts_has_the_empty_list() {
    let portico = Portico::start().await;
    for created in 1..=2 {
        let draft = json!({"status": "draft", "created": created});
        portico.stripe.add_invoice(CUSTOMER, &draft);
    }
    let (kind, code) = ("invalid_request_error", Some("resource_missing"));
    let gone = Reply::stripe_error(400, kind, code, Some("customer"), "No such customer");
    portico.stripe.script(CUSTOMER, [Reply::Normal, gone]);
    let answer = ask(&portico, INVOICES, "limit=1", USER).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.json(), json!({"data": [], "has_more": false}));
    assert_eq!(portico.stripe.requests().len(), 2);
}

#[tokio::test]
async fn a_link_that_is_not_https_on_an_allowed_host_is_null() {
    const BAD: [&str; 8] = [
        "http://invoice.stripe.com/i/1",
        "https://invoice.stripe.com.evil.example/i/1",
        "https://invoice.stripe.com@evil.example/i/1",
        "https://evil.example/i/1",
        "https://billing.stripe.com/i/1",
        "javascript:alert(1)",
        "//invoice.stripe.com/i/1",
        "",
    ];
    let good = [
        "https://invoice.stripe.com/i/1?s=ap",
        "https://pay.stripe.com/2",
    ];
    let portico = Portico::start().await;
    for (url, shown) in good
        .map(|url| (url, true))
        .into_iter()
        .chain(BAD.map(|url| (url, false)))
    {
        let invoice = json!({"id": "in_1", "hosted_invoice_url": url, "invoice_pdf": url});
        portico.stripe.add_invoice(CUSTOMER, &invoice);
        let charge = json!({"id": "ch_1", "receipt_url": url});
        portico.stripe.add_charge(CUSTOMER, &charge);
        let invoice = &items(&portico, (INVOICES, "data"), "").await[0];
        let charge = &items(&portico, (HISTORY, "transactions"), "").await[0];
        let expected = if shown { json!(url) } else { Value::Null };
        for (item, member) in [
            (invoice, "hosted_invoice_url"),
            (invoice, "invoice_pdf"),
            (charge, "receipt_url"),
        ] {
            assert_eq!(item[member], expected, "{member} {url}");
        }
    }
    let own = Portico::setup()
        .variable("invoice_hosts", "bills.example.com")
        .start()
        .await;
    let changes = json!({"hosted_invoice_url": "https://bills.example.com/1"});
    own.stripe.add_invoice(CUSTOMER, &changes);
    let shown = &items(&own, (INVOICES, "data"), "").await[0];
    assert_eq!(shown["hosted_invoice_url"], "https://bills.example.com/1");
    assert_eq!(shown["invoice_pdf"], Value::Null);
}

#[tokio::test]
async fn a_hundred_invoices_with_their_lines_are_read_whole() {
    let portico = Portico::start().await;
    portico.add_long_invoices(150);
    let answer = ask(&portico, INVOICES, "limit=100", USER).await.json();
    assert_eq!(answer["data"].as_array().unwrap().len(), 100);
    assert_eq!(answer["has_more"], true);
}

#[tokio::test]
async fn a_page_that_is_longer_than_what_is_read_is_shorter_and_the_next_one_follows_it() {
    let portico = Portico::start().await;
    // Five invoices of 700 kB: four of them are more than 2 MiB.
    let padding = "x".repeat(700_000);
    for number in 1..=5 {
        let changes =
            json!({"id": format!("in_{number}"), "created": 10 - number, "footer": padding});
        portico.stripe.add_invoice(CUSTOMER, &changes);
    }
    let mut seen = Vec::new();
    let mut query = "limit=4".to_owned();
    loop {
        let answer = ask(&portico, INVOICES, &query, USER).await;
        assert_eq!(answer.status, 200, "{:?}", answer.headers);
        let page = answer.json();
        let items = page["data"].as_array().unwrap();
        seen.extend(
            items
                .iter()
                .map(|item| item["id"].as_str().unwrap().to_owned()),
        );
        if page["has_more"] == false {
            break;
        }
        query = format!("limit=4&starting_after={}", seen.last().unwrap());
    }
    assert_eq!(seen, ["in_1", "in_2", "in_3", "in_4", "in_5"]);
}
