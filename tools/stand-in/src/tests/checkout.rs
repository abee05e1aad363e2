//! Checkout sessions.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, UNIX_EPOCH};

use serde_json::{Value, json};

use super::client::{id, ok};
use super::stand_in;
use crate::StripeStandIn;

const PATH: &str = "/v1/checkout/sessions";
const SESSION: &str = "mode=subscription&success_url=https://app.example.com/done&line_items[0][price]=price_pro\
                       &line_items[0][quantity]=2";

async fn shop() -> StripeStandIn {
    let stripe = stand_in().await;
    stripe.add_plan("prod_pro", "Pro", "price_pro", "pro_monthly", 1000);
    stripe
}

/// A shop whose clock a test sets, in seconds since the Unix epoch.
async fn shop_at(now: u64) -> (StripeStandIn, Arc<AtomicU64>) {
    let now = Arc::new(AtomicU64::new(now));
    let clock = Arc::clone(&now);
    let time = move || UNIX_EPOCH + Duration::from_secs(clock.load(Ordering::Relaxed));
    let stripe = StripeStandIn::builder().clock(time).start("127.0.0.1:0");
    let stripe = stripe.await.expect("a free port");
    stripe.add_plan("prod_pro", "Pro", "price_pro", "pro_monthly", 1000);
    stripe.add_customer("cus_1", false);
    (stripe, now)
}

fn session(stripe: &StripeStandIn, more: &str) -> Value {
    ok(stripe.call("POST", PATH, &format!("{SESSION}{more}")))
}

#[tokio::test]
async fn a_session_has_what_it_was_made_with_and_once_it_is_paid_a_subscription() {
    let stripe = shop().await;
    let more = "&customer=cus_1&cancel_url=https://app.example.com/&client_reference_id=u_1&metadata[user_id]=u_1\
                &metadata[portico_checkout]=1.x&subscription_data[metadata][user_id]=u_1&locale=de\
                &allow_promotion_codes=true&automatic_tax[enabled]=true&customer_update[address]=auto\
                &customer_update[name]=auto&subscription_data[trial_period_days]=7";
    let open = session(&stripe, more);
    assert_eq!(
        (&open["status"], &open["payment_status"]),
        (&json!("open"), &json!("unpaid"))
    );
    assert_eq!(
        (&open["mode"], &open["amount_total"]),
        (&json!("subscription"), &json!(2000))
    );
    assert_eq!(
        open["metadata"],
        json!({"user_id": "u_1", "portico_checkout": "1.x"})
    );
    assert_eq!(
        (&open["customer"], &open["client_reference_id"]),
        (&json!("cus_1"), &json!("u_1"))
    );
    assert_eq!(
        (&open["locale"], &open["allow_promotion_codes"]),
        (&json!("de"), &json!(true))
    );
    assert_eq!(open["automatic_tax"]["enabled"], true);
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
    assert_eq!(
        ok(stripe.call("GET", &format!("{PATH}/{}", id(&open)), "")),
        paid
    );
    assert_eq!(
        (&paid["status"], &paid["url"]),
        (&json!("complete"), &Value::Null)
    );
    assert_eq!(paid["payment_status"], "no_payment_required");
    let path = format!(
        "/v1/subscriptions/{}",
        id(&json!({"id": paid["subscription"]}))
    );
    let made = ok(stripe.call("GET", &path, ""));
    assert_eq!(
        (&made["status"], &made["customer"]),
        (&json!("trialing"), &json!("cus_1"))
    );
    assert_eq!(made["metadata"], json!({"user_id": "u_1"}));
    assert_eq!(made["items"]["data"][0]["quantity"], 2);
    let types: Vec<_> = stripe
        .events()
        .into_iter()
        .map(|event| event["type"].clone())
        .collect();
    // The customer had no e-mail address, and gets the buyer's.
    assert_eq!(
        types,
        [
            "customer.updated",
            "customer.subscription.created",
            "checkout.session.completed"
        ]
    );
}

#[tokio::test]
async fn a_session_of_nobody_makes_a_customer() {
    let stripe = shop().await;
    let paid = stripe.complete_checkout(id(&session(&stripe, "")));
    assert_eq!(paid["payment_status"], "paid");
    let customer = stripe.events_of("customer.created");
    assert_eq!(customer.len(), 1);
    assert!(
        paid["customer"]
            .as_str()
            .is_some_and(|customer| customer != "cus_1")
    );
}

#[tokio::test]
async fn only_an_open_session_can_be_expired_and_it_cannot_be_paid_then() {
    let stripe = shop().await;
    let [expired, paid] = [(), ()].map(|()| session(&stripe, "&customer=cus_1"));
    let expire =
        |session: &Value| stripe.call("POST", &format!("{PATH}/{}/expire", id(session)), "");
    let ended = ok(expire(&expired));
    assert_eq!(
        (&ended["status"], &ended["url"]),
        (&json!("expired"), &Value::Null)
    );
    stripe.complete_checkout(id(&paid));
    for (session, status) in [(&expired, "expired"), (&paid, "complete")] {
        let (code, error) = expire(session);
        let message = error["error"]["message"].as_str().unwrap_or_default();
        assert!(
            code == 400 && message.ends_with(&format!("has a status of {status}.")),
            "{error}"
        );
    }
    assert_eq!(stripe.events_of("checkout.session.expired").len(), 1);
    assert_eq!(
        stripe
            .call("POST", &format!("{PATH}/cs_test_none/expire"), "")
            .0,
        404
    );
}

