//! The choices that a caller has, and those that it does not have.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::harness::{CHECKOUT, CUSTOMER, PORTAL, Portico, USER, claims, token};

/// Sends a body and returns the form that Stripe received, without the customer.
async fn form_of(portico: &Portico, body: &Value) -> Vec<(String, String)> {
    portico.stripe.clear();
    portico.portal_as_user().json(body).opens_session().await;
    let mut form = portico.stripe.requests()[0].form();
    assert_eq!(form.remove(0), ("customer".to_owned(), CUSTOMER.to_owned()));
    form
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

#[tokio::test]
async fn no_body_and_an_empty_object_choose_nothing() {
    let portico = Portico::start().await;
    let expected = pairs(&[("return_url", "https://app.example.com/account")]);
    assert_eq!(form_of(&portico, &json!({})).await, expected);
    // The request of `curl -d ''`: a content type, and no content.
    portico
        .portal_as_user()
        .body("application/x-www-form-urlencoded", "")
        .opens_session()
        .await;
}

#[tokio::test]
async fn every_flow_reaches_stripe_as_its_sdks_would_send_it() {
    let portico = Portico::setup()
        .variable("allowed_coupons", "20 % off")
        .start()
        .await;
    let account = ("return_url", "https://app.example.com/account");
    for (flow, expected) in [
        (
            json!({"type": "payment_method_update"}),
            vec![account, ("flow_data[type]", "payment_method_update")],
        ),
        (
            json!({"type": "customer_update"}),
            vec![account, ("flow_data[type]", "customer_update")],
        ),
        (
            json!({"type": "subscription_cancel", "subscription": "sub_1"}),
            vec![
                account,
                ("flow_data[type]", "subscription_cancel"),
                ("flow_data[subscription_cancel][subscription]", "sub_1"),
            ],
        ),
        (
            json!({"type": "subscription_pause", "subscription": "sub_1"}),
            vec![
                account,
                ("flow_data[type]", "subscription_pause"),
                ("flow_data[subscription_pause][subscription]", "sub_1"),
            ],
        ),
        (
            json!({"type": "subscription_update", "subscription": "sub_1", "after_completion": "hosted_confirmation"}),
            vec![
                account,
                ("flow_data[type]", "subscription_update"),
                ("flow_data[subscription_update][subscription]", "sub_1"),
                ("flow_data[after_completion][type]", "hosted_confirmation"),
            ],
        ),
        (
            json!({
                "type": "subscription_update_confirm",
                "subscription": "sub_1",
                "items": [{"id": "si_1", "price": "price_1", "quantity": 2}],
                "discounts": [{"coupon": "20 % off"}],
                "after_completion": "redirect",
            }),
            vec![
                account,
                ("flow_data[type]", "subscription_update_confirm"),
                (
                    "flow_data[subscription_update_confirm][subscription]",
                    "sub_1",
                ),
                (
                    "flow_data[subscription_update_confirm][items][0][id]",
                    "si_1",
                ),
                (
                    "flow_data[subscription_update_confirm][items][0][price]",
                    "price_1",
                ),
                (
                    "flow_data[subscription_update_confirm][items][0][quantity]",
                    "2",
                ),
                (
                    "flow_data[subscription_update_confirm][discounts][0][coupon]",
                    "20 % off",
                ),
                ("flow_data[after_completion][type]", "redirect"),
                (
                    "flow_data[after_completion][redirect][return_url]",
                    "https://app.example.com/account",
                ),
            ],
        ),
    ] {
        assert_eq!(
            form_of(&portico, &json!({ "flow": flow })).await,
            pairs(&expected),
            "{flow}"
        );
    }
}

#[tokio::test]
async fn a_locale_and_a_return_path_reach_stripe() {
    let portico = Portico::start().await;
    assert_eq!(
        form_of(
            &portico,
            &json!({"locale": "pt-BR", "return_path": "/billing?tab=plan#top"})
        )
        .await,
        pairs(&[
            ("return_url", "https://app.example.com/billing?tab=plan#top"),
            ("locale", "pt-BR")
        ])
    );
}

#[tokio::test]
async fn a_bad_return_path_is_refused() {
    let portico = Portico::start().await;
    let paths = [
        "",
        "account",
        ".",
        "..",
        "?x",
        "#x",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "\\/evil.example",
        "https://evil.example",
        "https:/evil.example",
        "//evil.example@app.example.com",
        "javascript:alert(1)",
        "data:text/html,x",
        "@evil.example",
        ".evil.example",
        ":443/",
        " /account",
        "/a b",
        "\t/account",
        "/\t/evil.example",
        "/\n/evil.example",
        "/x\r\nLocation: https://evil.example",
        "/\u{0}",
        "/\u{7f}",
        "/\u{2028}",
        "/über",
        "/../x",
        "/a/../../x",
        "/a/..",
        "/%2e%2e/x",
        "/.%2E/x",
        "/%2F/evil.example",
        "/%5Cevil.example",
        "/%0d%0aX:y",
        "/%00",
        "/<script>",
        "/\"x",
    ];
    assert!(paths.len() >= 30);
    for path in paths {
        let answer = portico
            .portal_as_user()
            .json(&json!({"return_path": path}))
            .send()
            .await;
        answer.is_error(400, "invalid_request");
    }
    let long = format!("/{}", "a".repeat(2_048));
    portico
        .portal_as_user()
        .json(&json!({"return_path": long}))
        .fails(400, "invalid_request")
        .await;
    assert!(portico.stripe.requests().is_empty());
}

#[tokio::test]
async fn a_bad_body_is_refused() {
    let portico = Portico::start().await;
    let bodies = [
        "{",
        "}",
        "null",
        "true",
        "7",
        "\"x\"",
        "[]",
        "[{}]",
        "{}{}",
        "{} x",
        "\u{feff}{}",
        " ",
        "\0",
        "x=y",
        "{'flow':1}",
        "{\"flow\":}",
        "{\"locale\":\"de\",}",
        "// {}",
        r#"{"customer":"cus_Other"}"#,
        r#"{"customer_id":"cus_Other"}"#,
        r#"{"return_url":"https://evil.example"}"#,
        r#"{"configuration":"bpc_1"}"#,
        r#"{"on_behalf_of":"acct_1"}"#,
        r#"{"flow_data":{}}"#,
        r#"{"Locale":"de"}"#,
        r#"{"locale":"de","locale":"fr"}"#,
        r#"{"locale":"de","\u006cocale":"de"}"#,
        r#"{"locale":"xx"}"#,
        r#"{"locale":null}"#,
        r#"{"locale":["de"]}"#,
        r#"{"return_path":7}"#,
        r#"{"return_path":null}"#,
        r#"{"flow":null}"#,
        r#"{"flow":"payment_method_update"}"#,
        r#"{"flow":{}}"#,
        r#"{"flow":{"type":"subscription_pause"}}"#,
        r#"{"flow":{"type":"subscription_cancel"}}"#,
        r#"{"flow":{"type":"subscription_cancel","subscription":"cus_1"}}"#,
        r#"{"flow":{"type":"subscription_cancel","subscription":"sub_1&customer=cus_Other"}}"#,
        r#"{"flow":{"type":"payment_method_update","subscription":"sub_1"}}"#,
        r#"{"flow":{"type":"payment_method_update","after_completion":"elsewhere"}}"#,
        r#"{"flow":{"type":"subscription_update_confirm","subscription":"sub_1","items":[]}}"#,
        r#"{"flow":{"type":"subscription_update_confirm","subscription":"sub_1","items":[{"id":"si_1"},{"id":"si_2"}]}}"#,
        r#"{"flow":{"type":"subscription_update_confirm","subscription":"sub_1","items":[{"id":"si_1"}],
            "discounts":[{"promotion_code":"promo_1"},{"promotion_code":"promo_2"}]}}"#,
        r#"{"flow":{"type":"subscription_update_confirm","subscription":"sub_1","items":[{"id":"si_1","quantity":1.5}]}}"#,
        r#"{"flow":{"type":"customer_update","type":"customer_update"}}"#,
    ];
    assert!(bodies.len() >= 30);
    for body in bodies {
        let answer = portico
            .portal_as_user()
            .body("application/json", body)
            .send()
            .await;
        assert_eq!(answer.status, 400, "{body:?}: {answer:?}");
        answer.is_error(400, "invalid_request");
    }
    let not_utf8 = portico
        .portal_as_user()
        .body("application/json", b"{\"locale\":\"\xff\"}".to_vec());
    not_utf8.fails(400, "invalid_request").await;
    let deep = format!("{{\"flow\":{}", "[".repeat(4_000));
    portico
        .portal_as_user()
        .body("application/json", deep)
        .fails(400, "invalid_request")
        .await;
    for content_type in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/jsonp",
        "",
    ] {
        portico
            .portal_as_user()
            .body(content_type, "{}")
            .fails(400, "invalid_request")
            .await;
    }
    assert!(portico.stripe.requests().is_empty());
}

