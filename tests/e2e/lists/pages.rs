//! Pages of the lists: queries and cursors.

use portico_stand_in::Reply;
use serde_json::json;

use super::{LISTS, ask, ids, items};
use crate::harness::{CUSTOMER, HISTORY, INVOICES, Portico, USER};
use crate::limits::limited;

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
        let cursor = Some("starting_after");
        for (status, code, parameter) in [
            (404, Some("resource_missing"), cursor),
            (400, Some("resource_missing"), cursor),
            (400, Some("parameter_invalid_string_blank"), cursor),
            (400, None, cursor),
            (400, None, None),
        ] {
            let words = "No such invoice: 'in_theirs'; a similar object belongs to cus_Other";
            let kind = "invalid_request_error";
            let reply = Reply::stripe_error(status, kind, code, parameter, words);
            portico.stripe.script(CUSTOMER, [reply]);
            refused("none").await;
        }
        told.dedup();
        assert_eq!(told.len(), 1, "{told:?}");
    }
}
