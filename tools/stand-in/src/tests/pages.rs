//! The pages on which a developer subscribes, cancels, fails a payment and deletes a customer.

use serde_json::{Value, json};

use super::client::{Answer, Client, id, ok};
use crate::StripeStandIn;

const SESSION: &str = "success_url=https://app.example.com/done?s={CHECKOUT_SESSION_ID}&line_items[0][price]=price_pro\
                       &line_items[0][quantity]=1&client_reference_id=u_1";

async fn shop() -> StripeStandIn {
    let stripe = StripeStandIn::builder().portal_here().controls();
    let stripe = stripe.start("127.0.0.1:0").await.expect("a free port");
    stripe.add_plan("prod_pro", "Pro <b>", "price_pro", "pro_monthly", 1000);
    stripe.add_plan("prod_team", "Team", "price_team", "team_monthly", 5050);
    stripe.add_customer("cus_1", false);
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
    browse(
        stripe,
        "POST",
        url,
        "Sec-Fetch-Site: same-origin\r\nOrigin: null\r\n",
        form,
    )
    .await
}

fn url(object: &Value) -> &str {
    object["url"].as_str().expect("a URL")
}

fn subscriptions(stripe: &StripeStandIn) -> Vec<(Value, Value)> {
    let (_, list) = stripe.call("GET", "/v1/subscriptions?status=all", "");
    let list = list["data"].as_array().expect("a list");
    list.iter()
        .map(|each| {
            (
                each["status"].clone(),
                each["items"]["data"][0]["price"]["id"].clone(),
            )
        })
        .collect()
}

#[tokio::test]
async fn a_person_chooses_a_plan_pays_and_comes_back() {
    let stripe = shop().await;
    let session = ok(stripe.call("POST", "/v1/checkout/sessions", SESSION));
    let (status, html) = get(&stripe, url(&session)).await;
    assert_eq!(status, 200);
    assert!(
        html.contains("value=\"price_pro\" checked> Pro &lt;b&gt;, 10.00 USD a month"),
        "{html}"
    );
    assert!(
        html.contains("value=\"price_team\"> Team, 50.50 USD a month"),
        "{html}"
    );

    let declined = post(&stripe, url(&session), "action=decline&plan=price_team").await;
    assert_eq!(declined.status, 402);
    let html = String::from_utf8(declined.body).expect("text");
    assert!(
        html.contains("Your card was declined.") && html.contains("\"price_team\" checked"),
        "{html}"
    );
    assert!(subscriptions(&stripe).is_empty());

    let paid = post(
        &stripe,
        url(&session),
        "action=pay&plan=price_team&email=ada@example.com",
    )
    .await;
    assert_eq!(paid.status, 303);
    let back = format!("https://app.example.com/done?s={}", id(&session));
    assert_eq!(paid.header("location"), Some(back.as_str()));
    assert_eq!(
        subscriptions(&stripe),
        [(json!("active"), json!("price_team"))]
    );
    let path = format!("/v1/checkout/sessions/{}?expand[]=customer", id(&session));
    let session = ok(stripe.call("GET", &path, ""));
    assert_eq!(session["amount_total"], 5050);
    assert_eq!(session["customer"]["email"], "ada@example.com");
    let path = format!("/c/pay/{}", id(&session));
    let (_, html) = get(&stripe, &path).await;
    assert!(html.contains("Thanks for your payment"), "{html}");
    assert_eq!(post(&stripe, &path, "action=pay").await.status, 200);
    assert_eq!(subscriptions(&stripe).len(), 1);
    assert_eq!(get(&stripe, "/c/pay/cs_test_none").await.0, 404);
}

#[tokio::test]
async fn a_payment_link_makes_a_session_with_the_reference_that_its_buyer_chooses() {
    let stripe = shop().await;
    let form = "line_items[0][price]=price_pro&line_items[0][quantity]=1&metadata[campaign]=x";
    let link = ok(stripe.call("POST", "/v1/payment_links", form));
    for (query, reference) in [
        ("?client_reference_id=u_1", json!("u_1")),
        ("?client_reference_id=u%201", Value::Null),
        ("", Value::Null),
    ] {
        let opened = browse(&stripe, "GET", &format!("{}{query}", url(&link)), "", "").await;
        assert_eq!(opened.status, 303);
        let page = opened
            .header("location")
            .expect("a session's URL")
            .to_owned();
        assert_eq!(post(&stripe, &page, "action=pay").await.status, 200);
        let path = format!("/v1/checkout/sessions?payment_link={}", id(&link));
        let list = ok(stripe.call("GET", &path, ""));
        let session = &list["data"][0];
        assert_eq!(session["client_reference_id"], reference);
        assert_eq!(session["payment_link"], link["id"]);
        assert_eq!(session["metadata"], json!({"campaign": "x"}));
        assert_eq!(session["status"], "complete");
    }
    assert_eq!(get(&stripe, "/buy/test_none").await.0, 404);
}

