//! Invoices and payments: the caller's own, from Stripe, and nothing else about them.

use http::Method;
use portico_stand_in::Reply;
use serde_json::{Value, json};

use crate::harness::{API_KEY, Answer, CUSTOMER, FRONTEND, HISTORY, INVOICES, Portico, USER};
use crate::limits::{limited, remaining_and_reset};

/// The routes, with the member of the answer that has the items, and the path of Stripe's list.
const LISTS: [(&str, &str, &str); 2] = [
    (INVOICES, "data", "/v1/invoices"),
    (HISTORY, "transactions", "/v1/charges"),
];

/// Asks for a list with this query.
async fn ask(portico: &Portico, path: &str, query: &str, user: &str) -> Answer {
    let path = if query.is_empty() {
        path.to_owned()
    } else {
        format!("{path}?{query}")
    };
    portico.get_as(&path, user).send().await
}

/// The items of a page.
async fn items(portico: &Portico, (path, member): (&str, &str), query: &str) -> Vec<Value> {
    let answer = ask(portico, path, query, USER).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()[member].as_array().unwrap().clone()
}

fn ids(items: &[Value]) -> Vec<&str> {
    let ids = items.iter().map(|item| item["id"].as_str().unwrap());
    ids.collect()
}

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
        // Which members there are is said by the description, with which every answer is compared.
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
            ],
            "has_more": false,
        })
    );
}

#[tokio::test]
async fn stripe_is_asked_once_for_the_customers_own_without_a_body_or_an_idempotency_key() {
    let portico = Portico::start().await;
    for ((path, _, stripes), (query, sent)) in LISTS.into_iter().zip([
        ("limit=7", "limit=7"),
        ("starting_after=ch_1", "limit=20&starting_after=ch_1"),
    ]) {
        portico.stripe.clear();
        ask(&portico, path, query, USER).await;
        let [request] = &portico.stripe.requests()[..] else {
            panic!("{path}")
        };
        assert_eq!(request.method, "GET");
        assert_eq!(
            request.path,
            format!("{stripes}?customer={CUSTOMER}&{sent}")
        );
        let authorization = format!("Bearer {API_KEY}");
        assert_eq!(
            request.header("authorization"),
            Some(authorization.as_str())
        );
        assert_eq!(request.header("stripe-version"), Some("2026-10-28.endive"));
        for absent in ["idempotency-key", "content-type", "transfer-encoding"] {
            assert_eq!(request.header(absent), None, "{absent}");
        }
        assert!(request.body.is_empty());
    }
    portico.stripe.clear();
    ask(&portico, INVOICES, "", USER).await;
    assert!(portico.stripe.requests()[0].path.ends_with("&limit=10"));
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
    // A page of drafts alone is empty, and yet there are more.
    let answer = ask(&portico, INVOICES, "limit=1", USER).await;
    assert_eq!(answer.json(), json!({"data": [], "has_more": true}));
    // It is asked for again, longer, until something that can be shown comes after them.
    assert_eq!(items(&portico, list, "limit=2").await.len(), 1);
}

#[tokio::test]
async fn pages_follow_one_another_by_their_last_items() {
    let portico = Portico::start().await;
    for number in 1..=25 {
        let id =
            |prefix: &str| json!({"id": format!("{prefix}_{number}"), "created": 1000 - number});
        portico.stripe.add_invoice(CUSTOMER, &id("in"));
        portico.stripe.add_charge(CUSTOMER, &id("py"));
    }
    for ((path, member, _), (prefix, default)) in LISTS.into_iter().zip([("in", 10), ("py", 20)]) {
        let mut seen: Vec<String> = Vec::new();
        let mut query = String::new();
        loop {
            let page = ask(&portico, path, &query, USER).await.json();
            let items = page[member].as_array().unwrap();
            seen.extend(ids(items).into_iter().map(str::to_owned));
            if page["has_more"] == false {
                break;
            }
            assert_eq!(items.len(), default, "{path}");
            query = format!("starting_after={}", seen.last().unwrap());
        }
        let all: Vec<_> = (1..=25)
            .map(|number| format!("{prefix}_{number}"))
            .collect();
        assert_eq!(seen, all);
        for (limit, length) in [(1, 1), (100, 25)] {
            let query = format!("limit={limit}");
            assert_eq!(items(&portico, (path, member), &query).await.len(), length);
        }
    }
}