#[tokio::test]
async fn a_body_may_be_as_long_as_the_limit_and_no_longer() {
    let portico = Portico::setup()
        .variable("max_body_bytes", "100")
        .start()
        .await;
    let sized = |length: usize| format!("{{{}}}", " ".repeat(length - 2));
    portico
        .portal_as_user()
        .body("application/json", sized(100))
        .opens_session()
        .await;
    portico
        .portal_as_user()
        .body("application/json", sized(101))
        .fails(400, "invalid_request")
        .await;
    portico
        .portal_as_user()
        .body("application/json", sized(1 << 20))
        .fails(400, "invalid_request")
        .await;
}

#[tokio::test]
async fn a_stranger_is_refused_before_the_body_is_judged() {
    let portico = Portico::start().await;
    portico
        .portal()
        .body("application/json", "{")
        .fails(401, "unauthorized")
        .await;
    portico
        .portal()
        .body("application/json", " ".repeat(1 << 20))
        .fails(401, "unauthorized")
        .await;
}

#[tokio::test]
async fn what_stripe_refuses_of_the_callers_choice_is_the_callers_to_mend() {
    let portico = Portico::start().await;
    let refusal = |param: &str| {
        portico_stand_in::Reply::stripe_error(
            400,
            "invalid_request_error",
            None,
            Some(param),
            "No such subscription: 'sub_1'",
        )
    };
    let body =
        json!({"flow": {"type": "subscription_cancel", "subscription": "sub_1"}, "locale": "de"});
    for param in [
        "flow_data[subscription_cancel][subscription]",
        "flow_data[type]",
        "locale",
    ] {
        portico.stripe.script(CUSTOMER, [refusal(param)]);
        let answer = portico.portal_as_user().json(&body).send().await;
        answer.is_error(400, "invalid_request");
        assert!(
            !String::from_utf8_lossy(&answer.body).contains("sub_1"),
            "{answer:?}"
        );
    }
    portico.stripe.script(CUSTOMER, [refusal("return_url")]);
    portico
        .portal_as_user()
        .json(&body)
        .fails(500, "stripe_rejected")
        .await;
}

