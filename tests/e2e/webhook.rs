//! Stripe's events: the records that they change. `requests` has those that are refused or change nothing.

use portico_stand_in::{Payload, Reply, StripeStandIn};
use serde_json::{Value, json};

use crate::account::account;
use crate::harness::{CUSTOMER, Portico, USER};

mod requests;

/// A user without a record.
const BUYER: &str = "user|buyer@example.com";

/// Portico that receives events, which are held until a test delivers them, and plans on sale.
async fn start() -> Portico {
    let portico = Portico::setup()
        .with_webhook()
        .variable("plans", "team=prod_team, pro=pro_monthly, paid=*")
        .variable("trust_client_reference_id", "true")
        .start()
        .await;
    portico
        .stripe
        .add_plan("prod_pro", "Pro", "price_pro", "pro_monthly", 2_000);
    portico
        .stripe
        .add_plan("prod_team", "Team", "price_team", "team_monthly", 9_000);
    portico.stripe.hold_events();
    portico.keep_secret(BUYER);
    portico
}

/// Makes a call at Stripe, and returns the object's identifier.
fn make(stripe: &StripeStandIn, target: &str, form: &str) -> String {
    let (status, object) = stripe.call("POST", target, form);
    assert_eq!(status, 200, "{object}");
    object["id"].as_str().unwrap().to_owned()
}

fn new_customer(stripe: &StripeStandIn, user: &str) -> String {
    make(
        stripe,
        "/v1/customers",
        &format!("metadata[user_id]={user}&email=buyer@example.com"),
    )
}

fn subscribe(stripe: &StripeStandIn, customer: &str, price: &str) -> String {
    let form = format!(
        "customer={customer}&items[0][price]={price}&collection_method=send_invoice&days_until_due=30"
    );
    make(stripe, "/v1/subscriptions", &form)
}

/// Cancels a subscription, or deletes a customer.
fn end(stripe: &StripeStandIn, objects: &str, id: &str) {
    let (status, object) = stripe.call("DELETE", &format!("/v1/{objects}/{id}"), "");
    assert_eq!(status, 200, "{object}");
}

/// Delivers all events, in an order, and expects each to be taken.
async fn deliver(portico: &Portico, order: impl FnOnce(&mut Vec<String>)) {
    let events = portico.stripe.events();
    let mut ids: Vec<_> = events
        .iter()
        .map(|event| event["id"].as_str().unwrap().to_owned())
        .collect();
    order(&mut ids);
    for id in ids {
        let delivery = portico.stripe.deliver(&id).await;
        assert_eq!(delivery.status, Some(200), "{delivery:?}");
        let answer: Value = serde_json::from_str(&delivery.answer).unwrap();
        assert_eq!(
            answer,
            json!({"received": true, "outcome": last_outcome(portico)})
        );
    }
}

async fn keys(portico: &Portico) -> Vec<String> {
    let mut keys = portico.host.key_value().keys().await.unwrap();
    keys.sort();
    keys
}

/// Returns the log's line about the last event.
fn last_outcome(portico: &Portico) -> Value {
    portico.log_entries().last().unwrap()["outcome"].clone()
}

#[tokio::test]
async fn a_checkout_makes_a_record_and_a_cancellation_changes_its_plan() {
    let portico = start().await;
    let customer = new_customer(&portico.stripe, BUYER);
    let subscription = subscribe(&portico.stripe, &customer, "price_pro");
    deliver(&portico, |_| {}).await;
    let record = portico.stored(&format!("customer:{BUYER}")).await.unwrap();
    assert_eq!(
        record,
        json!({"stripe_customer_id": customer, "plan": "pro", "livemode": false, "synced_at": portico.now()})
    );
    assert_eq!(
        portico.stored(&format!("stripe:{customer}")).await.unwrap(),
        json!({ "user": BUYER, "by": "metadata" })
    );
    portico.portal_as(BUYER).opens_session().await;
    end(&portico.stripe, "subscriptions", &subscription);
    deliver(&portico, |events| drop(events.drain(..events.len() - 1))).await;
    let account = account(&portico, BUYER).await;
    assert_eq!(account["plan"], "free");
    assert_eq!(
        account["portal_available"], true,
        "the way to the invoices stays open"
    );
}

