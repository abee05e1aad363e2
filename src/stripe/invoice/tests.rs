use http::Method;
use serde_json::{Value, json};

use super::*;
use crate::error::FailureKind;
use crate::stripe::Chosen;
use crate::stripe::list::Cursor;

fn customer() -> CustomerId {
    CustomerId::parse("cus_1").unwrap()
}

fn invoice(id: &str, changes: &Value) -> Value {
    let mut invoice = json!({
        "id": id,
        "object": "invoice",
        "account_name": "Quill",
        "customer": "cus_1",
        "customer_email": "ada@example.com",
        "number": "QUILL-0001",
        "status": "open",
        "description": null,
        "currency": "usd",
        "amount_due": 1200,
        "amount_paid": 0,
        "amount_remaining": 1200,
        "total": 1200,
        "created": 1_793_534_400,
        "due_date": null,
        "period_start": 1_790_942_400,
        "period_end": 1_793_534_400,
        "hosted_invoice_url": "https://invoice.stripe.com/i/acct_1/test_1",
        "invoice_pdf": null,
        "lines": {"object": "list", "data": [{"id": "il_1", "amount": 1200}], "has_more": false},
    });
    let changes = changes.as_object().unwrap().clone();
    invoice.as_object_mut().unwrap().extend(changes);
    invoice
}

fn list_of(data: &[Value]) -> Value {
    json!({"object": "list", "url": "/v1/invoices", "has_more": true, "data": data})
}

/// The identifiers of a page, or what the caller is told.
fn ids(answer: &str) -> Result<Vec<String>, FailureKind> {
    let page = page(answer.as_bytes(), &customer()).map_err(|failure| failure.kind)?;
    let ids = page.items.iter().map(|invoice| invoice.id.as_str());
    Ok(ids.map(str::to_owned).collect())
}

#[test]
fn the_call_asks_for_the_customers_own_and_has_no_body() {
    let part = |starting_after| Part {
        limit: 25,
        starting_after,
    };
    let first = list(&customer(), &part(None));
    assert_eq!((&first.method, first.path.as_str()), (&Method::GET, PATH));
    assert_eq!(first.chosen, Chosen::Nothing);
    assert_eq!(first.limit, Some(25));
    assert_eq!(first.parameters.into_bytes(), b"customer=cus_1");
    let next = list(&customer(), &part(Cursor::parse("in_1", PREFIXES)));
    assert!(matches!(
        next.chosen,
        Chosen::AllBut(&["customer", "limit"], _)
    ));
    assert_eq!(
        next.parameters.into_bytes(),
        b"customer=cus_1&starting_after=in_1"
    );
}

