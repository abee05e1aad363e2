//! Payments, and sessions that end, while a call is under way.

use std::time::Duration;

use portico_stand_in::{Gate, Reply};
use serde_json::{Value, json};

use super::{ask, open_sessions, selling, start};
use crate::harness::{Answer, CUSTOMER, Portico, USER};

const SESSIONS: &str = "/v1/checkout/sessions";

/// Asks for a checkout. Once the call at this gate has been answered, and before Portico has the answer, `meanwhile`
/// happens.
async fn ask_while(portico: &Portico, price: &str, gate: Gate, meanwhile: impl FnOnce()) -> Answer {
    let body = json!({ "price": price });
    let happening = async {
        gate.arrived().await;
        meanwhile();
        gate.open();
    };
    let (answer, ()) = tokio::join!(ask(portico, USER, &body), happening);
    answer
}

/// The list of this kind that Stripe has of the customer.
fn list(portico: &Portico, path: &str) -> Vec<Value> {
    let path = format!("{path}?customer={CUSTOMER}&limit=100");
    let (status, list) = portico.stripe.call("GET", &path, "");
    assert_eq!(status, 200, "{list}");
    list["data"].as_array().unwrap().clone()
}

/// Pays the customer's open page.
fn pay(portico: &Portico) {
    let sessions = list(portico, SESSIONS);
    let open = sessions.iter().find(|one| one["status"] == "open").unwrap();
    portico
        .stripe
        .complete_checkout(open["id"].as_str().unwrap());
}

/// Asserts that the user has the subscription that was paid, and cannot get another one.
async fn is_subscribed_once(portico: &Portico) {
    assert_eq!(open_sessions(&portico.stripe), 0);
    assert_eq!(list(portico, "/v1/subscriptions").len(), 1);
    for price in ["pro", "team"] {
        let answer = ask(portico, USER, &json!({ "price": price })).await;
        answer.is_error(409, "already_subscribed");
    }
    assert_eq!(list(portico, SESSIONS).len(), 1);
}

#[tokio::test]
async fn a_page_that_is_paid_between_the_list_and_its_end_leaves_one_subscription() {
    let portico = start(selling()).await;
    ask(&portico, USER, &json!({"price": "pro"}))
        .await
        .is_session();
    let gate = portico.stripe.hold_call("GET", SESSIONS);
    let answer = ask_while(&portico, "team", gate, || pay(&portico)).await;
    answer.is_error(409, "already_subscribed");
    let is_end = |path: &str| path.ends_with("/expire");
    let requests = portico.stripe.requests();
    let ends = requests.iter().filter(|request| is_end(&request.path));
    assert_eq!(ends.count(), 1, "Stripe has refused to end it");
    is_subscribed_once(&portico).await;
}

#[tokio::test]
async fn a_page_that_is_paid_while_it_is_handed_out_again_leaves_one_subscription() {
    let portico = start(selling()).await;
    let page = ask(&portico, USER, &json!({"price": "pro"}))
        .await
        .is_session();
    let gate = portico.stripe.hold_call("GET", SESSIONS);
    let answer = ask_while(&portico, "pro", gate, || pay(&portico)).await;
    // Portico cannot know more than the list said; Stripe's page takes no second payment.
    assert_eq!(answer.is_session(), page);
    is_subscribed_once(&portico).await;
}

#[tokio::test]
async fn a_page_that_is_paid_after_the_subscriptions_were_read_is_seen_in_the_list() {
    for price in ["pro", "team"] {
        let portico = start(selling()).await;
        ask(&portico, USER, &json!({"price": "pro"}))
            .await
            .is_session();
        let customer = format!("/v1/customers/{CUSTOMER}");
        let gate = portico.stripe.hold_call("GET", &customer);
        let answer = ask_while(&portico, price, gate, || pay(&portico)).await;
        answer.is_error(409, "already_subscribed");
        is_subscribed_once(&portico).await;
    }
}

#[tokio::test]
async fn a_page_that_is_paid_while_another_tab_makes_the_next_one_leaves_one_subscription() {
    let portico = start(selling()).await;
    // The first page is made, and paid from another tab before the call that made it is answered.
    let gate = portico.stripe.hold_call("POST", SESSIONS);
    let body = json!({"price": "pro"});
    let meanwhile = async {
        gate.arrived().await;
        let page = ask(&portico, USER, &json!({"price": "pro"})).await;
        pay(&portico);
        gate.open();
        page.is_session()
    };
    let (first, page) = tokio::join!(ask(&portico, USER, &body), meanwhile);
    assert_eq!(first.is_session(), page);
    is_subscribed_once(&portico).await;
}

