//! The pages on which a developer subscribes and manages billing.

use serde_json::{Value, json};

use super::checkout::SESSION;
use super::client::{Client, ok};
use super::start;
use crate::StripeStandIn;
use crate::wire::Answer;

const DASHBOARD: &str = "/stand-in/dashboard";

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

/// A request of a page, whose address may be whole.
async fn browse(stripe: &StripeStandIn, method: &str, url: &str, more: &str, form: &str) -> Answer {
    let mut client = Client::connect(stripe).await;
    let path = url.strip_prefix(&stripe.origin()).unwrap_or(url);
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: {}\r\n{more}Content-Length: {}\r\n\r\n{form}",
        stripe.addr(),
        form.len()
    );
    client.write(head.as_bytes()).await;
    client.receive().await.expect("a page")
}

async fn get(stripe: &StripeStandIn, url: &str) -> (u16, String) {
    let answer = browse(stripe, "GET", url, "", "").await;
    (answer.status, String::from_utf8(answer.body).expect("text"))
}

async fn post(stripe: &StripeStandIn, url: &str, form: &str) -> Answer {
    let more = "Sec-Fetch-Site: same-origin\r\nOrigin: null\r\n";
    browse(stripe, "POST", url, more, form).await
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
    url(&ok(stripe.call(
        "POST",
        "/v1/billing_portal/sessions",
        &form,
    )))
    .to_owned()
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
        let (_, html) = get(&stripe, &page).await;
        let (button, _) = form.split_once('&').unwrap_or((form, ""));
        for shown in [heading, kind, &format!("value=\"{button}\"")] {
            assert!(html.contains(shown), "{shown}: {html}");
        }
        let form = format!("subscription=sub_1&action={form}");
        let done = post(&stripe, &page, &form).await;
        assert_eq!(
            done.header("location"),
            Some("https://app.example.com/done"),
            "{kind}"
        );
        let after = subscription(&stripe, "sub_1").to_string();
        assert!(after.contains(expected), "{kind}: {after}");
    }
    let home = portal(&stripe, "&flow_data[type]=payment_method_update");
    let done = post(&stripe, &home, "action=pay").await;
    assert!(
        done.header("location")
            .is_some_and(|to| to.ends_with("?home"))
    );
    let (_, html) = get(&stripe, &format!("{home}?home")).await;
    assert!(html.contains("portal_homepage"), "{html}");
    let confirmed = "&flow_data[type]=payment_method_update&flow_data[after_completion][type]=hosted_confirmation";
    let done = post(&stripe, &portal(&stripe, confirmed), "action=pay").await;
    assert_eq!(done.status, 200);
}

#[tokio::test]
async fn a_page_keeps_out_of_frames_escapes_what_it_shows_and_touches_its_own_customer_alone() {
    let stripe = shop().await;
    let session = ok(stripe.call("POST", "/v1/checkout/sessions", SESSION));
    let checkout = browse(&stripe, "GET", url(&session), "", "").await;
    assert_eq!(checkout.header("x-frame-options"), Some("DENY"));
    assert_eq!(checkout.header("cache-control"), Some("no-store"));
    let html = String::from_utf8(checkout.body).expect("text");
    assert!(html.contains("Pro &lt;b&gt;, 10.00 USD a month"), "{html}");
    let page = portal(&stripe, "");
    let (_, html) = get(&stripe, &page).await;
    assert!(html.contains("sub_1") && !html.contains("sub_2"), "{html}");
    for action in [
        "change&plan=price_team",
        "cancel-later",
        "pause",
        "canceled",
    ] {
        let form = format!("subscription=sub_2&action={action}");
        assert_eq!(post(&stripe, &page, &form).await.status, 303);
    }
    assert!(stripe.events().is_empty());

    stripe.add_invoice("cus_1", &json!({ "id": "in_1" }));
    let list = ok(stripe.call("GET", "/v1/invoices?customer=cus_1", ""));
    let pdf = list["data"][0]["invoice_pdf"].as_str().unwrap_or_default();
    assert!(get(&stripe, pdf).await.1.contains("PDF of the invoice"));
    for gone in [
        "/c/pay/cs_test_none",
        "/p/session/test_none",
        &pdf.replace("in_1", "in_2"),
    ] {
        assert_eq!(get(&stripe, gone).await.0, 404, "{gone}");
    }
}

#[tokio::test]
async fn a_page_or_script_of_another_site_changes_nothing() {
    let stripe = shop().await;
    let session = ok(stripe.call("POST", "/v1/checkout/sessions", SESSION));
    let page = portal(&stripe, "");
    for more in [
        "Sec-Fetch-Site: cross-site\r\n",
        "Sec-Fetch-Site: same-site\r\nOrigin: http://127.0.0.1:1\r\n",
        "Origin: https://evil.example\r\n",
        "Origin: null\r\n",
    ] {
        for (method, path, form) in [
            ("POST", url(&session), "action=pay"),
            ("POST", &page, "subscription=sub_1&action=canceled"),
            ("POST", DASHBOARD, "delete=cus_1"),
            ("PUT", "/stand-in/faults/server-error", ""),
            ("DELETE", "/stand-in/faults", ""),
            ("PUT", "/stand-in/deliveries/held", ""),
            ("POST", "/stand-in/events/evt_1/deliver", ""),
            ("PUT", "/stand-in/subscriptions/sub_1/status/unpaid", ""),
            ("PUT", "/stand-in/search-index", ""),
        ] {
            let refused = browse(&stripe, method, path, more, form).await;
            assert_eq!(refused.status, 403, "{method} {path} {more}");
        }
    }
    assert!(stripe.events().is_empty());
    assert_eq!(subscription(&stripe, "sub_1")["status"], "active");
}
