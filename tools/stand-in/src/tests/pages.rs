//! The pages on which a developer subscribes, manages billing, and brings a subscription into any state.

use serde_json::{Value, json};

use super::client::{Client, id, ok};
use crate::StripeStandIn;
use crate::wire::Answer;

const DASHBOARD: &str = "/stand-in/dashboard";
const SESSION: &str = "mode=subscription&success_url=https://app.example.com/done?s={CHECKOUT_SESSION_ID}\
                       &cancel_url=https://app.example.com/&line_items[0][price]=price_pro\
                       &line_items[0][quantity]=1&customer=cus_1";

/// A shop whose customer `cus_1` has the subscription `sub_1`, and `cus_2` has `sub_2`.
async fn shop() -> StripeStandIn {
    let stripe = StripeStandIn::builder().portal_here().controls();
    let stripe = stripe.start("127.0.0.1:0").await.expect("a free port");
    stripe.add_plan("prod_pro", "Pro <b>", "price_pro", "pro_monthly", 1000);
    stripe.add_plan("prod_team", "Team", "price_team", "team_monthly", 5050);
    stripe.add_price("prod_usage", "price_usage", &json!({"nickname": "Usage"}));
    for (customer, subscription) in [("cus_1", "sub_1"), ("cus_2", "sub_2")] {
        stripe.add_customer(customer, false);
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

#[tokio::test]
async fn a_person_pays_a_checkout_and_comes_back() {
    let stripe = shop().await;
    let session = ok(stripe.call("POST", "/v1/checkout/sessions", SESSION));
    let (status, html) = get(&stripe, url(&session)).await;
    assert_eq!(status, 200);
    assert!(html.contains("Pro &lt;b&gt;, 10.00 USD a month"), "{html}");
    assert!(html.contains("href=\"https://app.example.com/\""), "{html}");

    let declined = post(&stripe, url(&session), "action=decline").await;
    assert_eq!(declined.status, 402);
    let html = String::from_utf8(declined.body).expect("text");
    assert!(html.contains("Your card was declined."), "{html}");
    assert!(stripe.events().is_empty());

    let paid = post(&stripe, url(&session), "action=pay&email=ada@example.com").await;
    assert_eq!(paid.status, 303);
    let back = format!("https://app.example.com/done?s={}", id(&session));
    assert_eq!(paid.header("location"), Some(back.as_str()));
    let list = ok(stripe.call("GET", "/v1/subscriptions?customer=cus_1", ""));
    assert_eq!(list["data"].as_array().map(Vec::len), Some(2));
    assert_eq!(
        ok(stripe.call("GET", "/v1/customers/cus_1", ""))["email"],
        "ada@example.com"
    );
    let path = format!("/c/pay/{}", id(&session));
    assert_eq!(post(&stripe, &path, "action=pay").await.status, 402);
    assert!(
        get(&stripe, &path)
            .await
            .1
            .contains("Thanks for your payment")
    );
    assert_eq!(stripe.events_of("customer.subscription.created").len(), 1);
    assert_eq!(get(&stripe, "/c/pay/cs_test_none").await.0, 404);
}

#[tokio::test]
async fn the_dashboard_brings_a_subscription_into_each_state_by_a_click() {
    let stripe = shop().await;
    let click = async |action: &str, plan: &str| {
        let form = format!("subscription=sub_1&action={action}&plan={plan}");
        assert_eq!(post(&stripe, DASHBOARD, &form).await.status, 303);
        subscription(&stripe, "sub_1")
    };
    for status in [
        "past_due",
        "unpaid",
        "paused",
        "incomplete",
        "trialing",
        "active",
    ] {
        assert_eq!(click(status, "").await["status"], status);
        let (_, html) = get(&stripe, DASHBOARD).await;
        assert!(html.contains(&format!("<p>{status}")), "{html}");
    }
    let trial = click("trialing", "").await;
    assert_eq!(
        trial["trial_end"],
        trial["items"]["data"][0]["current_period_end"]
    );
    assert_eq!(click("active", "").await["trial_end"], Value::Null);
    let ending = click("cancel-later", "").await;
    let period_end = &ending["items"]["data"][0]["current_period_end"];
    assert_eq!(
        (&ending["cancel_at_period_end"], &ending["cancel_at"]),
        (&json!(true), period_end)
    );
    let ending = click("cancel-on-date", "").await;
    assert_eq!(ending["cancel_at_period_end"], false);
    assert!(ending["cancel_at"].is_u64() && ending["status"] == "active");
    assert_eq!(click("keep", "").await["cancel_at"], Value::Null);
    let paused = click("pause", "").await;
    assert!(paused["pause_collection"]["resumes_at"].is_u64() && paused["status"] == "active");
    assert_eq!(click("resume", "").await["pause_collection"], Value::Null);
    click("add", "price_team").await;
    let several = click("add", "price_team").await;
    assert_eq!(several["items"]["data"].as_array().map(Vec::len), Some(2));
    let tiered = click("change", "price_usage").await;
    assert_eq!(
        tiered["items"]["data"][0]["price"]["unit_amount"],
        Value::Null
    );
    let (_, html) = get(&stripe, DASHBOARD).await;
    assert!(
        html.contains("Usage, by usage in tiers + Team, 50.50 USD a month"),
        "{html}"
    );
    assert_eq!(click("canceled", "").await["status"], "canceled");
    assert_eq!(
        click("active", "").await["status"],
        "canceled",
        "that is final"
    );

    let (_, html) = get(&stripe, DASHBOARD).await;
    assert!(
        html.contains("name=\"subscribe\" value=\"cus_1\""),
        "{html}"
    );
    post(&stripe, DASHBOARD, "subscribe=cus_1&plan=price_team").await;
    let list = ok(stripe.call("GET", "/v1/subscriptions?customer=cus_1", ""));
    assert_eq!(
        list["data"][0]["items"]["data"][0]["price"]["id"],
        "price_team"
    );
}

#[tokio::test]
async fn the_dashboard_deletes_customers_and_is_for_this_machine_alone() {
    let stripe = shop().await;
    ok(stripe.call("POST", "/v1/customers/cus_1", "metadata[user_id]=%3Cu%3E"));
    let (status, html) = get(&stripe, DASHBOARD).await;
    assert!(
        status == 200 && html.contains("user_id: &lt;u&gt;"),
        "{html}"
    );
    for customer in ["cus_none", "cus_1", "cus_2"] {
        let form = format!("delete={customer}");
        assert_eq!(post(&stripe, DASHBOARD, &form).await.status, 303);
    }
    assert_eq!(
        ok(stripe.call("GET", "/v1/customers/cus_1", ""))["deleted"],
        true
    );
    assert!(
        get(&stripe, DASHBOARD)
            .await
            .1
            .contains("There are no customers.")
    );
    let private = super::stand_in().await;
    assert_eq!(get(&private, DASHBOARD).await.0, 404);
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

#[tokio::test]
async fn the_portal_changes_its_own_customer_alone() {
    let stripe = shop().await;
    let page = portal(&stripe, "");
    let (_, html) = get(&stripe, &page).await;
    assert!(html.contains("sub_1") && !html.contains("sub_2"), "{html}");
    assert!(
        html.contains("<h1>Manage your billing</h1>") && html.contains(">Return</a>"),
        "{html}"
    );
    let act = async |subscription: &str, action: &str| {
        let form = format!("subscription={subscription}&action={action}&plan=price_team");
        assert_eq!(post(&stripe, &page, &form).await.status, 303);
        self::subscription(&stripe, subscription)
    };
    assert_eq!(
        act("sub_1", "change").await["items"]["data"][0]["price"]["id"],
        "price_team"
    );
    assert_eq!(
        act("sub_1", "cancel-later").await["cancel_at_period_end"],
        true
    );
    assert_eq!(act("sub_1", "keep").await["cancel_at_period_end"], false);
    assert!(act("sub_1", "pause").await["pause_collection"].is_object());
    assert_eq!(
        act("sub_1", "resume").await["pause_collection"],
        Value::Null
    );
    let before = subscription(&stripe, "sub_2");
    for action in ["change", "cancel-later", "pause", "canceled"] {
        assert_eq!(act("sub_2", action).await, before, "{action}");
    }
    assert_eq!(act("sub_1", "canceled").await["status"], "canceled");
    post(
        &stripe,
        &page,
        "action=customer&name=Ada&email=ada@example.com",
    )
    .await;
    let customer = ok(stripe.call("GET", "/v1/customers/cus_1", ""));
    assert_eq!(
        (&customer["name"], &customer["email"]),
        (&json!("Ada"), &json!("ada@example.com"))
    );
    assert_eq!(get(&stripe, "/p/session/test_none").await.0, 404);
}

#[tokio::test]
async fn a_flow_shows_and_does_what_it_is_about_and_leads_on() {
    let stripe = shop().await;
    stripe.set_subscription_status("sub_1", "past_due");
    let redirect = "&flow_data[after_completion][type]=redirect\
                    &flow_data[after_completion][redirect][return_url]=https://app.example.com/done";
    let confirm = "flow_data[subscription_update_confirm]";
    let confirm = format!(
        "&{confirm}[items][0][id]=si_1&{confirm}[items][0][price]=price_team&{confirm}[items][0][quantity]=3"
    );
    for (flow, more, heading, button, form) in [
        (
            "payment_method_update",
            "",
            "Add a payment method",
            "pay",
            "",
        ),
        (
            "customer_update",
            "",
            "Update your billing information",
            "customer",
            "&name=Ada",
        ),
        ("subscription_pause", "", "Pause your plan", "pause", ""),
        (
            "subscription_update",
            "",
            "Update your plan",
            "change",
            "&plan=price_usage",
        ),
        (
            "subscription_update_confirm",
            confirm.as_str(),
            "Confirm your updates",
            "change",
            "&plan=price_team&quantity=3",
        ),
        (
            "subscription_cancel",
            "",
            "Cancel your plan",
            "cancel-later",
            "",
        ),
    ] {
        let subscription = if flow.starts_with("subscription") {
            format!("&flow_data[{flow}][subscription]=sub_1")
        } else {
            String::new()
        };
        let page = portal(
            &stripe,
            &format!("&flow_data[type]={flow}{subscription}{more}{redirect}"),
        );
        let (_, html) = get(&stripe, &page).await;
        assert!(html.contains(heading) && html.contains(flow), "{html}");
        let buttons = html.matches("name=\"action\"").count();
        assert!(
            html.contains(&format!("value=\"{button}\"")) && buttons <= 2,
            "{flow}: {html}"
        );
        let done = post(
            &stripe,
            &page,
            &format!("subscription=sub_1&action={button}{form}"),
        )
        .await;
        assert_eq!(
            done.header("location"),
            Some("https://app.example.com/done"),
            "{flow}"
        );
    }
    let after = subscription(&stripe, "sub_1");
    assert_eq!(
        (&after["status"], &after["cancel_at_period_end"]),
        (&json!("active"), &json!(true))
    );
    assert!(after["pause_collection"]["resumes_at"].is_u64());
    let item = &after["items"]["data"][0];
    assert_eq!(
        (&item["price"]["id"], &item["quantity"]),
        (&json!("price_team"), &json!(3))
    );
    assert!(after["items"]["data"][1].is_null());
    let customer = ok(stripe.call("GET", "/v1/customers/cus_1", ""));
    assert!(customer["invoice_settings"]["default_payment_method"].is_string());

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