#[tokio::test]
async fn instead_of_a_page_that_ends_while_the_call_is_under_way_there_is_a_new_one() {
    for price in ["pro", "team"] {
        let portico = start(selling()).await;
        let old = ask(&portico, USER, &json!({"price": "pro"}))
            .await
            .is_session();
        // Eleven minutes are left, which is enough to be handed out again, and then none.
        portico.advance(Duration::from_secs(86_400 - 660));
        let gate = portico.stripe.hold_call("GET", SESSIONS);
        let end = || portico.advance(Duration::from_secs(720));
        let answer = ask_while(&portico, price, gate, end).await;
        let new = answer.is_session();
        assert_ne!(new, old, "{price}");
        let sessions = list(&portico, SESSIONS);
        assert_eq!(sessions.len(), 2, "{price}");
        let open: Vec<_> = sessions
            .iter()
            .filter(|session| session["status"] == "open")
            .collect();
        assert_eq!(open.len(), 1, "{price}");
        assert_eq!(open[0]["url"], new.as_str(), "{price}");
    }
}

#[tokio::test]
async fn a_page_is_handed_out_again_while_ten_minutes_are_left_and_no_longer() {
    let portico = start(selling()).await;
    let body = json!({"price": "pro"});
    let old = ask(&portico, USER, &body).await.is_session();
    portico.advance(Duration::from_secs(86_400 - 660));
    assert_eq!(ask(&portico, USER, &body).await.is_session(), old);
    portico.advance(Duration::from_secs(61));
    assert_ne!(ask(&portico, USER, &body).await.is_session(), old);
    assert_eq!(open_sessions(&portico.stripe), 1);
}

#[tokio::test]
async fn no_page_is_of_a_customer_that_has_become_anothers_meanwhile() {
    for held in ["the list", "the end of another page", "the page itself"] {
        let portico = start(selling()).await;
        let gate = match held {
            "the list" => portico.stripe.hold_call("GET", SESSIONS),
            "the page itself" => portico.stripe.hold_call("POST", SESSIONS),
            _ => {
                let body = json!({"price": "team"});
                ask(&portico, USER, &body).await.is_session();
                let id = list(&portico, SESSIONS)[0]["id"].clone();
                let path = format!("{SESSIONS}/{}/expire", id.as_str().unwrap());
                portico.stripe.hold_call("POST", &path)
            }
        };
        let form = "metadata[user_id]=somebody";
        let path = format!("/v1/customers/{CUSTOMER}");
        assert_eq!(portico.stripe.call("POST", &path, form).0, 200);
        let happening = async {
            gate.arrived().await;
            portico.set_owner("somebody").await;
            gate.open();
        };
        let body = json!({"price": "pro"});
        let (answer, ()) = tokio::join!(ask(&portico, USER, &body), happening);
        let url = answer.is_session();
        let sessions = list(&portico, SESSIONS);
        assert!(
            sessions
                .iter()
                .all(|session| session["url"] != url.as_str()),
            "the page is of the user's new customer: {held}"
        );
        assert_eq!(sessions.len(), usize::from(held != "the list"), "{held}");
    }
}

#[tokio::test]
async fn a_customer_that_is_deleted_before_its_trial_is_decided_is_replaced() {
    let portico = start(selling().variable("checkout_trial_days", "14")).await;
    let missing = Reply::stripe_error(
        400,
        "invalid_request_error",
        Some("resource_missing"),
        Some("customer"),
        "No such customer",
    );
    portico
        .stripe
        .script_call("GET", "/v1/subscriptions", [missing]);
    let path = format!("/v1/customers/{CUSTOMER}");
    let gate = portico.stripe.hold_call("GET", SESSIONS);
    let delete = || assert_eq!(portico.stripe.call("DELETE", &path, "").0, 200);
    ask_while(&portico, "pro", gate, delete).await.is_session();
    let customers = portico.stripe.events_of("customer.created");
    assert_eq!(customers.len(), 1);
}
