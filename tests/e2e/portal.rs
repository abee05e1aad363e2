//! The main job: a session for the user that the token names.

use std::time::Duration;

use http::Method;
use portico_stand_in::Reply;
use serde_json::json;

use crate::account::account;
use crate::harness::{
    API_KEY, CUSTOMER, FRONTEND, HISTORY, INVOICES, PORTAL, Portico, SUBSCRIPTIONS, USER,
};

#[tokio::test]
async fn a_user_with_a_customer_gets_a_session() {
    let portico = Portico::start().await;
    let url = portico.portal_as_user().opens_session().await;
    assert!(
        url.starts_with("https://billing.stripe.com/p/session/test_"),
        "{url}"
    );
}

#[tokio::test]
async fn stripe_is_called_once_and_as_its_own_sdks_call_it() {
    let portico = Portico::start().await;
    portico.portal_as_user().opens_session().await;
    let [request] = &portico.stripe.requests()[..] else {
        panic!()
    };
    assert_eq!(
        (request.method.as_str(), request.path.as_str()),
        ("POST", "/v1/billing_portal/sessions")
    );
    assert_eq!(
        request.header("authorization"),
        Some(format!("Bearer {API_KEY}").as_str())
    );
    assert_eq!(
        request.header("content-type"),
        Some("application/x-www-form-urlencoded")
    );
    assert_eq!(request.header("stripe-version"), Some("2026-10-28.endive"));
    let agent = concat!("Portico/", env!("CARGO_PKG_VERSION"));
    assert_eq!(request.header("user-agent"), Some(agent));
    assert!(
        request
            .header("idempotency-key")
            .is_some_and(|key| key.len() >= 32)
    );
    assert_eq!(
        request.form(),
        [
            ("customer", CUSTOMER),
            ("return_url", &format!("{FRONTEND}/account"))
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
    );
}

#[tokio::test]
async fn a_session_that_may_be_recovered_says_until_when() {
    let portico = Portico::setup()
        .variable("portal_recovery_hours", "720")
        .start()
        .await;
    portico.host.clock().stop();
    portico.portal_as_user().opens_session().await;
    let form = portico.stripe.requests()[0].form();
    let until = (portico.now() + 720 * 3_600).to_string();
    for (name, value) in [
        ("after_expiration[type]", "customer_login"),
        ("after_expiration[customer_login][expires_at]", &until),
    ] {
        assert!(
            form.contains(&(name.to_owned(), value.to_owned())),
            "{form:?}"
        );
    }
}

#[tokio::test]
async fn every_request_has_an_idempotency_key_of_its_own() {
    let portico = Portico::start().await;
    for _ in 0..8 {
        portico.portal_as_user().opens_session().await;
    }
    let requests = portico.stripe.requests();
    let keys: std::collections::BTreeSet<_> = requests
        .iter()
        .map(|request| request.header("idempotency-key"))
        .collect();
    assert_eq!(keys.len(), 8);
    assert_eq!(portico.stripe.sessions_created(), 8);
}

#[tokio::test]
async fn a_user_without_a_record_has_no_stripe_customer() {
    let portico = Portico::start().await;
    let answer = portico.portal_as("user_free").send().await;
    answer.is_error(400, "no_stripe_customer");
    assert!(portico.stripe.requests().is_empty());
}

#[tokio::test]
async fn a_customer_that_stripe_no_longer_knows_is_no_stripe_customer() {
    let portico = Portico::start().await;
    portico.stripe.remove_customer(CUSTOMER);
    portico
        .portal_as_user()
        .fails(400, "no_stripe_customer")
        .await;
}

#[tokio::test]
async fn a_customer_of_the_other_mode_is_no_stripe_customer() {
    let portico = Portico::start().await;
    portico
        .set_record(
            USER,
            json!({"stripe_customer_id": CUSTOMER, "livemode": true}).to_string(),
        )
        .await;
    portico
        .portal_as_user()
        .fails(400, "no_stripe_customer")
        .await;
    assert!(
        portico.stripe.requests().is_empty(),
        "Stripe need not be asked"
    );
    // A record that does not tell its mode: Stripe does.
    portico.stripe.add_customer("cus_Live", true);
    portico.set_record(USER, "cus_Live").await;
    portico
        .portal_as_user()
        .fails(400, "no_stripe_customer")
        .await;
    assert_eq!(portico.stripe.requests().len(), 1);
}

#[tokio::test]
async fn the_customer_comes_from_the_record_of_the_tokens_user_and_from_nowhere_else() {
    let portico = Portico::start().await;
    portico.stripe.add_customer("cus_Other", false);
    portico.set_record("other", "cus_Other").await;
    portico
        .portal_as("other")
        .header("x-user-id", USER)
        .header("x-stripe-customer", CUSTOMER)
        .header("cookie", "customer=cus_E2EPaid")
        .opens_session()
        .await;
    assert_eq!(
        portico.stripe.requests()[0]
            .parameter("customer")
            .as_deref(),
        Some("cus_Other")
    );
}

#[tokio::test]
async fn the_record_can_be_the_bare_id_of_the_customer() {
    let portico = Portico::start().await;
    portico.set_record(USER, CUSTOMER).await;
    portico.portal_as_user().opens_session().await;
}

#[tokio::test]
async fn a_corrupt_record_and_a_broken_store_are_not_the_users_fault() {
    let portico = Portico::start().await;
    for record in [
        "",
        "x",
        r#"{"stripe_customer_id":7}"#,
        r#"{"stripe_customer_id":"cus_1","plan":7}"#,
    ] {
        portico.set_record(USER, record).await;
        portico
            .portal_as_user()
            .fails(500, "store_unavailable")
            .await;
    }
    portico.set_record(USER, CUSTOMER).await;
    portico.host.key_value().set_failing(true);
    portico
        .portal_as_user()
        .fails(500, "store_unavailable")
        .await;
    portico.host.key_value().set_failing(false);
    portico.portal_as_user().opens_session().await;
    assert_eq!(portico.stripe.requests().len(), 1);
}

#[tokio::test]
async fn what_the_operator_sets_goes_into_every_session() {
    let portico = Portico::setup()
        .variable("stripe_api_version", "2026-01-01.test")
        .variable("stripe_portal_configuration", "bpc_E2E")
        .variable("stripe_on_behalf_of", "acct_E2E")
        .variable("frontend_url", "https://app.example.com/base/")
        .start()
        .await;
    portico.stripe.add_configuration("bpc_E2E", false);
    portico.portal_as_user().opens_session().await;
    let request = &portico.stripe.requests()[0];
    assert_eq!(request.header("stripe-version"), Some("2026-01-01.test"));
    assert_eq!(
        request.parameter("configuration").as_deref(),
        Some("bpc_E2E")
    );
    assert_eq!(
        request.parameter("on_behalf_of").as_deref(),
        Some("acct_E2E")
    );
    assert_eq!(
        request.parameter("return_url").as_deref(),
        Some("https://app.example.com/base/account")
    );
}

#[tokio::test]
async fn a_session_can_be_on_the_merchants_own_domain() {
    let portico = Portico::setup()
        .variable("portal_hosts", "billing.stripe.com, pay.example.com")
        .start()
        .await;
    let own = "https://pay.example.com/p/session/test_1";
    portico
        .stripe
        .script(CUSTOMER, [Reply::SessionUrl(own.to_owned())]);
    assert_eq!(portico.portal_as_user().opens_session().await, own);
}

#[tokio::test]
async fn a_customer_that_becomes_anothers_while_the_request_is_counted_is_not_opened() {
    for (path, counts) in [
        (PORTAL, ("rate_limits", "paid=9/60")),
        (PORTAL, ("request_cost", "1")),
        (INVOICES, ("rate_limits", "paid=9/60")),
        (SUBSCRIPTIONS, ("rate_limits", "paid=9/60")),
    ] {
        let portico = Portico::setup().variable(counts.0, counts.1).start().await;
        let balance = json!({ "current_balance": 1 });
        portico.set_balance(USER, &balance).await;
        let request = if path == PORTAL {
            portico.portal_as_user()
        } else {
            portico.get_as(path, USER)
        };
        let store = portico.host.key_value();
        // The record has been read when the counter is asked, which takes a while to answer.
        store.set_delay(Duration::from_secs(1));
        let passes_on = async {
            while store.counts().increments == 0 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            store.set_delay(Duration::ZERO);
            portico.set_owner("somebody else").await;
        };
        let both = async { tokio::join!(request.send(), passes_on) };
        let (answer, ()) = tokio::time::timeout(Duration::from_secs(60), both)
            .await
            .expect("a counter is asked");
        if path == PORTAL {
            answer.is_error(400, "no_stripe_customer");
            assert_eq!(account(&portico, USER).await["current_balance"], 1);
        } else {
            assert_eq!(answer.json()["data"], json!([]), "{path}");
        }
        let requests = portico.stripe.requests();
        assert!(requests.is_empty(), "{path}: {requests:?}");
    }
}

#[tokio::test]
async fn a_customer_that_becomes_anothers_while_stripe_is_slow_is_not_opened() {
    for (path, method, call) in [
        (PORTAL, "POST", "/v1/billing_portal/sessions"),
        (INVOICES, "GET", "/v1/invoices"),
        (HISTORY, "GET", "/v1/charges"),
        (SUBSCRIPTIONS, "GET", "/v1/subscriptions"),
    ] {
        let portico = Portico::setup().variable("request_cost", "1").start().await;
        let balance = json!({ "current_balance": 1 });
        portico.set_balance(USER, &balance).await;
        let gate = portico.stripe.hold_call(method, call);
        let request = if path == PORTAL {
            portico.portal_as_user()
        } else {
            portico.get_as(path, USER)
        };
        let passes_on = async {
            gate.arrived().await;
            portico.set_owner("somebody else").await;
            // As long as the shortest pause before a retry.
            tokio::time::sleep(Duration::from_millis(500)).await;
            gate.open();
        };
        let (answer, ()) = tokio::join!(request.header("x-request-id", "slow").send(), passes_on);
        if path == PORTAL {
            answer.is_error(400, "no_stripe_customer");
            assert_eq!(account(&portico, USER).await["current_balance"], 1);
        } else {
            let json = answer.json();
            let items = json.get("data").unwrap_or(&json["transactions"]);
            assert_eq!(*items, json!([]), "{path}");
        }
        let reason = portico.log_entry("slow").await["reason"].clone();
        let told = "the customer became another user's while Stripe was asked";
        assert_eq!(reason, told, "{path}");
    }
}

#[tokio::test]
async fn many_requests_at_once_are_all_served_whole() {
    let portico = Portico::start().await;
    let calls = (0..64).map(|_| portico.portal_as_user().send());
    for answer in futures::future::join_all(calls).await {
        answer.is_session();
    }
    assert_eq!(portico.stripe.sessions_created(), 64);
}

#[tokio::test]
async fn an_instance_that_has_served_reads_its_store_twice_a_request() {
    let portico = Portico::start().await;
    assert_eq!(portico.counts_once_warm().await.gets, 2);
    assert_eq!(portico.host.outbound_calls(), 4);
    let answer = portico.request(Method::GET, "/readyz").send().await;
    assert_eq!(answer.status, 200);
}
