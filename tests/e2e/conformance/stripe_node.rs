//! Stripe's own package for Node.js (`tests/e2e/conformance/scripts/sessions.mjs`): asked for the same session, it sends Stripe the same
//! bytes.

use portico_stand_in::RecordedRequest;
use serde_json::{Value, json};

use super::{node, or_skip};
use crate::harness::{API_KEY, CUSTOMER, FRONTEND, Portico};

mod checkout;

/// The package's own version of the API, and the default of Portico.
const VERSION: &str = "2026-10-28.endive";

/// A session as Portico's caller asks for it, and the parameters for the package.
struct Case {
    body: Value,
    parameters: Value,
}

/// A session with the default return path. `body` and `more` are what it has beside that.
fn case(body: Value, more: &Value) -> Case {
    returning("/account", body, more)
}

/// A session with another return path.
fn returning(return_path: &str, mut body: Value, more: &Value) -> Case {
    if return_path != "/account" {
        body["return_path"] = return_path.into();
    }
    let mut parameters = json!({
        "customer": CUSTOMER,
        "return_url": format!("{FRONTEND}{return_path}"),
    });
    for (name, value) in more.as_object().unwrap() {
        parameters[name] = value.clone();
    }
    Case { body, parameters }
}

/// A session with a flow that has the same name and form in both.
fn flow(kind: &str, members: Value) -> Case {
    let mut body = members.clone();
    body["type"] = kind.into();
    let mut data = json!({ "type": kind });
    if !members.as_object().unwrap().is_empty() {
        data[kind] = members;
    }
    case(json!({ "flow": body }), &json!({ "flow_data": data }))
}

/// A change of a subscription with these discounts.
fn discounted(discounts: &Value) -> Case {
    flow(
        "subscription_update_confirm",
        json!({
            "subscription": "sub_1",
            "items": [{"id": "si_1", "price": "price_2"}],
            "discounts": discounts,
        }),
    )
}

/// Makes the package ask for sessions, and returns its requests; `None` where the test is to be skipped. The page is the
/// package's name for the kind of session.
async fn of_the_package(
    portico: &Portico,
    page: &str,
    calls: Vec<&Value>,
) -> Option<Vec<RecordedRequest>> {
    let address = portico.stripe.addr();
    let count = calls.len();
    let input = json!({
        "host": address.ip().to_string(),
        "port": address.port(),
        "apiKey": API_KEY,
        "apiVersion": VERSION,
        "page": page,
        "calls": calls,
    });
    portico.stripe.clear();
    // The stand-in is served by this test's thread.
    let urls = tokio::task::spawn_blocking(move || node("sessions.mjs", &input));
    let urls = or_skip(urls.await.unwrap())?;
    assert_eq!(urls.as_array().unwrap().len(), count);
    let requests = portico.stripe.requests();
    assert_eq!(requests.len(), count);
    portico.stripe.clear();
    Some(requests)
}

/// Records the requests of both, and compares them.
async fn both_send_the_same(portico: &Portico, cases: Vec<Case>) {
    let calls = cases.iter().map(|case| &case.parameters).collect();
    let Some(of_the_package) = of_the_package(portico, "billingPortal", calls).await else {
        return;
    };
    for (case, theirs) in cases.iter().zip(&of_the_package) {
        let call = portico.portal_as_user().json(&case.body);
        call.send().await.is_session();
        let ours = portico.stripe.requests().pop().unwrap();
        are_the_same(&case.body, &ours, theirs);
    }
    assert_eq!(portico.stripe.requests().len(), cases.len());
}

fn are_the_same(what: &Value, ours: &RecordedRequest, theirs: &RecordedRequest) {
    assert_eq!(
        (&ours.method, &ours.path),
        (&theirs.method, &theirs.path),
        "{what}"
    );
    assert_eq!(
        String::from_utf8_lossy(&ours.body),
        String::from_utf8_lossy(&theirs.body),
        "{what}"
    );
    for name in [
        "authorization",
        "content-length",
        "content-type",
        "stripe-version",
        "stripe-account",
        "transfer-encoding",
    ] {
        assert_eq!(ours.header(name), theirs.header(name), "{name} of {what}");
    }
    let key = "idempotency-key";
    assert!(ours.header(key).is_some(), "{what}");
    assert!(theirs.header(key).is_some(), "{what}");
    assert_ne!(ours.header(key), theirs.header(key), "{what}");
}