#[test]
fn what_a_caller_may_see_of_an_invoice_is_read() {
    let escaped = r"Caf\u00e9, 2 \u00d7 \ud83d\ude00";
    let answer = list_of(&[invoice("in_1", &json!({"due_date": 1_795_000_000}))]).to_string();
    let answer = answer.replace(
        r#""description":null"#,
        &format!(r#""description":"{escaped}""#),
    );
    let page = page(answer.as_bytes(), &customer()).unwrap();
    assert!(page.has_more);
    let [invoice] = &page.items[..] else { panic!() };
    let text = |text: &Option<Text<'_>>| text.as_ref().map(|text| text.as_str().to_owned());
    assert_eq!(text(&invoice.number).as_deref(), Some("QUILL-0001"));
    assert_eq!(text(&invoice.status).as_deref(), Some("open"));
    assert_eq!(
        text(&invoice.description).as_deref(),
        Some("Café, 2 × \u{1f600}")
    );
    assert_eq!(text(&invoice.currency).as_deref(), Some("usd"));
    assert_eq!(
        (invoice.amount_due, invoice.amount_paid, invoice.total),
        (Some(1200), Some(0), Some(1200))
    );
    assert_eq!(invoice.amount_remaining, Some(1200));
    assert_eq!(invoice.created, Some(1_793_534_400));
    assert_eq!(invoice.due_date, Some(1_795_000_000));
    assert_eq!(
        (invoice.period_start, invoice.period_end),
        (Some(1_790_942_400), Some(1_793_534_400))
    );
    assert!(invoice.hosted_invoice_url.is_some() && invoice.invoice_pdf.is_none());
}

#[test]
fn drafts_and_the_invoices_of_others_are_left_out() {
    let answer = list_of(&[
        invoice("in_open", &json!({})),
        invoice("in_draft", &json!({"status": "draft"})),
        invoice("in_paid", &json!({"status": "paid"})),
        invoice("in_other", &json!({"customer": "cus_2"})),
        invoice("in_longer", &json!({"customer": "cus_11"})),
        invoice("in_nobody", &json!({"customer": null})),
        invoice("in_void", &json!({"status": "void"})),
        invoice("in_unwritten", &json!({"status": null})),
        invoice("in_uncollectible", &json!({"status": "uncollectible"})),
    ]);
    assert_eq!(
        ids(&answer.to_string()).unwrap(),
        [
            "in_open",
            "in_paid",
            "in_void",
            "in_unwritten",
            "in_uncollectible"
        ]
    );
    let mut unnamed = invoice("in_unnamed", &json!({}));
    unnamed.as_object_mut().unwrap().remove("customer");
    assert_eq!(ids(&list_of(&[unnamed]).to_string()), Ok(vec![]));
}

#[test]
fn a_page_of_which_nothing_can_be_shown_says_where_it_goes_on() {
    let drafts = [1, 2].map(|n| invoice(&format!("in_{n}"), &json!({"status": "draft"})));
    let goes_on_after = |answer: &Value| {
        let answer = answer.to_string();
        let page = page(answer.as_bytes(), &customer()).unwrap();
        page.goes_on_after().map(|last| last.as_str().to_owned())
    };
    let mut answer = list_of(&drafts);
    assert_eq!(goes_on_after(&answer).as_deref(), Some("in_2"));
    answer["has_more"] = json!(false);
    assert_eq!(goes_on_after(&answer), None);
    assert_eq!(goes_on_after(&list_of(&[])), None);
    let [one, other] = drafts;
    let shown = list_of(&[one, invoice("in_3", &json!({})), other]);
    assert_eq!(goes_on_after(&shown), None);
}

#[test]
fn a_member_that_stripe_leaves_out_is_none_and_an_invoice_without_an_identifier_makes_the_answer_corrupt()
 {
    for (member, may_be_missing) in [
        ("number", true),
        ("status", true),
        ("description", true),
        ("currency", true),
        ("amount_due", true),
        ("amount_paid", true),
        ("amount_remaining", true),
        ("total", true),
        ("created", true),
        ("due_date", true),
        ("period_start", true),
        ("period_end", true),
        ("hosted_invoice_url", true),
        ("invoice_pdf", true),
        ("id", false),
    ] {
        let mut without = invoice("in_1", &json!({}));
        without.as_object_mut().unwrap().remove(member);
        let null = invoice("in_1", &json!({member: null}));
        for invoice in [without, null] {
            let read = ids(&list_of(&[invoice]).to_string());
            assert_eq!(read.is_ok(), may_be_missing, "{member}: {read:?}");
        }
    }
}

#[test]
fn an_answer_that_is_not_a_list_of_invoices_is_rejected() {
    let list = list_of(&[invoice("in_1", &json!({}))]).to_string();
    assert_eq!(ids(&list).unwrap(), ["in_1"]);
    let changed = |from: &str, to: &str| {
        assert!(list.contains(from), "{from}");
        list.replacen(from, to, 1)
    };
    for answer in [
        String::new(),
        "<html>".to_owned(),
        "null".to_owned(),
        "[]".to_owned(),
        r#"{"object":"list"}"#.to_owned(),
        r#"{"object":"list","data":[]}"#.to_owned(),
        r#"{"object":"list","data":null,"has_more":false}"#.to_owned(),
        r#"{"object":"search_result","data":[],"has_more":false}"#.to_owned(),
        list[..list.len() - 1].to_owned(),
        format!("{list}x"),
        changed("\"has_more\":true,\"object\"", "\"has_more\":1,\"object\""),
        changed("\"amount_due\":1200", "\"amount_due\":\"1200\""),
        changed("\"amount_due\":1200", "\"amount_due\":12.5"),
        changed("\"amount_due\":1200", "\"amount_due\":9223372036854775808"),
        changed("\"id\":\"in_1\"", "\"id\":1"),
        changed("\"customer\":\"cus_1\"", "\"customer\":{\"id\":\"cus_1\"}"),
        // Which of the two would be meant?
        changed("\"id\":\"in_1\"", "\"id\":\"in_1\",\"id\":\"in_2\""),
        changed(
            "\"customer\":\"cus_1\"",
            "\"customer\":\"cus_2\",\"customer\":\"cus_1\"",
        ),
    ] {
        assert_eq!(ids(&answer), Err(FailureKind::StripeRejected), "{answer}");
    }
}

#[test]
fn what_is_skipped_may_be_nested_as_deep_as_it_likes() {
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    let list = list_of(&[invoice("in_1", &json!({}))]).to_string();
    let list = list.replacen("\"account_name\":\"Quill\"", &format!("\"deep\":{deep}"), 1);
    assert_eq!(ids(&list).unwrap(), ["in_1"]);
}
