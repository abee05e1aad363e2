//! Stripe's own `stripe-mock`, which checks parameters against Stripe's specification of the API: it accepts what
//! Portico sends. It keeps nothing, so every identifier exists.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::{ask, or_skip, stripe_mock_program};
use crate::harness::{CUSTOMER, HISTORY, INVOICES, Portico, SUBSCRIPTIONS, Setup, USER};

mod checkout;
mod objects;

/// A running `stripe-mock`. It ends with the test.
struct StripeMock {
    child: Child,
    address: String,
    log: Arc<Mutex<Vec<String>>>,
}

impl StripeMock {
    /// Starts one on free ports; `None` where the test is to be skipped.
    fn start() -> Option<Self> {
        const LISTENING: &str = "Listening for HTTP at address: ";
        let mut child = Command::new(or_skip(stripe_mock_program())?)
            .args(["-http-addr", "127.0.0.1:0", "-https-addr", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let address = loop {
            let line = lines.next().expect("stripe-mock has ended").unwrap();
            if let Some(address) = line.strip_prefix(LISTENING) {
                break address.to_owned();
            }
        };
        let log = Arc::new(Mutex::new(Vec::new()));
        // Read to its end, or the pipe fills up and stripe-mock waits.
        std::thread::spawn({
            let log = Arc::clone(&log);
            move || {
                for line in lines.map_while(Result::ok) {
                    log.lock().unwrap().push(line);
                }
            }
        });
        Some(Self {
            child,
            address,
            log,
        })
    }

    /// A Portico that calls this `stripe-mock`.
    ///
    /// Its sessions are copies of one that somebody at Stripe once made, and so is their URL, which is on none of the
    /// hosts that Stripe's customers see. It is asked for one, so that Portico can be told to expect that host.
    async fn connect(&self, setup: Setup) -> Portico {
        let session = self.session().await;
        let url: url::Url = session["url"].as_str().unwrap().parse().unwrap();
        setup
            .variable("stripe_api_base", format!("http://{}", self.address))
            .variable("portal_hosts", url.host_str().unwrap())
            .start()
            .await
    }

    /// A session that is asked for without Portico.
    async fn session(&self) -> Value {
        let request = http::Request::post("/v1/billing_portal/sessions")
            .header("content-type", "application/x-www-form-urlencoded");
        let body = format!("customer={CUSTOMER}");
        ask(&self.address, request, body).await
    }

    /// Its output so far, for failures.
    fn log(&self) -> String {
        self.log.lock().unwrap().join("\n")
    }
}

impl Drop for StripeMock {
    fn drop(&mut self) {
        // Either may fail only because it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Requests of every kind that the specification of this `stripe-mock` knows.
fn bodies() -> Vec<Value> {
    let confirm = |more: Value| {
        let mut flow = json!({
            "type": "subscription_update_confirm",
            "subscription": "sub_1",
            "items": [{"id": "si_1", "price": "price_1", "quantity": 2}],
        });
        flow.as_object_mut()
            .unwrap()
            .append(&mut more.as_object().unwrap().clone());
        json!({ "flow": flow })
    };
    let mut bodies = vec![
        json!({}),
        json!({"return_path": "/account?tab=a%20b&x[0]=1#top"}),
        json!({"flow": {"type": "payment_method_update"}}),
        json!({"flow": {"type": "subscription_cancel", "subscription": "sub_1"}}),
        json!({"flow": {"type": "subscription_update", "subscription": "sub_1"}}),
        confirm(json!({})),
        confirm(json!({"discounts": [{"coupon": "25 % off & more"}]})),
        confirm(json!({"discounts": [{"promotion_code": "promo_1"}]})),
    ];
    for end in ["portal_homepage", "hosted_confirmation", "redirect"] {
        bodies.push(confirm(json!({ "after_completion": end })));
    }
    for locale in portico::stripe::portal_session::LOCALES {
        bodies.push(json!({ "locale": locale }));
    }
    bodies
}

#[tokio::test]
async fn every_request_is_one_that_stripes_specification_knows() {
    let Some(stripe) = StripeMock::start() else {
        return;
    };
    let portico = stripe
        .connect(
            Portico::setup()
                .variable("rate_limits", "off")
                .variable("allowed_coupons", "25 % off & more"),
        )
        .await;
    for body in bodies() {
        let answer = portico.portal_as_user().json(&body).send().await;
        assert_eq!(answer.status, 200, "{body}: {}", stripe.log());
        answer.is_session();
    }
}

#[tokio::test]
async fn what_the_operator_sets_is_something_that_stripes_specification_knows() {
    let Some(stripe) = StripeMock::start() else {
        return;
    };
    let setup = Portico::setup()
        .variable("stripe_portal_configuration", "bpc_E2E")
        .variable("stripe_on_behalf_of", "acct_E2E");
    let portico = stripe.connect(setup).await;
    portico.portal_as_user().send().await.is_session();
}

/// `customer_update` is newer than the newest `stripe-mock`. This test fails once there is one that knows it; then the
/// flow belongs to the others above.
#[tokio::test]
async fn the_flow_customer_update_is_refused_because_this_stripe_mock_is_older_than_it() {
    let Some(stripe) = StripeMock::start() else {
        return;
    };
    let portico = stripe.connect(Portico::setup()).await;
    portico
        .portal_as_user()
        .json(&json!({"flow": {"type": "customer_update"}}))
        .send()
        .await
        // It names no parameter, and the caller chose the flow.
        .is_error(400, "invalid_request");
    let log = stripe.log();
    assert!(
        log.contains("object property 'type' validation failed: value is not in enumeration"),
        "{log}"
    );
}

#[tokio::test]
async fn every_call_for_a_list_is_one_that_stripes_specification_knows() {
    let Some(stripe) = StripeMock::start() else {
        return;
    };
    let portico = stripe.connect(Portico::setup()).await;
    let answer = portico.get_as(SUBSCRIPTIONS, USER).send().await;
    assert_eq!(answer.status, 200, "{answer:?}: {}", stripe.log());
    assert_eq!(answer.json(), json!({"data": [], "has_more": false}));
    for (path, member, cursor) in [
        (INVOICES, "data", "in_1"),
        (HISTORY, "transactions", "ch_1"),
        (HISTORY, "transactions", "py_1"),
    ] {
        let whole = format!("{path}?limit=100&starting_after={cursor}");
        for path in [path, whole.as_str()] {
            let answer = portico.get_as(path, USER).send().await;
            assert_eq!(answer.status, 200, "{answer:?}: {}", stripe.log());
            // Its objects are those of somebody at Stripe, whoever is asked for.
            assert_eq!(answer.json(), json!({member: [], "has_more": false}));
        }
    }
}