#[tokio::test]
async fn a_session_without_a_flow_is_asked_for_in_the_same_bytes() {
    let portico = Portico::start().await;
    let mut cases = vec![case(json!({}), &json!({}))];
    for locale in ["auto", "de", "en-AU", "es-419", "zh-HK"] {
        cases.push(case(
            json!({ "locale": locale }),
            &json!({ "locale": locale }),
        ));
    }
    both_send_the_same(&portico, cases).await;
}

#[tokio::test]
async fn every_flow_is_asked_for_in_the_same_bytes() {
    let portico = Portico::start().await;
    let subscription = || json!({"subscription": "sub_1MowQVLkdIwHu7ixeRlqHVzs"});
    let confirm = |items: Value| {
        flow(
            "subscription_update_confirm",
            json!({"subscription": "sub_1", "items": items}),
        )
    };
    let cases = vec![
        flow("payment_method_update", json!({})),
        // The package's types do not know this one; its code sends what it is given.
        flow("customer_update", json!({})),
        flow("subscription_cancel", subscription()),
        flow("subscription_update", subscription()),
        confirm(json!([{"id": "si_1"}])),
        confirm(json!([{"id": "si_1", "quantity": 0}])),
        confirm(json!([{"id": "si_1", "price": "price_1", "quantity": 4_294_967_296_u64}])),
    ];
    both_send_the_same(&portico, cases).await;
}

#[tokio::test]
async fn every_discount_is_asked_for_in_the_same_bytes() {
    let coupons = [
        "SUMMER25",
        "25 % off",
        "a&b=c+d%20#e",
        "[0][coupon]",
        "\"quoted\" 'and' `so on`",
        "!*'()~-_.;:@/?$\\^|<>{}",
        "Frühling–夏 🎁 e\u{301}",
        "x\u{a0}\u{feff}\u{2028}y",
    ];
    let portico = Portico::setup()
        .variable("allowed_coupons", coupons.join(","))
        .start()
        .await;
    let mut cases = vec![discounted(&json!([{"promotion_code": "promo_1"}]))];
    for coupon in coupons {
        cases.push(discounted(&json!([{ "coupon": coupon }])));
    }
    both_send_the_same(&portico, cases).await;
}

#[tokio::test]
async fn every_end_of_a_flow_is_asked_for_in_the_same_bytes() {
    let portico = Portico::start().await;
    let path = "/account?done=1&from=a%20b#top";
    let mut cases = Vec::new();
    for (end, data) in [
        ("portal_homepage", json!({"type": "portal_homepage"})),
        (
            "hosted_confirmation",
            json!({"type": "hosted_confirmation"}),
        ),
        (
            "redirect",
            json!({"type": "redirect", "redirect": {"return_url": format!("{FRONTEND}{path}")}}),
        ),
    ] {
        let subscription = json!({"subscription": "sub_1"});
        cases.push(returning(
            path,
            json!({"flow": {"type": "subscription_cancel", "subscription": "sub_1", "after_completion": end}}),
            &json!({"flow_data": {
                "type": "subscription_cancel",
                "subscription_cancel": subscription,
                "after_completion": data,
            }}),
        ));
    }
    both_send_the_same(&portico, cases).await;
}

#[tokio::test]
async fn every_return_path_is_asked_for_in_the_same_bytes() {
    let portico = Portico::start().await;
    let paths = [
        "/",
        "/account/billing",
        "/a?x=1&y=2",
        "/a?x=%20%26%3D%2B%25%23&y[]=1&y[0][z]=2",
        "/a?x=a+b&note=!*'()~-_.,;:@/?$",
        "/%C3%BCber/%F0%9F%8E%81?q=%22quoted%22",
        "/spa#/route?x=[1]&y=%2F",
    ];
    let cases = paths
        .iter()
        .map(|path| returning(path, json!({}), &json!({})))
        .collect();
    both_send_the_same(&portico, cases).await;
}

#[tokio::test]
async fn what_the_operator_sets_is_asked_for_in_the_same_bytes() {
    let portico = Portico::setup()
        .variable("stripe_portal_configuration", "bpc_E2E")
        .variable("stripe_on_behalf_of", "acct_E2E")
        .start()
        .await;
    portico.stripe.add_configuration("bpc_E2E", false);
    let operator = json!({"configuration": "bpc_E2E", "on_behalf_of": "acct_E2E"});
    let mut both = operator.clone();
    both["locale"] = "pt-BR".into();
    both["flow_data"] = json!({"type": "payment_method_update"});
    let cases = vec![
        case(json!({}), &operator),
        case(
            json!({"locale": "pt-BR", "flow": {"type": "payment_method_update"}}),
            &both,
        ),
    ];
    both_send_the_same(&portico, cases).await;
}
