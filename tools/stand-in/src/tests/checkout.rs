//! Checkout sessions.

use std::sync::atomic::Ordering;

use serde_json::{Value, json};

use super::client::{has, id, ok};
use super::{stand_in, stand_in_at, types};
use crate::StripeStandIn;

const PATH: &str = "/v1/checkout/sessions";
pub(super) const SESSION: &str = "mode=subscription&success_url=https://app.example.com/done?s={CHECKOUT_SESSION_ID}\
    &line_items[0][price]=price_pro&line_items[0][quantity]=2";

fn session(stripe: &StripeStandIn, more: &str) -> Value {
    ok(stripe.call("POST", PATH, &format!("{SESSION}{more}")))
}

#[tokio::test]
async fn a_session_has_what_it_was_made_with_and_once_it_is_paid_a_subscription() {
    let stripe = stand_in().await;
    let more = "&customer=cus_1&cancel_url=https://app.example.com/&client_reference_id=u_1&metadata[user_id]=u_1\
                &metadata[portico_checkout]=1.x&subscription_data[metadata][user_id]=u_1&locale=de\
                &allow_promotion_codes=true&automatic_tax[enabled]=true&customer_update[address]=auto\
                &customer_update[name]=auto&subscription_data[trial_period_days]=7";
    let open = session(&stripe, more);
    let expected = json!({
        "status": "open", "payment_status": "unpaid", "mode": "subscription", "amount_total": 2000, "locale": "de",
        "metadata": { "user_id": "u_1", "portico_checkout": "1.x" }, "customer": "cus_1",
        "client_reference_id": "u_1", "allow_promotion_codes": true, "automatic_tax": { "enabled": true },
    });
    has(&open, &expected);
    let url = open["url"].as_str().unwrap_or_default();
    assert!(
        url.starts_with("https://checkout.stripe.com/c/pay/cs_test_"),
        "{url}"
    );
    assert!(
        stripe.events().is_empty(),
        "a session is no event, and no subscription"
    );

    let paid = stripe.complete_checkout(id(&open));
    let path = format!("{PATH}/{}", id(&open));
    assert_eq!(ok(stripe.call("GET", &path, "")), paid);
    let expected =
        json!({ "status": "complete", "url": null, "payment_status": "no_payment_required" });
    has(&paid, &expected);
    let path = format!(
        "/v1/subscriptions/{}",
        paid["subscription"].as_str().unwrap()
    );
    let made = ok(stripe.call("GET", &path, ""));
    let expected = json!({
        "status": "trialing", "customer": "cus_1", "metadata": { "user_id": "u_1" },
        "items": { "data": [{ "quantity": 2 }] },
    });
    has(&made, &expected);
    // The customer had no e-mail address, and gets the buyer's.
    let expected = [
        "customer.updated",
        "customer.subscription.created",
        "checkout.session.completed",
    ];
    assert_eq!(types(&stripe), expected);
}

#[tokio::test]
async fn only_an_open_session_can_be_expired() {
    let stripe = stand_in().await;
    let [expired, paid] = [(), ()].map(|()| session(&stripe, "&customer=cus_1"));
    let expire =
        |session: &Value| stripe.call("POST", &format!("{PATH}/{}/expire", id(session)), "");
    has(
        &ok(expire(&expired)),
        &json!({ "status": "expired", "url": null }),
    );
    stripe.complete_checkout(id(&paid));
    for (session, status) in [(&expired, "expired"), (&paid, "complete")] {
        let (code, error) = expire(session);
        let message = error["error"]["message"].as_str().unwrap_or_default();
        let says = format!("has a status of {status}.");
        assert!(code == 400 && message.ends_with(&says), "{error}");
    }
    assert_eq!(stripe.events_of("checkout.session.expired").len(), 1);
}

#[tokio::test]
async fn a_session_expires_by_itself_after_a_day_or_when_it_was_told_to() {
    let (stripe, now) = stand_in_at(1_000_000).await;
    assert_eq!(session(&stripe, "")["expires_at"], 1_086_400);
    session(&stripe, "&expires_at=1001800");
    for at in ["1001799", "1086401"] {
        let form = format!("{SESSION}&expires_at={at}");
        assert_eq!(stripe.call("POST", PATH, &form).0, 400, "{at}");
    }
    for (time, open) in [(1_001_799, 2), (1_001_800, 1), (1_086_400, 0)] {
        now.store(time, Ordering::Relaxed);
        let list = ok(stripe.call("GET", &format!("{PATH}?status=open"), ""));
        assert_eq!(list["data"].as_array().map(Vec::len), Some(open), "{time}");
    }
    assert_eq!(stripe.events_of("checkout.session.expired").len(), 2);
}