/// Sends a request by hand and returns the status of the answer.
async fn send_raw(portico: &Portico, headers: &str, body: &[u8]) -> String {
    let mut stream = TcpStream::connect(portico.host.addr()).await.unwrap();
    let bearer = token(&claims());
    let head = format!(
        "POST {PORTAL} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {bearer}\r\nContent-Type: application/json\r\n{headers}\r\n"
    );
    stream
        .write_all(&[head.as_bytes(), body].concat())
        .await
        .unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    let answer = String::from_utf8(answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 "), "{answer}");
    format!(
        "{} {}",
        &answer[9..12],
        answer.rsplit("\r\n").next().unwrap()
    )
}

#[tokio::test]
async fn a_body_in_chunks_is_a_body() {
    let portico = Portico::setup()
        .variable("max_body_bytes", "100")
        .start()
        .await;
    let chunked = "Transfer-Encoding: chunked\r\n";
    let answer = send_raw(
        &portico,
        chunked,
        b"2\r\n{\"\r\n2\r\nx\"\r\n3\r\n:1}\r\n0\r\n\r\n",
    )
    .await;
    assert!(
        answer.starts_with("400") && answer.contains("invalid_request"),
        "{answer}"
    );
    let answer = send_raw(&portico, chunked, b"1\r\n{\r\n1\r\n}\r\n0\r\n\r\n").await;
    assert!(answer.starts_with("200"), "{answer}");
    let answer = send_raw(&portico, chunked, b"0\r\n\r\n").await;
    assert!(answer.starts_with("200"), "{answer}");
    let long = [b"80\r\n".as_slice(), &[b' '; 128], b"\r\n0\r\n\r\n"].concat();
    let answer = send_raw(&portico, chunked, &long).await;
    assert!(
        answer.starts_with("400") && answer.contains("max_body_bytes"),
        "{answer}"
    );
}

#[tokio::test]
async fn a_body_that_does_not_arrive_is_not_waited_for_without_end() {
    let portico = Portico::start().await;
    let answer = send_raw(&portico, "Content-Length: 100\r\n", b"{").await;
    assert!(
        answer.starts_with("400") && answer.contains("did not arrive"),
        "{answer}"
    );
}

#[tokio::test]
async fn a_coupon_that_the_operator_does_not_list_never_reaches_stripe() {
    let portico = Portico::setup()
        .variable("allowed_coupons", "SUMMER")
        .start()
        .await;
    let confirm = |discount: Value| {
        json!({"flow": {
            "type": "subscription_update_confirm",
            "subscription": "sub_1",
            "items": [{"id": "si_1"}],
            "discounts": [discount],
        }})
    };
    let call = |discount: Value| portico.portal_as_user().json(&confirm(discount)).send();
    let refused = call(json!({"coupon": "VIP100"})).await;
    refused.is_error(400, "invalid_request");
    assert!(portico.stripe.requests().is_empty());
    call(json!({"coupon": "SUMMER"})).await.is_session();
    let code = call(json!({"promotion_code": "promo_1"})).await;
    code.is_session();
}

#[tokio::test]
async fn a_customer_that_becomes_anothers_while_the_body_is_on_its_way_is_not_opened() {
    let portico = Portico::setup()
        .variable("checkout_prices", "pro=price_pro")
        .start()
        .await;
    let key_value = portico.host.key_value();
    let path = format!("/v1/customers/{CUSTOMER}");
    let (status, _) = portico
        .stripe
        .call("POST", &path, "metadata[user_id]=somebody");
    assert_eq!(status, 200);
    portico.stripe.clear();
    for path in [PORTAL, CHECKOUT] {
        portico.set_owner(USER).await;
        let read = key_value.counts().gets;
        let mut stream = TcpStream::connect(portico.host.addr()).await.unwrap();
        let bearer = token(&claims());
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {bearer}\r\nContent-Type: \
             application/json\r\nContent-Length: 15\r\n\r\n{{"
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        while key_value.counts().gets < read + 2 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        portico.set_owner("somebody else").await;
        // The caller decides how long it takes.
        tokio::time::sleep(Duration::from_secs(1)).await;
        let rest: &[u8] = if path == PORTAL {
            b"             }"
        } else {
            br#""price":"pro"}"#
        };
        stream.write_all(rest).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        let answer = String::from_utf8(answer).unwrap();
        let requests = portico.stripe.requests();
        let opened = requests.iter().find(|request| {
            let body = String::from_utf8_lossy(&request.body);
            request.method == "POST" && body.contains(CUSTOMER)
        });
        assert!(opened.is_none(), "{opened:?} {answer}");
        if path == PORTAL {
            assert!(answer.contains("no_stripe_customer"), "{answer}");
        }
    }
}