#[tokio::test]
async fn a_user_without_a_customer_has_an_empty_list() {
    let portico = Portico::start().await;
    portico.stripe.add_invoice(CUSTOMER, &json!({}));
    let live = json!({"stripe_customer_id": CUSTOMER, "livemode": true}).to_string();
    portico
        .set_record("null", r#"{"stripe_customer_id":null}"#)
        .await;
    portico.set_record("absent", "{}").await;
    portico.set_record("other mode", live).await;
    for (path, member, _) in LISTS {
        for user in ["no record", "null", "absent", "other mode"] {
            let answer = ask(&portico, path, "", user).await;
            assert_eq!(answer.status, 200, "{user}: {answer:?}");
            assert_eq!(answer.json(), json!({member: [], "has_more": false}));
        }
    }
    assert!(
        portico.stripe.requests().is_empty(),
        "Stripe need not be asked"
    );
    // The record does not tell its mode, or the customer is gone: Stripe says so.
    portico.stripe.add_customer("cus_Live", true);
    portico.set_record("live", "cus_Live").await;
    portico.stripe.remove_customer(CUSTOMER);
    for (path, member, _) in LISTS {
        for user in ["live", USER] {
            let answer = ask(&portico, path, "", user).await;
            assert_eq!(answer.status, 200, "{user}: {answer:?}");
            assert_eq!(answer.json(), json!({member: [], "has_more": false}));
            let entry = portico.log_entry(answer.request_id()).await;
            let reason = entry["reason"].as_str().unwrap();
            assert!(reason.contains("param=customer"), "{reason}");
            assert_eq!(entry["level"], "warn");
        }
    }
}

#[tokio::test]
async fn a_query_that_breaks_a_rule_is_refused_before_stripe_is_asked() {
    let portico = limited("paid=1000/3600").start().await;
    for (path, _, _) in LISTS {
        for query in [
            "limit=0",
            "limit=101",
            "limit=",
            "limit",
            "limit=-1",
            "limit=1.5",
            "limit=10&limit=10",
            "limit=%31%30&%6Cimit=5",
            "offset=0",
            "offset=10&limit=10",
            "page=2",
            "customer=cus_Other",
            "ending_before=in_1",
            "expand[]=data.customer",
            "starting_after=",
            "starting_after=in_",
            "starting_after=ch_",
            "starting_after=cus_1",
            "starting_after=in_1%2F..",
            "starting_after=ch_1%26customer=cus_2",
            "starting_after=in_1&starting_after=in_1",
            "starting_after=ch_1&starting_after=ch_1",
            "%FF=1",
        ] {
            let answer = ask(&portico, path, query, USER).await;
            answer.is_error(400, "invalid_request");
            assert!(answer.header("ratelimit").is_some(), "{query}: {answer:?}");
        }
        // It is wrong whoever asks.
        let answer = ask(&portico, path, "offset=1", "no record").await;
        answer.is_error(400, "invalid_request");
    }
    let wrong = [(INVOICES, "ch_1"), (INVOICES, "py_1"), (HISTORY, "in_1")];
    for (path, id) in wrong {
        let query = format!("starting_after={id}");
        let answer = ask(&portico, path, &query, USER).await;
        answer.is_error(400, "invalid_request");
    }
    assert!(portico.stripe.requests().is_empty());
}

#[tokio::test]
async fn a_cursor_that_stripe_refuses_tells_nothing_about_others_objects() {
    let portico = Portico::start().await;
    portico.stripe.add_customer("cus_Other", false);
    portico
        .stripe
        .add_invoice("cus_Other", &json!({"id": "in_theirs"}));
    portico
        .stripe
        .add_charge("cus_Other", &json!({"id": "ch_theirs"}));
    for ((path, _, _), prefix) in LISTS.into_iter().zip(["in", "ch"]) {
        let mut told = Vec::new();
        let mut refused = async |id: &str| {
            let query = format!("starting_after={prefix}_{id}");
            let answer = ask(&portico, path, &query, USER).await;
            answer.is_error(400, "invalid_request");
            told.push(answer.json()["message"].clone());
        };
        refused("theirs").await;
        refused("none").await;
        for (status, code) in [
            (404, Some("resource_missing")),
            (400, Some("resource_missing")),
            (400, Some("parameter_invalid_string_blank")),
            (400, None),
        ] {
            let words = "No such invoice: 'in_theirs'; a similar object belongs to cus_Other";
            let kind = "invalid_request_error";
            let reply = Reply::stripe_error(status, kind, code, Some("starting_after"), words);
            portico.stripe.script(CUSTOMER, [reply]);
            refused("none").await;
        }
        told.dedup();
        assert_eq!(told.len(), 1, "{told:?}");
    }
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
async fn a_list_fails_as_the_portal_does() {
    let portico = Portico::setup()
        .variable("stripe_max_retries", "0")
        .start()
        .await;
    let error = |status, code, param| {
        Reply::stripe_error(status, "invalid_request_error", code, param, "x")
    };
    for (reply, code) in [
        (Reply::server_error(500), "stripe_unavailable"),
        (Reply::RateLimited429, "stripe_unavailable"),
        (Reply::ResetDuringBody, "stripe_unavailable"),
        (Reply::TruncatedBody, "stripe_unavailable"),
        (Reply::InvalidJson, "stripe_rejected"),
        (
            Reply::HugeBody {
                bytes: (2 << 20) + 1,
            },
            "stripe_rejected",
        ),
        (error(401, None, None), "stripe_rejected"),
        (error(403, None, None), "stripe_rejected"),
        (error(400, None, Some("limit")), "stripe_rejected"),
        (
            error(400, Some("resource_missing"), None),
            "stripe_rejected",
        ),
        (
            error(400, Some("resource_missing"), Some("starting_after")),
            "stripe_rejected",
        ),
    ] {
        for (path, _, _) in LISTS {
            let name = format!("{path} {reply:?}");
            portico.stripe.script(CUSTOMER, [reply.clone()]);
            let answer = ask(&portico, path, "", USER).await;
            assert_eq!(answer.status, 500, "{name}");
            answer.is_error(500, code);
        }
    }
    let impatient = Portico::setup()
        .variable("stripe_timeout_ms", "200")
        .start()
        .await;
    for (path, _, _) in LISTS {
        impatient
            .stripe
            .script(CUSTOMER, [Reply::StallAfterHeaders]);
        let answer = ask(&impatient, path, "", USER).await;
        answer.is_error(500, "stripe_unavailable");
        let none = portico.request(Method::GET, path).send().await;
        none.is_error(401, "unauthorized");
        assert_eq!(none.header("www-authenticate"), Some("Bearer"));
        portico.set_record(USER, "{").await;
        ask(&portico, path, "", USER)
            .await
            .is_error(500, "store_unavailable");
        portico.set_record(USER, CUSTOMER).await;
        assert_eq!(ask(&portico, path, "", USER).await.status, 200);
    }
}

#[tokio::test]
async fn a_list_that_was_not_answered_is_asked_for_again() {
    let portico = Portico::start().await;
    portico.stripe.add_invoice(CUSTOMER, &json!({"id": "in_1"}));
    portico.stripe.script(
        CUSTOMER,
        [Reply::ResetBeforeHeaders, Reply::server_error(503)],
    );
    let answer = ask(&portico, INVOICES, "", USER).await;
    assert_eq!(ids(answer.json()["data"].as_array().unwrap()), ["in_1"]);
    let entry = portico.log_entry(answer.request_id()).await;
    assert_eq!(entry["attempts"], 3);
    assert!(entry["stripe_request_id"].as_str().is_some());
}

#[tokio::test]
async fn each_list_has_a_limit_of_its_own() {
    let portico = limited("free=1/3600,paid=2/3600").start().await;
    portico.begin_window(3600);
    for (path, _, _) in LISTS {
        for remaining in [1, 0] {
            let answer = ask(&portico, path, "", USER).await;
            assert_eq!(answer.status, 200);
            assert_eq!(remaining_and_reset(&answer, "paid").0, remaining);
        }
        let refused = ask(&portico, path, "", USER).await;
        refused.is_error(429, "rate_limited");
        assert!(refused.header("retry-after").is_some());
        let free = ask(&portico, path, "", "no record").await;
        assert_eq!(remaining_and_reset(&free, "free").0, 0);
    }
    portico.portal_as_user().opens_session().await;
}

#[tokio::test]
async fn a_list_costs_nothing() {
    let portico = Portico::setup()
        .variable("request_cost", "10")
        .start()
        .await;
    portico
        .set_balance(USER, &json!({"current_balance": 5}))
        .await;
    for (path, _, _) in LISTS {
        assert_eq!(ask(&portico, path, "", USER).await.status, 200);
    }
    let account = portico.account(USER).send().await.json();
    assert_eq!(account["current_balance"], 5);
}

#[tokio::test]
async fn pages_may_ask_and_read_the_answers() {
    let portico = Portico::start().await;
    for (path, _, _) in LISTS {
        let preflight = portico
            .request(Method::OPTIONS, path)
            .header("origin", FRONTEND)
            .header("access-control-request-method", "GET")
            .send()
            .await;
        assert_eq!(preflight.status, 204);
        assert_eq!(
            preflight.header("access-control-allow-methods"),
            Some("GET")
        );
        let answer = portico
            .get_as(path, USER)
            .header("origin", FRONTEND)
            .send()
            .await;
        assert_eq!(answer.header("access-control-allow-origin"), Some(FRONTEND));
        let wrong = portico.request(Method::POST, path).send().await;
        wrong.is_error(405, "method_not_allowed");
        assert_eq!(wrong.header("allow"), Some("GET, OPTIONS"));
    }
}

#[tokio::test]
async fn a_hundred_invoices_with_their_lines_are_read_whole() {
    let portico = Portico::start().await;
    portico.add_long_invoices(150);
    let answer = ask(&portico, INVOICES, "limit=100", USER).await.json();
    assert_eq!(answer["data"].as_array().unwrap().len(), 100);
    assert_eq!(answer["has_more"], true);
}