#[tokio::test]
async fn a_session_expires_by_itself_after_a_day_or_when_it_was_told_to() {
    let (stripe, now) = shop_at(1_000_000).await;
    assert_eq!(session(&stripe, "")["expires_at"], 1_086_400);
    session(&stripe, "&expires_at=1001800");
    for at in ["1001799", "1086401"] {
        let form = format!("{SESSION}&expires_at={at}");
        assert_eq!(stripe.call("POST", PATH, &form).0, 400, "{at}");
    }
    let open = || {
        let list = ok(stripe.call("GET", &format!("{PATH}?status=open"), ""));
        list["data"].as_array().map(Vec::len)
    };
    assert_eq!(open(), Some(2));
    now.store(1_001_800, Ordering::Relaxed);
    assert_eq!(open(), Some(1));
    now.store(1_086_400, Ordering::Relaxed);
    assert_eq!(open(), Some(0));
    assert_eq!(stripe.events_of("checkout.session.expired").len(), 2);
}

#[tokio::test]
async fn a_customers_sessions_are_listed_the_newest_first_in_pages() {
    let (stripe, now) = shop_at(1_000_000).await;
    session(&stripe, "");
    let mut made = Vec::new();
    for _ in 0..5 {
        now.fetch_add(1, Ordering::Relaxed);
        made.insert(0, id(&session(&stripe, "&customer=cus_1")).to_owned());
    }
    let list = |query: &str| {
        let list = ok(stripe.call("GET", &format!("{PATH}?customer=cus_1&limit=2{query}"), ""));
        let ids = list["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|each| id(each).to_owned());
        (ids.collect::<Vec<_>>(), list["has_more"] == true)
    };
    assert_eq!(list(""), (made[..2].to_vec(), true));
    assert_eq!(
        list(&format!("&starting_after={}", made[1])),
        (made[2..4].to_vec(), true)
    );
    assert_eq!(
        list(&format!("&starting_after={}", made[3])),
        (made[4..].to_vec(), false)
    );
}

#[tokio::test]
async fn a_session_that_does_not_fit_together_is_refused() {
    let stripe = shop().await;
    stripe.add_customer("cus_gone", false);
    stripe.remove_customer("cus_gone");
    // Of two parameters with one name, the last one counts.
    let long = format!("client_reference_id={}", "u".repeat(201));
    let days = "subscription_data[trial_period_days]";
    let price = "line_items[0][price]";
    let quantity = "line_items[0][quantity]";
    for (more, param, says) in [
        ("mode=gift", "mode", "must be one of"),
        ("mode=payment", "mode", "recurring prices alone"),
        ("success_url=/done", "success_url", "explicit scheme"),
        ("line_items[0][price]=price_none", price, "No such price"),
        ("line_items[0][quantity]=0", quantity, "greater than"),
        (
            "line_items[1][price]=price_pro",
            "line_items[1][quantity]",
            "Missing required param",
        ),
        ("customer=cus_none", "customer", "No such customer"),
        ("customer=cus_gone", "customer", "No such customer"),
        ("customer=cus_live", "customer", "exists in live mode"),
        (
            "customer_update[name]=auto",
            "customer_update",
            "only be used with",
        ),
        ("locale=xx", "locale", "must be one of"),
        ("currency=eur", "currency", "unknown parameter"),
        (
            "customer_email=a@b.c",
            "customer_email",
            "unknown parameter",
        ),
        (
            "subscription_data[trial_period_days]=0",
            days,
            "greater than",
        ),
        ("subscription_data[trial_period_days]=731", days, "maximum"),
        (&long, "client_reference_id", "at most 200"),
    ] {
        let (status, error) = stripe.call("POST", PATH, &format!("{SESSION}&{more}"));
        let message = error["error"]["message"].as_str().unwrap_or_default();
        assert!(status == 400 && message.contains(says), "{more}: {message}");
        assert_eq!(error["error"]["param"], param, "{more}");
    }
    let pairs: Vec<&str> = SESSION.split('&').collect();
    for (at, param) in ["mode", "success_url", "line_items[0][price]"]
        .into_iter()
        .enumerate()
    {
        let mut pairs = pairs.clone();
        pairs.remove(at);
        let (status, error) = stripe.call("POST", PATH, &pairs.join("&"));
        assert_eq!((status, &error["error"]["param"]), (400, &json!(param)));
    }
    let taxed = format!("{SESSION}&customer=cus_1&automatic_tax[enabled]=true");
    let (status, error) = stripe.call("POST", PATH, &taxed);
    assert_eq!(
        (status, &error["error"]["code"]),
        (400, &json!("customer_tax_location_invalid"))
    );
}
