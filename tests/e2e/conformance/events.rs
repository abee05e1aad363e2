//! Events as Stripe's own package signs them (`tests/e2e/conformance/scripts/events.mjs`), of every type that Stripe's specification
//! has.

use std::collections::BTreeMap;

use http::Method;
use serde_json::{Value, json};

use super::{node, or_skip, stripe_mock_program};
use crate::harness::{CUSTOMER, Portico, WEBHOOK, WEBHOOK_SECRET};

/// The types that concern Portico.
const CONCERNING: [&str; 10] = [
    "checkout.session.async_payment_succeeded",
    "checkout.session.completed",
    "customer.created",
    "customer.deleted",
    "customer.subscription.created",
    "customer.subscription.deleted",
    "customer.subscription.paused",
    "customer.subscription.resumed",
    "customer.subscription.updated",
    "customer.updated",
];

/// Returns the bodies as the package signs them.
async fn signed(portico: &Portico, bodies: &[String]) -> Option<Value> {
    let input = json!({
        "secret": WEBHOOK_SECRET, "timestamp": portico.now(), "bodies": bodies,
    });
    let output = tokio::task::spawn_blocking(move || node("events.mjs", &input));
    or_skip(output.await.unwrap())
}

fn event(event_type: &str, object: &Value) -> String {
    json!({
        "id": "evt_1", "object": "event", "type": event_type, "livemode": false,
        "api_version": "2026-10-28.endive", "created": 1, "pending_webhooks": 1,
        "request": {"id": null, "idempotency_key": null}, "data": {"object": object},
    })
    .to_string()
}

#[tokio::test]
async fn what_stripes_package_signs_is_believed_and_what_it_refuses_is_refused() {
    let portico = Portico::setup().with_webhook().start().await;
    // A signature of 300 seconds ago must not be older when it is sent.
    portico.host.clock().stop();
    let body = event(
        "customer.updated",
        &json!({"id": CUSTOMER, "object": "customer"}),
    );
    let Some(signed) = signed(&portico, std::slice::from_ref(&body)).await else {
        return;
    };
    for (kind, status) in [("good", 200), ("bad", 400)] {
        let cases = signed["cases"][kind].as_object().unwrap();
        assert!(cases.len() > 7, "{cases:?}");
        for (what, header) in cases {
            let answer = portico
                .request(Method::POST, WEBHOOK)
                .header("stripe-signature", header.as_str().unwrap())
                .body("application/json", body.clone())
                .send()
                .await;
            assert_eq!(answer.status, status, "{what}: {answer:?}");
        }
    }
}

/// Every type of Stripe's specification, with an example of its object.
fn types() -> Option<BTreeMap<String, Value>> {
    let directory = or_skip(stripe_mock_program())?;
    let read = |file: &str| -> Value {
        let text = std::fs::read(directory.with_file_name(file)).unwrap();
        serde_json::from_slice(&text).unwrap()
    };
    let (specification, examples) = (read("spec3.beta.sdk.json"), read("fixtures3.beta.json"));
    let schemas = &specification["components"]["schemas"];
    let example = |event: &Value| {
        let object = &event["properties"]["object"];
        let reference = object["$ref"]
            .as_str()
            .or_else(|| object["anyOf"][0]["$ref"].as_str());
        let name = reference
            .and_then(|reference| reference.rsplit('/').next())
            .unwrap_or_default();
        let resource = schemas[name]["x-resourceId"].as_str().unwrap_or_default();
        match &examples["resources"][resource] {
            Value::Null => json!({"id": "x_1", "object": name}),
            example => example.clone(),
        }
    };
    let types = schemas.as_object().unwrap().values().filter_map(|schema| {
        let event_type = schema["x-stripeEvent"]["type"].as_str()?;
        Some((event_type.to_owned(), example(schema)))
    });
    Some(types.collect())
}

#[tokio::test]
async fn every_type_of_event_is_taken_and_those_that_do_not_concern_portico_change_nothing() {
    let Some(types) = types() else {
        return;
    };
    assert!(types.len() > 250, "{} types", types.len());
    let portico = Portico::setup().with_webhook().start().await;
    let bodies: Vec<_> = types
        .iter()
        .map(|(event_type, object)| event(event_type, object))
        .collect();
    let Some(signed) = signed(&portico, &bodies).await else {
        return;
    };
    let before = portico.host.key_value().keys().await.unwrap();
    let headers = signed["headers"].as_array().unwrap();
    for ((event_type, body), header) in types.keys().zip(bodies).zip(headers) {
        let answer = portico
            .request(Method::POST, WEBHOOK)
            .header("stripe-signature", header.as_str().unwrap())
            .body("application/json", body)
            .send()
            .await;
        assert_eq!(answer.json()["received"], true, "{event_type}");
        let entry = portico
            .log_entry(answer.header("x-request-id").unwrap())
            .await;
        let concerns = CONCERNING.contains(&event_type.as_str());
        let expected = if concerns { "unlinked" } else { "ignored_type" };
        assert_eq!(entry["outcome"], expected, "{event_type}");
    }
    assert!(CONCERNING.iter().all(|known| types.contains_key(*known)));
    assert_eq!(portico.host.key_value().keys().await.unwrap(), before);
}