#[tokio::test]
async fn events_may_come_late_twice_and_in_the_wrong_order() {
    let portico = start().await;
    let customer = new_customer(&portico.stripe, BUYER);
    let first = subscribe(&portico.stripe, &customer, "price_pro");
    portico.stripe.set_subscription_status(&first, "past_due");
    subscribe(&portico.stripe, &customer, "price_team");
    deliver(&portico, |events| events.reverse()).await;
    assert_eq!(account(&portico, BUYER).await["plan"], "team");
    deliver(&portico, |events| {
        let again = events.clone();
        events.extend(again);
    })
    .await;
    assert_eq!(account(&portico, BUYER).await["plan"], "team");
    let expected = [
        format!("customer:{BUYER}"),
        format!("customer:{USER}"),
        format!("stripe:{customer}"),
        format!("sync:c:{customer}"),
        format!("sync:n:{BUYER}"),
        format!("sync:n:{BUYER}%~1"),
        format!("sync:u:{BUYER}"),
    ];
    assert_eq!(keys(&portico).await, expected, "storage is bounded");
}

#[tokio::test]
async fn the_last_word_is_stripes_when_its_answers_overtake_each_other() {
    let portico = start().await;
    let customer = new_customer(&portico.stripe, BUYER);
    deliver(&portico, |_| {}).await;
    let subscription = subscribe(&portico.stripe, &customer, "price_pro");
    let created = portico
        .stripe
        .events_of("customer.subscription.created")
        .remove(0);
    // The first event's answer is from before the cancellation, and comes after the second event is done.
    let gate = portico
        .stripe
        .hold_call("GET", &format!("/v1/customers/{customer}"));
    let late = portico.stripe.deliver(&created);
    let overtaking = async {
        gate.arrived().await;
        end(&portico.stripe, "subscriptions", &subscription);
        let deleted = portico
            .stripe
            .events_of("customer.subscription.deleted")
            .remove(0);
        assert_eq!(portico.stripe.deliver(&deleted).await.status, Some(200));
        gate.open();
    };
    let (late, ()) = tokio::join!(late, overtaking);
    assert_eq!(late.status, Some(200));
    assert_eq!(account(&portico, BUYER).await["plan"], "free");
}

#[tokio::test]
async fn a_customer_that_goes_to_another_user_is_never_both_users() {
    let portico = start().await;
    let customer = new_customer(&portico.stripe, BUYER);
    deliver(&portico, |_| {}).await;
    portico.portal_as(BUYER).opens_session().await;
    let target = format!("/v1/customers/{customer}");
    make(&portico.stripe, &target, "metadata[user_id]=another");
    deliver(&portico, |events| events.reverse()).await;
    assert_eq!(portico.stored(&format!("customer:{BUYER}")).await, None);
    portico
        .portal_as(BUYER)
        .fails(400, "no_stripe_customer")
        .await;
    portico.portal_as("another").opens_session().await;
}

#[tokio::test]
async fn a_record_that_portico_wrote_counts_only_while_the_customer_is_known_to_be_the_users() {
    let portico = start().await;
    let record =
        json!({"stripe_customer_id": CUSTOMER, "plan": "paid", "livemode": false, "synced_at": 1});
    portico.set_record(USER, record.to_string()).await;
    for (owner, counts) in [(None, false), (Some("another"), false), (Some(USER), true)] {
        if let Some(owner) = owner {
            portico.set_owner(owner).await;
        }
        let account = account(&portico, USER).await;
        assert_eq!(account["portal_available"], counts, "{owner:?}");
        assert_eq!(account["plan"], if counts { "paid" } else { "free" });
        let answer = portico.portal_as_user().send().await;
        assert_eq!(answer.status, if counts { 200 } else { 400 });
    }
}

