//! `GET /v1/invoices` and `GET /v1/charges`.

use serde_json::{Value, json};

use super::client::{Client, KEY};
use super::stand_in;
use crate::StripeStandIn;

async fn get(stripe: &StripeStandIn, path: &str) -> (u16, Value) {
    let mut client = Client::connect(stripe).await;
    let head =
        format!("GET {path} HTTP/1.1\r\nHost: stripe\r\nAuthorization: Bearer {KEY}\r\n\r\n");
    client.write(head.as_bytes()).await;
    let answer = client.receive().await.expect("an answer");
    (answer.status, answer.json())
}

/// The identifiers of a page, and whether there are more.
async fn ids(stripe: &StripeStandIn, path: &str) -> (Vec<String>, bool) {
    let (status, list) = get(stripe, path).await;
    assert_eq!(status, 200, "{list}");
    assert_eq!(list["object"], "list");
    let ids = list["data"].as_array().expect("items").iter();
    let ids = ids.map(|item| item["id"].as_str().unwrap_or_default().to_owned());
    (ids.collect(), list["has_more"] == true)
}

/// A stand-in whose `cus_1` has the invoices and charges 1 to 12, of which 12 are the newest.
async fn with_lists() -> StripeStandIn {
    let stripe = stand_in().await;
    for number in 1..=12 {
        let id = |prefix| json!({ "id": format!("{prefix}_{number}"), "created": 1000 + number });
        stripe.add_invoice("cus_1", &id("in"));
        stripe.add_charge("cus_1", &id("ch"));
    }
    stripe.add_customer("cus_2", false);
    stripe.add_invoice("cus_2", &json!({ "id": "in_other" }));
    stripe.add_invoice("cus_live", &json!({ "id": "in_live" }));
    stripe
}

#[tokio::test]
async fn a_list_has_the_customers_own_the_newest_first_ten_at_a_time() {
    let stripe = with_lists().await;
    for (path, prefix) in [("/v1/invoices", "in"), ("/v1/charges", "ch")] {
        let expected = |numbers: &[u32]| -> Vec<String> {
            numbers.iter().map(|n| format!("{prefix}_{n}")).collect()
        };
        let ask = |rest: &str| format!("{path}?customer=cus_1{rest}");
        let first = ids(&stripe, &ask("")).await;
        assert_eq!(first, (expected(&[12, 11, 10, 9, 8, 7, 6, 5, 4, 3]), true));
        let next = ids(&stripe, &ask(&format!("&starting_after={prefix}_3"))).await;
        assert_eq!(next, (expected(&[2, 1]), false));
        let part = ids(
            &stripe,
            &ask(&format!("&limit=2&starting_after={prefix}_3")),
        )
        .await;
        assert_eq!(part, (expected(&[2, 1]), false));
        let back = ids(&stripe, &ask(&format!("&limit=2&ending_before={prefix}_3"))).await;
        assert_eq!(back, (expected(&[5, 4]), true));
        let last = ids(&stripe, &ask(&format!("&starting_after={prefix}_1"))).await;
        assert_eq!(last, (vec![], false));
    }
    assert_eq!(
        ids(&stripe, "/v1/invoices?customer=cus_2").await,
        (vec!["in_other".to_owned()], false)
    );
    let (everybodys, more) = ids(&stripe, "/v1/invoices?limit=100").await;
    assert!(everybodys.len() == 13 && !more, "{everybodys:?}");
    assert!(!everybodys.contains(&"in_live".to_owned()));
}

#[tokio::test]
async fn a_cursor_that_is_not_in_the_list_is_missing() {
    let stripe = with_lists().await;
    for id in ["in_none", "in_other", "in_live", "ch_1"] {
        let path = format!("/v1/invoices?customer=cus_1&starting_after={id}");
        let (status, error) = get(&stripe, &path).await;
        assert_eq!(status, 400);
        assert_eq!(error["error"]["code"], "resource_missing");
        assert_eq!(error["error"]["param"], "starting_after");
        assert_eq!(
            error["error"]["message"],
            format!("No such invoice: '{id}'")
        );
    }
}

#[tokio::test]
async fn what_stripe_does_not_take_is_refused() {
    let stripe = with_lists().await;
    for (query, param) in [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=ten", "limit"),
        ("offset=10", "offset"),
        ("customer=cus_missing", "customer"),
        ("customer=cus_live", "customer"),
    ] {
        let (status, error) = get(&stripe, &format!("/v1/charges?{query}")).await;
        assert_eq!((status, &error["error"]["param"]), (400, &json!(param)));
    }
    stripe.remove_customer("cus_1");
    let (status, error) = get(&stripe, "/v1/charges?customer=cus_1").await;
    assert_eq!(
        (status, &error["error"]["param"]),
        (400, &json!("customer"))
    );
}

#[tokio::test]
async fn what_follows_from_a_change_follows() {
    let stripe = stand_in().await;
    let id = stripe.add_invoice("cus_1", &json!({ "status": "open", "total": 700 }));
    assert!(id.starts_with("in_"), "{id}");
    stripe.add_invoice("cus_1", &json!({ "status": "draft", "created": 1 }));
    let (_, list) = get(&stripe, "/v1/invoices?customer=cus_1").await;
    let [open, draft] = &list["data"].as_array().expect("items")[..] else {
        panic!("{list}")
    };
    assert_eq!(
        (
            &open["amount_due"],
            &open["amount_paid"],
            &open["amount_remaining"]
        ),
        (&json!(700), &json!(0), &json!(700))
    );
    assert_eq!(open["customer"], "cus_1");
    assert_eq!(
        open["hosted_invoice_url"],
        format!("https://invoice.stripe.com/i/acct_1PorticoStandIn/{id}")
    );
    assert_eq!(
        (&draft["number"], &draft["invoice_pdf"]),
        (&Value::Null, &Value::Null)
    );
    stripe.add_charge("cus_1", &json!({ "status": "failed" }));
    let (_, list) = get(&stripe, "/v1/charges?customer=cus_1").await;
    let failed = &list["data"][0];
    assert_eq!(
        (
            &failed["paid"],
            &failed["receipt_url"],
            &failed["failure_code"]
        ),
        (&json!(false), &Value::Null, &json!("card_declined"))
    );
}

#[tokio::test]
async fn a_link_leads_to_a_page_where_the_portal_is_here() {
    let stripe = StripeStandIn::builder()
        .portal_here()
        .start("127.0.0.1:0")
        .await
        .expect("a free port");
    stripe.add_customer("cus_1", false);
    stripe.add_invoice("cus_1", &json!({}));
    let (_, list) = get(&stripe, "/v1/invoices?customer=cus_1").await;
    for (member, status, words) in [
        ("invoice_pdf", 200, "PDF of the invoice"),
        ("hosted_invoice_url", 200, "Invoice"),
    ] {
        let url = list["data"][0][member].as_str().unwrap_or_default();
        let path = url.strip_prefix(&stripe.origin()).expect("the stand-in");
        for (path, status) in [
            (path.to_owned(), status),
            (path.replace("in_", "in_x"), 404),
        ] {
            let mut client = Client::connect(&stripe).await;
            client
                .write(format!("GET {path} HTTP/1.1\r\nHost: stripe\r\n\r\n").as_bytes())
                .await;
            let page = client.receive().await.expect("a page");
            assert_eq!(page.status, status, "{path}");
            let html = String::from_utf8_lossy(&page.body);
            assert!(html.contains(words), "{html}");
        }
    }
}
