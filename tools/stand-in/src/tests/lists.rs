//! `GET /v1/invoices` and `GET /v1/charges`.

use serde_json::{Value, json};

use super::client::{Client, ok};
use super::stand_in;
use crate::StripeStandIn;

/// The identifiers of a page, and whether there are more.
fn ids(stripe: &StripeStandIn, path: &str) -> (Vec<String>, bool) {
    let list = ok(stripe.call("GET", path, ""));
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
        let ask = |rest: &str| ids(&stripe, &format!("{path}?customer=cus_1{rest}"));
        assert_eq!(
            ask(""),
            (expected(&[12, 11, 10, 9, 8, 7, 6, 5, 4, 3]), true)
        );
        let after = format!("&limit=2&starting_after={prefix}_3");
        assert_eq!(ask(&after), (expected(&[2, 1]), false));
        assert_eq!(ask(&format!("&starting_after={prefix}_1")), (vec![], false));
    }
    assert_eq!(
        ids(&stripe, "/v1/invoices?customer=cus_2"),
        (vec!["in_other".to_owned()], false)
    );
    let (everybodys, more) = ids(&stripe, "/v1/invoices?limit=100");
    assert!(everybodys.len() == 13 && !more, "{everybodys:?}");
    assert!(!everybodys.contains(&"in_live".to_owned()));
}

#[tokio::test]
async fn a_parameter_that_stripe_does_not_take_is_refused() {
    let stripe = with_lists().await;
    let refused = |query: &str, param: &str| {
        let (status, error) = stripe.call("GET", &format!("/v1/invoices?{query}"), "");
        assert_eq!(
            (status, &error["error"]["param"]),
            (400, &json!(param)),
            "{query}"
        );
    };
    // A cursor that is not in the list is missing.
    for id in ["in_none", "in_other", "in_live", "ch_1"] {
        refused(
            &format!("customer=cus_1&starting_after={id}"),
            "starting_after",
        );
    }
    for limit in ["0", "101", "ten"] {
        refused(&format!("limit={limit}"), "limit");
    }
    refused("offset=10", "offset");
    refused("customer=cus_missing", "customer");
    refused("customer=cus_live", "customer");
    stripe.remove_customer("cus_1");
    refused("customer=cus_1", "customer");
}

#[tokio::test]
async fn a_change_brings_its_consequences() {
    let stripe = stand_in().await;
    let id = stripe.add_invoice("cus_1", &json!({ "status": "open", "total": 700 }));
    stripe.add_invoice("cus_1", &json!({ "status": "draft", "created": 1 }));
    let list = ok(stripe.call("GET", "/v1/invoices?customer=cus_1", ""));
    let [open, draft] = &list["data"].as_array().expect("items")[..] else {
        panic!("{list}")
    };
    let amounts = ["amount_due", "amount_paid", "amount_remaining"].map(|name| open[name].as_i64());
    assert_eq!(amounts, [Some(700), Some(0), Some(700)]);
    assert_eq!(
        open["hosted_invoice_url"],
        format!("https://invoice.stripe.com/i/acct_1PorticoStandIn/{id}")
    );
    assert_eq!(
        (&draft["number"], &draft["invoice_pdf"]),
        (&Value::Null, &Value::Null)
    );
    stripe.add_charge("cus_1", &json!({ "status": "failed" }));
    let list = ok(stripe.call("GET", "/v1/charges?customer=cus_1", ""));
    let failed = ["paid", "receipt_url", "failure_code"].map(|name| list["data"][0][name].clone());
    assert_eq!(failed, [json!(false), Value::Null, json!("card_declined")]);
}

#[tokio::test]
async fn a_link_leads_to_a_page_where_the_portal_is_here() {
    let stripe = StripeStandIn::builder().portal_here().start("127.0.0.1:0");
    let stripe = stripe.await.expect("a free port");
    stripe.add_customer("cus_1", false);
    stripe.add_invoice("cus_1", &json!({}));
    let list = ok(stripe.call("GET", "/v1/invoices?customer=cus_1", ""));
    for (member, words) in [
        ("invoice_pdf", "PDF of the invoice"),
        ("hosted_invoice_url", "Invoice"),
    ] {
        let url = list["data"][0][member].as_str().unwrap_or_default();
        let path = url.strip_prefix(&stripe.origin()).expect("the stand-in");
        for (path, status) in [(path.to_owned(), 200), (path.replace("in_", "in_x"), 404)] {
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
