//! Invoices and payments: the caller's own, from Stripe, and nothing else about them.

use serde_json::Value;

use crate::harness::{Answer, HISTORY, INVOICES, Portico, USER};

mod calls;
mod items;
mod pages;

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
