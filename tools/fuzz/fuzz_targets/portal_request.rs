//! Stripe is asked for what a caller sends, and nothing beside it: for no other customer, and no other origin to return
//! to.

#![no_main]

use std::time::Duration;

use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue};
use libfuzzer_sys::fuzz_target;
use portico::routes::parse_portal_request;
use portico::stripe::portal_session;
use portico::stripe_id::CustomerId;
use portico_fuzz::{CONFIG, CUSTOMER, FRONTEND};
use serde_json::Value;
use url::Url;

type Pairs = Vec<(String, String)>;

fuzz_target!(|body: &[u8]| {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let Ok(choices) = parse_portal_request(&headers, body, &CONFIG.allowed_coupons) else {
        return;
    };
    let customer = CustomerId::parse(CUSTOMER).expect("the customer is one");
    let call = portal_session::create(&customer, &choices, &CONFIG.portal, Duration::ZERO);
    let form = call.parameters.into_bytes();
    let mut sent: Pairs = url::form_urlencoded::parse(&form).into_owned().collect();
    let customers = sent.iter().filter(|(name, _)| name == "customer").count();
    assert_eq!(customers, 1);

    let chosen: Value = match body {
        [] => Value::Object(serde_json::Map::new()),
        body => serde_json::from_slice(body).expect("what is accepted is JSON"),
    };
    let mut expected = expected(&chosen);
    for (name, value) in &expected {
        if name.ends_with("return_url") {
            stays_on_the_frontend(value);
        }
    }
    sent.sort();
    expected.sort();
    assert_eq!(sent, expected);
});

/// Returns the parameters that Stripe should be sent, put together from the body itself.
fn expected(chosen: &Value) -> Pairs {
    let path = chosen["return_path"].as_str().unwrap_or("/account");
    let return_url = format!("{FRONTEND}{path}");
    let mut pairs = Pairs::new();
    let mut push = |name: &str, value: &str| pairs.push((name.to_owned(), value.to_owned()));
    push("customer", CUSTOMER);
    push("return_url", &return_url);
    if let Some(locale) = chosen["locale"].as_str() {
        push("locale", locale);
    }
    let Some(flow) = chosen["flow"].as_object() else {
        return pairs;
    };
    let kind = flow["type"].as_str().expect("a flow has a type");
    push("flow_data[type]", kind);
    if let Some(end) = flow.get("after_completion").and_then(Value::as_str) {
        push("flow_data[after_completion][type]", end);
        if end == "redirect" {
            push(
                "flow_data[after_completion][redirect][return_url]",
                &return_url,
            );
        }
    }
    for (name, value) in flow {
        if name != "type" && name != "after_completion" {
            flatten(&format!("flow_data[{kind}][{name}]"), value, &mut pairs);
        }
    }
    pairs
}

/// Returns nested values by their full names, as Stripe reads them.
fn flatten(name: &str, value: &Value, pairs: &mut Pairs) {
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                flatten(&format!("{name}[{index}]"), item, pairs);
            }
        }
        Value::Object(members) => {
            for (member, value) in members {
                flatten(&format!("{name}[{member}]"), value, pairs);
            }
        }
        Value::String(text) => pairs.push((name.to_owned(), text.clone())),
        other => pairs.push((name.to_owned(), other.to_string())),
    }
}

/// Checks that a URL, as browsers read it, is below the frontend's; also when a server reads the path on its own, or
/// decodes it before it redirects.
fn stays_on_the_frontend(return_url: &str) {
    let frontend = Url::parse(FRONTEND).expect("the frontend is a URL");
    let url = Url::parse(return_url).expect("a return URL is one");
    let path = return_url
        .strip_prefix(FRONTEND)
        .expect("it begins with it");
    let joined = frontend.join(path).expect("a return path is a reference");
    for url in [&url, &joined] {
        assert_eq!(url.origin(), frontend.origin(), "{url}");
        assert!(
            url.username().is_empty() && url.password().is_none(),
            "{url}"
        );
    }
    assert!(url.path().starts_with("/base/"), "{url}");
}
