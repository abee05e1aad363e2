//! The pages on which a developer subscribes and manages billing.

use serde_json::{Value, json};

use super::checkout::SESSION;
use super::client::{ask, ok};
use super::start;
use crate::StripeStandIn;
use crate::wire::Answer;

/// A shop whose customer `cus_1` has the subscription `sub_1`, and `cus_2` has `sub_2`.
async fn shop() -> StripeStandIn {
    let stripe = start(StripeStandIn::builder().portal_here().controls()).await;
    stripe.add_plan("prod_team", "Team", "price_team", "team_monthly", 5050);
    stripe.add_customer("cus_2", false);
    for (customer, subscription) in [("cus_1", "sub_1"), ("cus_2", "sub_2")] {
        stripe.add_subscription(subscription, customer, "price_pro");
    }
    stripe
}

async fn get(stripe: &StripeStandIn, url: &str) -> Answer {
    ask(stripe, "GET", url, &[], "").await
}

async fn post(stripe: &StripeStandIn, url: &str, form: &str) -> Answer {
    let headers = [("Sec-Fetch-Site", "same-origin"), ("Origin", "null")];
    ask(stripe, "POST", url, &headers, form).await
}

fn url(object: &Value) -> &str {
    object["url"].as_str().expect("a URL")
}

fn subscription(stripe: &StripeStandIn, id: &str) -> Value {
    ok(stripe.call("GET", &format!("/v1/subscriptions/{id}"), ""))
}

/// The address of a portal session's page, with these parameters beside the customer.
fn portal(stripe: &StripeStandIn, more: &str) -> String {
    let form = format!("customer=cus_1&return_url=https://app.example.com/account{more}");
    let session = stripe.call("POST", "/v1/billing_portal/sessions", &form);
    url(&ok(session)).to_owned()
}

/// Flows with what they are about, the heading of their pages, the form that their button sends, and the member of the
/// subscription that follows from it. An at sign stands for `flow_data[subscription_update_confirm]`.
const FLOWS: &str = "\
payment_method_update|Add a payment method|pay|\"status\":\"active\"
customer_update|Update your billing information|customer&name=Ada|\"status\":\"active\"
subscription_pause|Pause your plan|pause|\"behavior\":\"void\"
subscription_update|Update your plan|change&plan=price_team|\"lookup_key\":\"team_monthly\"
subscription_update_confirm&@[items][0][id]=si_1&@[items][0][price]=price_pro&@[items][0][quantity]=3|Confirm your updates|change&plan=price_pro&quantity=3|\"quantity\":3
subscription_cancel|Cancel your plan|cancel-later|\"cancel_at_period_end\":true";

#[tokio::test]
async fn a_flow_shows_and_does_what_it_is_about_and_leads_on() {
    let stripe = shop().await;
    stripe.set_subscription_status("sub_1", "past_due");
    let redirect = "&flow_data[after_completion][type]=redirect\
                    &flow_data[after_completion][redirect][return_url]=https://app.example.com/done";
    for line in FLOWS.lines() {
        let line = line.replace('@', "flow_data[subscription_update_confirm]");
        let [flow, heading, form, expected] = line.split('|').collect::<Vec<_>>()[..] else {
            panic!("{line}")
        };
        let mut more = format!("&flow_data[type]={flow}{redirect}");
        let (kind, _) = flow.split_once('&').unwrap_or((flow, ""));
        if kind.starts_with("subscription") {
            more.extend([format!("&flow_data[{kind}][subscription]=sub_1")]);
        }
        let page = portal(&stripe, &more);
        let html = get(&stripe, &page).await;
        let html = html.text();
        let (button, _) = form.split_once('&').unwrap_or((form, ""));
        for shown in [heading, kind, &format!("value=\"{button}\"")] {
            assert!(html.contains(shown), "{shown}: {html}");
        }
        let form = format!("subscription=sub_1&action={form}");
        let done = post(&stripe, &page, &form).await;
        let to = done.header("location");
        assert_eq!(to, Some("https://app.example.com/done"), "{kind}");
        let after = subscription(&stripe, "sub_1").to_string();
        assert!(after.contains(expected), "{kind}: {after}");
    }
    let home = portal(&stripe, "&flow_data[type]=payment_method_update");
    let done = post(&stripe, &home, "action=pay").await;
    let to = done.header("location").unwrap_or_default();
    assert!(to.ends_with("?home"), "{to}");
    let html = get(&stripe, &format!("{home}?home")).await;
    assert!(html.text().contains("portal_homepage"));
    let confirmed = "&flow_data[type]=payment_method_update&flow_data[after_completion][type]=hosted_confirmation";
    let done = post(&stripe, &portal(&stripe, confirmed), "action=pay").await;
    assert_eq!(done.status, 200);
}

#[tokio::test]
async fn a_page_keeps_out_of_frames_escapes_what_it_shows_and_touches_its_own_customer_alone() {
    let stripe = shop().await;
    let session = ok(stripe.call("POST", "/v1/checkout/sessions", SESSION));
    let checkout = get(&stripe, url(&session)).await;
    assert_eq!(checkout.header("x-frame-options"), Some("DENY"));
    assert_eq!(checkout.header("cache-control"), Some("no-store"));
    let html = checkout.text();
    assert!(html.contains("Pro &lt;b&gt;, 10.00 USD a month"), "{html}");
    let page = portal(&stripe, "");
    let html = get(&stripe, &page).await;
    let html = html.text();
    assert!(html.contains("sub_1") && !html.contains("sub_2"), "{html}");
    for action in ["change&plan=price_team", "pause", "canceled"] {
        let form = format!("subscription=sub_2&action={action}");
        assert_eq!(post(&stripe, &page, &form).await.status, 303);
    }
    assert!(stripe.events().is_empty());

    stripe.add_invoice("cus_1", &json!({ "id": "in_1" }));
    let list = ok(stripe.call("GET", "/v1/invoices?customer=cus_1", ""));
    let pdf = list["data"][0]["invoice_pdf"].as_str().unwrap_or_default();
    let html = get(&stripe, pdf).await;
    assert!(html.text().contains("PDF of the invoice"));
    let other = pdf.replace("in_1", "in_2");
    for gone in ["/c/pay/cs_test_none", "/p/session/test_none", &other] {
        assert_eq!(get(&stripe, gone).await.status, 404, "{gone}");
    }
}

#[tokio::test]
async fn a_page_or_script_of_another_site_changes_nothing() {
    let stripe = shop().await;
    let session = ok(stripe.call("POST", "/v1/checkout/sessions", SESSION));
    let page = portal(&stripe, "");
    for header in [
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Site", "same-site"),
        ("Origin", "https://evil.example"),
        ("Origin", "null"),
    ] {
        for (method, path, form) in [
            ("POST", url(&session), "action=pay"),
            ("POST", &page, "subscription=sub_1&action=canceled"),
            ("POST", "/stand-in/dashboard", "delete=cus_1"),
            ("PUT", "/stand-in/faults/server-error", ""),
            ("DELETE", "/stand-in/faults", ""),
            ("PUT", "/stand-in/deliveries/held", ""),
            ("POST", "/stand-in/events/evt_1/deliver", ""),
        ] {
            let refused = ask(&stripe, method, path, &[header], form).await;
            assert_eq!(refused.status, 403, "{method} {path} {header:?}");
        }
    }
    assert!(stripe.events().is_empty());
    assert_eq!(subscription(&stripe, "sub_1")["status"], "active");
}