#[tokio::test]
async fn a_deleted_customer_never_comes_back() {
    let portico = start().await;
    let customer = new_customer(&portico.stripe, BUYER);
    subscribe(&portico.stripe, &customer, "price_pro");
    deliver(&portico, |_| {}).await;
    end(&portico.stripe, "customers", &customer);
    deliver(&portico, |events| events.reverse()).await;
    deliver(&portico, |_| {}).await;
    assert_eq!(portico.stored(&format!("customer:{BUYER}")).await, None);
    assert_eq!(account(&portico, BUYER).await["portal_available"], false);
}

/// Completes a checkout session, and returns its customer.
fn check_out(portico: &Portico, form: &str) -> String {
    let form = format!(
        "mode=subscription&line_items[0][price]=price_pro&line_items[0][quantity]=1&success_url=https://app.example.com/{form}"
    );
    let session = make(&portico.stripe, "/v1/checkout/sessions", &form);
    let session = portico.stripe.complete_checkout(&session);
    session["customer"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_checkout_session_links_its_customer_and_all_later_events_find_the_user() {
    let portico = start().await;
    let customer = check_out(&portico, &format!("&client_reference_id={BUYER}"));
    // The events that name nobody come first, and are done with.
    deliver(&portico, |events| events.sort()).await;
    deliver(&portico, |_| {}).await;
    assert_eq!(account(&portico, BUYER).await["plan"], "pro");
    assert_eq!(
        portico.stored(&format!("stripe:{customer}")).await.unwrap(),
        json!({"user": BUYER, "by": "reference"})
    );
}

#[tokio::test]
async fn what_the_buyer_can_choose_links_nobody_by_default() {
    let portico = Portico::setup().with_webhook().start().await;
    let before = keys(&portico).await;
    let session = json!({"id": "cs_1", "customer": CUSTOMER, "client_reference_id": BUYER});
    let event = event_of(
        "checkout.session.completed",
        &json!({"data": {"object": session}}),
    );
    let answer = portico.event(event).send().await;
    assert_eq!(
        answer.json(),
        json!({"received": true, "outcome": "unlinked"})
    );
    assert_eq!(keys(&portico).await, before);
}

#[tokio::test]
async fn a_customer_that_stripe_gives_to_another_user_is_at_once_no_longer_the_operators_users() {
    let portico = Portico::setup().with_webhook().start().await;
    portico.portal_as_user().opens_session().await;
    portico
        .stripe
        .set_customer_metadata(CUSTOMER, "user_id", "another");
    let updated = portico.event(event_of("customer.updated", &json!({})));
    assert_eq!(updated.send().await.json()["outcome"], "synced");
    portico
        .portal_as_user()
        .fails(400, "no_stripe_customer")
        .await;
    assert_eq!(
        account(&portico, USER).await["portal_available"],
        json!(false)
    );
    portico.portal_as("another").opens_session().await;
}

#[tokio::test]
async fn a_thin_event_does_what_a_snapshot_does() {
    for event_type in [
        "customer.subscription.created",
        "checkout.session.completed",
    ] {
        let portico = start().await;
        check_out(
            &portico,
            &format!("&client_reference_id={BUYER}&metadata[user_id]={BUYER}"),
        );
        if event_type == "customer.subscription.created" {
            let completed = portico
                .stripe
                .events_of("checkout.session.completed")
                .remove(0);
            portico.stripe.deliver(&completed).await;
            portico
                .host
                .key_value()
                .delete(format!("customer:{BUYER}"))
                .await
                .unwrap();
        }
        let event = portico.stripe.events_of(event_type).remove(0);
        let delivery = portico.stripe.deliver_as(&event, Payload::Thin).await;
        assert_eq!(delivery.status, Some(200), "{delivery:?}");
        assert_eq!(last_outcome(&portico), "synced", "{event_type}");
        assert_eq!(
            account(&portico, BUYER).await["plan"],
            "pro",
            "{event_type}"
        );
    }
}

#[tokio::test]
async fn a_thin_event_of_an_account_is_taken_and_links_nobody() {
    let portico = start().await;
    let before = keys(&portico).await;
    for (event_type, id, path) in [
        (
            "v1.customer.subscription.updated",
            "sub_1",
            "/v1/subscriptions/sub_1",
        ),
        (
            "v1.checkout.session.completed",
            "cs_test_1",
            "/v1/checkout/sessions/cs_test_1",
        ),
    ] {
        let object = json!({"id": id, "customer": null, "customer_account": "acct_1"});
        let reply = Reply::Error {
            status: 200,
            headers: Vec::new(),
            body: object.to_string().into_bytes(),
        };
        portico.stripe.script_call("GET", path, [reply]);
        let event = json!({
            "id": "evt_1", "object": "v2.core.event", "type": event_type, "livemode": false,
            "related_object": {"id": id},
        });
        let answer = portico.event(event.to_string()).send().await;
        assert_eq!(
            (answer.status.as_u16(), answer.json()),
            (200, json!({"received": true, "outcome": "unlinked"}))
        );
        let entry = portico.log_entry(answer.request_id()).await;
        let reason = entry["reason"].as_str().unwrap();
        assert!(reason.contains("customer_account"), "{reason}");
    }
    assert_eq!(keys(&portico).await, before);
}

#[tokio::test]
async fn what_the_buyer_can_choose_does_not_take_the_place_of_a_paying_customer() {
    let portico = start().await;
    let customer = new_customer(&portico.stripe, BUYER);
    subscribe(&portico.stripe, &customer, "price_team");
    deliver(&portico, |_| {}).await;
    let before = keys(&portico).await;
    check_out(&portico, &format!("&client_reference_id={BUYER}"));
    let completed = portico
        .stripe
        .events_of("checkout.session.completed")
        .remove(0);
    assert_eq!(portico.stripe.deliver(&completed).await.status, Some(200));
    assert_eq!(last_outcome(&portico), "conflict");
    assert_eq!(keys(&portico).await, before, "nothing was written");
    let record = portico.stored(&format!("customer:{BUYER}")).await.unwrap();
    assert_eq!(record["stripe_customer_id"], json!(customer));
}

#[tokio::test]
async fn of_two_customers_of_a_user_the_paying_one_counts() {
    let portico = start().await;
    let first = new_customer(&portico.stripe, BUYER);
    let of_first = subscribe(&portico.stripe, &first, "price_pro");
    deliver(&portico, |_| {}).await;
    let second = new_customer(&portico.stripe, BUYER);
    subscribe(&portico.stripe, &second, "price_team");
    deliver(&portico, |_| {}).await;
    let named = async || {
        portico.stored(&format!("customer:{BUYER}")).await.unwrap()["stripe_customer_id"].clone()
    };
    assert_eq!(
        named().await,
        json!(first),
        "both pay, and the record's stays"
    );
    end(&portico.stripe, "subscriptions", &of_first);
    let deleted = portico
        .stripe
        .events_of("customer.subscription.deleted")
        .remove(0);
    assert_eq!(portico.stripe.deliver(&deleted).await.status, Some(200));
    assert_eq!(named().await, json!(second), "the other one still pays");
    assert_eq!(account(&portico, BUYER).await["plan"], "team");
}

fn event_of(event_type: &str, more: &Value) -> String {
    let mut event = json!({
        "id": "evt_1", "object": "event", "type": event_type, "livemode": false,
        "data": {"object": {"id": CUSTOMER, "object": "customer"}},
    });
    event
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    event.to_string()
}

#[tokio::test]
async fn a_customer_that_stripe_does_not_know_is_gone_only_where_an_event_says_so() {
    let portico = start().await;
    let record = json!({"stripe_customer_id": "cus_unknown", "plan": "paid", "synced_at": 1});
    portico.set_record(BUYER, record.to_string()).await;
    let owner = json!({ "user": BUYER }).to_string().into_bytes();
    portico
        .host
        .key_value()
        .set("stripe:cus_unknown", owner)
        .await
        .unwrap();
    let object = json!({"data": {"object": {"id": "cus_unknown"}}});
    let updated = portico.event(event_of("customer.updated", &object));
    updated.fails(500, "stripe_rejected").await;
    let key = format!("customer:{BUYER}");
    assert_eq!(portico.stored(&key).await, Some(record));
    let deleted = portico.event(event_of("customer.deleted", &object));
    assert_eq!(deleted.send().await.status, 200);
    assert_eq!(portico.stored(&key).await, None);
}

#[tokio::test]
async fn what_fails_on_the_way_is_delivered_again() {
    let portico = start().await;
    let customer = new_customer(&portico.stripe, BUYER);
    subscribe(&portico.stripe, &customer, "price_pro");
    let created = portico.stripe.events_of("customer.created").remove(0);
    let target = format!("/v1/customers/{customer}");
    let refusal = Reply::stripe_error(403, "invalid_request_error", None, None, "no permission");
    portico.stripe.script_call("GET", &target, [refusal]);
    assert_eq!(portico.stripe.deliver(&created).await.status, Some(500));
    for operation in [
        portico_host::key_value::Operation::Set,
        portico_host::key_value::Operation::Increment,
    ] {
        portico.host.key_value().set_failing_for(operation, true);
        let delivery = portico.stripe.deliver(&created).await;
        assert_eq!(delivery.status, Some(500), "{operation:?}");
        assert!(
            delivery.answer.contains("store_unavailable"),
            "{delivery:?}"
        );
        portico.host.key_value().set_failing_for(operation, false);
    }
    assert_eq!(account(&portico, BUYER).await["portal_available"], false);
    assert_eq!(portico.stripe.deliver(&created).await.status, Some(200));
    assert_eq!(account(&portico, BUYER).await["plan"], "pro");
}

#[tokio::test]
async fn a_record_keeps_what_portico_does_not_know() {
    let portico = start().await;
    let customer = new_customer(&portico.stripe, BUYER);
    let ours = json!({"stripe_customer_id": null, "plan": "trial", "note": {"ours": true}});
    portico.set_record(BUYER, ours.to_string()).await;
    deliver(&portico, |_| {}).await;
    let record = portico.stored(&format!("customer:{BUYER}")).await.unwrap();
    assert_eq!(record["note"], json!({"ours": true}));
    assert_eq!(record["stripe_customer_id"], json!(customer));
    assert_eq!(record["plan"], "free");
}

/// The operations that an event takes of the store: reads, writes, and counts.
async fn taken(portico: &Portico, event: &str) -> (u64, u64, u64) {
    let before = portico.host.key_value().counts();
    let delivery = portico.stripe.deliver(event).await;
    assert_eq!(delivery.status, Some(200), "{delivery:?}");
    let counts = portico.host.key_value().counts() - before;
    assert_eq!(counts.deletes, 0);
    (counts.gets, counts.sets, counts.increments)
}

#[tokio::test]
async fn an_event_takes_a_few_operations_of_the_store() {
    let portico = start().await;
    new_customer(&portico.stripe, BUYER);
    let created = portico.stripe.events_of("customer.created").remove(0);
    assert_eq!(
        taken(&portico, &created).await,
        (24, 3, 11),
        "a customer that is new"
    );
    let asked = portico.stripe.requests().len();
    assert_eq!(
        taken(&portico, &created).await,
        (11, 0, 2),
        "one that is known, of which there is nothing new"
    );
    assert_eq!(
        portico.stripe.requests().len(),
        asked + 1,
        "Stripe is asked once"
    );
    new_customer(&portico.stripe, "");
    let stranger = portico.stripe.events_of("customer.created").remove(1);
    assert_eq!(taken(&portico, &stranger).await, (2, 0, 0), "a stranger's");
}