#[tokio::test]
async fn the_portal_changes_and_cancels_its_own_customers_subscriptions_alone() {
    let stripe = shop().await;
    stripe.add_customer("cus_2", false);
    let form = "&items[0][price]=price_pro&default_payment_method=pm_card_visa";
    let own = ok(stripe.call(
        "POST",
        "/v1/subscriptions",
        &format!("customer=cus_1{form}"),
    ));
    let other = ok(stripe.call(
        "POST",
        "/v1/subscriptions",
        &format!("customer=cus_2{form}"),
    ));
    let portal = ok(stripe.call("POST", "/v1/billing_portal/sessions", "customer=cus_1"));
    let page = url(&portal);
    let (_, html) = get(&stripe, page).await;
    assert!(
        html.contains(id(&own)) && !html.contains(id(&other)),
        "{html}"
    );

    let act = async |subscription: &Value, action: &str| {
        let form = format!(
            "subscription={}&action={action}&plan=price_team",
            id(subscription)
        );
        assert_eq!(post(&stripe, page, &form).await.status, 303);
        let path = format!("/v1/subscriptions/{}", id(subscription));
        let shown = ok(stripe.call("GET", &path, ""));
        let price = shown["items"]["data"][0]["price"]["id"].clone();
        (
            shown["status"].clone(),
            price,
            shown["cancel_at_period_end"] == true,
        )
    };
    assert_eq!(
        act(&own, "change").await,
        (json!("active"), json!("price_team"), false)
    );
    assert_eq!(
        act(&own, "fail").await,
        (json!("past_due"), json!("price_team"), false)
    );
    assert_eq!(
        act(&own, "cancel-later").await,
        (json!("past_due"), json!("price_team"), true)
    );
    assert_eq!(
        act(&own, "cancel").await,
        (json!("canceled"), json!("price_team"), false)
    );
    for action in ["change", "fail", "cancel-later", "cancel"] {
        assert_eq!(
            act(&other, action).await,
            (json!("active"), json!("price_pro"), false)
        );
    }
    assert_eq!(stripe.events_of("customer.subscription.deleted").len(), 1);
    assert_eq!(stripe.events_of("customer.subscription.updated").len(), 3);
}

#[tokio::test]
async fn the_dashboard_deletes_customers_and_is_for_this_machine_alone() {
    const PAGE: &str = "/stand-in/dashboard";
    let stripe = shop().await;
    ok(stripe.call("POST", "/v1/customers/cus_1", "metadata[user_id]=%3Cu%3E"));
    let (status, html) = get(&stripe, PAGE).await;
    assert!(
        status == 200 && html.contains("user_id: &lt;u&gt;"),
        "{html}"
    );
    assert_eq!(post(&stripe, PAGE, "delete=cus_none").await.status, 303);
    assert_eq!(post(&stripe, PAGE, "delete=cus_1").await.status, 303);
    assert_eq!(
        ok(stripe.call("GET", "/v1/customers/cus_1", ""))["deleted"],
        true
    );
    let (_, html) = get(&stripe, PAGE).await;
    assert!(html.contains("There are no customers."), "{html}");

    let private = super::stand_in().await;
    assert_eq!(get(&private, PAGE).await.0, 404);
}

#[tokio::test]
async fn a_form_of_another_site_changes_nothing() {
    let stripe = shop().await;
    let session = ok(stripe.call("POST", "/v1/checkout/sessions", SESSION));
    for more in [
        "Sec-Fetch-Site: cross-site\r\n",
        "Sec-Fetch-Site: same-site\r\nOrigin: http://127.0.0.1:1\r\n",
        "Origin: https://evil.example\r\n",
        "Origin: null\r\n",
    ] {
        for (page, form) in [
            (url(&session), "action=pay"),
            ("/stand-in/dashboard", "delete=cus_1"),
        ] {
            assert_eq!(
                browse(&stripe, "POST", page, more, form).await.status,
                403,
                "{more}"
            );
        }
    }
    assert!(stripe.events().is_empty());
    assert_eq!(
        ok(stripe.call("GET", "/v1/customers/cus_1", ""))["id"],
        "cus_1"
    );
}
