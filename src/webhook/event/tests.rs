use serde_json::json;

use super::*;

fn event(value: &Value) -> Event {
    Event::parse(value.to_string().as_bytes()).unwrap()
}

fn snapshot(event_type: &str, object: &Value) -> Event {
    event(&json!({
        "id": "evt_1", "object": "event", "type": event_type, "livemode": false,
        "data": {"object": object},
    }))
}

fn thin(event_type: &str, related: &str) -> Event {
    event(&json!({
        "id": "evt_1", "object": "v2.core.event", "type": event_type, "livemode": false,
        "related_object": {"id": related, "type": "x", "url": "https://evil.example/v1/x"},
    }))
}

fn customer(id: &str) -> RelatedObject {
    RelatedObject::Customer(CustomerId::parse(id).unwrap())
}

#[test]
fn a_snapshot_names_its_customer() {
    for event_type in ["customer.created", "customer.updated", "customer.deleted"] {
        let event = snapshot(event_type, &json!({"id": "cus_1", "object": "customer"}));
        assert_eq!(
            event.related_object(),
            Ok(Some(customer("cus_1"))),
            "{event_type}"
        );
    }
    for event_type in ["created", "updated", "deleted", "paused", "resumed"] {
        let event_type = format!("customer.subscription.{event_type}");
        for named in [json!("cus_1"), json!({"id": "cus_1", "object": "customer"})] {
            let event = snapshot(&event_type, &json!({"id": "sub_1", "customer": named}));
            assert_eq!(
                event.related_object(),
                Ok(Some(customer("cus_1"))),
                "{event_type}"
            );
        }
    }
}

#[test]
fn a_checkout_session_names_its_customer_and_whom_it_is_for() {
    for event_type in ["completed", "async_payment_succeeded"] {
        let event = snapshot(
            &format!("checkout.session.{event_type}"),
            &json!({
                "id": "cs_1", "customer": "cus_1", "client_reference_id": "a", "payment_link": "plink_1",
                "metadata": {"user_id": "b"}, "amount_total": 1,
            }),
        );
        let Ok(Some(RelatedObject::CheckedOut(Some(customer), session))) = event.related_object()
        else {
            panic!("no session");
        };
        assert_eq!(customer.as_str(), "cus_1");
        assert_eq!(session.client_reference_id.as_deref(), Some("a"));
        assert_eq!(session.metadata.unwrap()["user_id"], "b");
    }
    for (more, reference, user) in [
        (
            json!({"client_reference_id": 5, "metadata": {"user_id": "b"}}),
            None,
            Some("b"),
        ),
        (
            json!({"client_reference_id": "a", "metadata": {"user_id": 7}}),
            Some("a"),
            None,
        ),
        (
            json!({"client_reference_id": "a", "metadata": []}),
            Some("a"),
            None,
        ),
        (
            json!({"client_reference_id": null, "metadata": null}),
            None,
            None,
        ),
    ] {
        let mut session = json!({"id": "cs_1", "customer": "cus_1"});
        session
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        let event = snapshot("checkout.session.completed", &session);
        let Ok(Some(RelatedObject::CheckedOut(Some(_), names))) = event.related_object() else {
            panic!("{session}");
        };
        assert_eq!(names.client_reference_id.as_deref(), reference, "{session}");
        let of_metadata = names
            .metadata
            .and_then(|metadata| metadata.get("user_id").cloned());
        assert_eq!(of_metadata.as_deref(), user, "{session}");
    }
    let event = snapshot(
        "checkout.session.completed",
        &json!({"id": "cs_1", "customer": null}),
    );
    assert!(matches!(
        event.related_object(),
        Ok(Some(RelatedObject::CheckedOut(None, _)))
    ));
}

#[test]
fn a_thin_event_names_an_object_that_is_to_be_asked_for() {
    let subscription = RelatedObject::Subscription(SubscriptionId::parse("sub_1").unwrap());
    let session = RelatedObject::CheckoutSession(CheckoutSessionId::parse("cs_test_1").unwrap());
    for (event_type, related, object) in [
        ("v1.customer.created", "cus_1", customer("cus_1")),
        ("v1.customer.deleted", "cus_1", customer("cus_1")),
        (
            "v1.customer.subscription.updated",
            "sub_1",
            subscription.clone(),
        ),
        (
            "v1.customer.subscription.trial_will_end",
            "sub_1",
            subscription,
        ),
        ("v1.checkout.session.completed", "cs_test_1", session),
    ] {
        assert_eq!(
            thin(event_type, related).related_object(),
            Ok(Some(object)),
            "{event_type}"
        );
    }
}

#[test]
fn other_types_do_not_concern_portico() {
    for event_type in [
        "",
        "invoice.paid",
        "customer.source.created",
        "customer.subscription.trial_will_end",
        "customer.updated.more",
        "v1.customer.updated",
        "checkout.session.expired",
    ] {
        assert_eq!(
            snapshot(event_type, &json!({"id": "cus_1"})).related_object(),
            Ok(None),
            "{event_type}"
        );
    }
    for event_type in [
        "customer.updated",
        "v1.invoice.paid",
        "v2.core.account.updated",
    ] {
        assert_eq!(
            thin(event_type, "cus_1").related_object(),
            Ok(None),
            "{event_type}"
        );
    }
    // The least that an event can be.
    assert_eq!(
        event(&json!({"object": "event"})).related_object(),
        Ok(None)
    );
}

#[test]
fn an_account_in_the_place_of_a_customer_is_told_as_such() {
    let reason = |event_type: &str, object: &Value| {
        let NamesNothing(reason) = snapshot(event_type, object).related_object().unwrap_err();
        reason
    };
    for event_type in [
        "customer.subscription.updated",
        "checkout.session.completed",
    ] {
        for object in [
            json!({"id": "x_1", "customer": null, "customer_account": "acct_1"}),
            json!({"id": "x_1", "customer_account": "acct_1"}),
        ] {
            assert!(reason(event_type, &object).contains("customer_account"));
        }
    }
    // A customer that is an account, too, is named by itself.
    let itself = json!({"id": "cus_1", "customer_account": "acct_1"});
    for event_type in ["customer.updated", "customer.deleted"] {
        let event = snapshot(event_type, &itself);
        assert_eq!(event.related_object(), Ok(Some(customer("cus_1"))));
    }
    let both = json!({"id": "sub_1", "customer": "cus_1", "customer_account": "acct_1"});
    let event = snapshot("customer.subscription.updated", &both);
    assert_eq!(event.related_object(), Ok(Some(customer("cus_1"))));
    let neither = json!({"id": "sub_1", "customer": null, "customer_account": null});
    assert!(!reason("customer.subscription.updated", &neither).contains("customer_account"));
}

#[test]
fn an_event_that_names_nothing_of_its_type_is_refused() {
    for object in [
        json!({}),
        json!({"id": 7}),
        json!({"id": "sub_1"}),
        json!({"id": "cus_1/.."}),
        json!(null),
    ] {
        assert!(
            snapshot("customer.updated", &object)
                .related_object()
                .is_err(),
            "{object}"
        );
    }
    for object in [
        json!({}),
        json!({"customer": null}),
        json!({"customer": {"id": "x"}}),
    ] {
        assert!(
            snapshot("customer.subscription.created", &object)
                .related_object()
                .is_err(),
            "{object}"
        );
    }
    for object in [
        json!({"customer": "x"}),
        json!({"customer": 1}),
        json!(null),
    ] {
        assert!(
            snapshot("checkout.session.completed", &object)
                .related_object()
                .is_err(),
            "{object}"
        );
    }
    for (event_type, id) in [
        ("v1.customer.updated", "sub_1"),
        ("v1.customer.subscription.updated", "../customers/cus_1"),
        ("v1.checkout.session.completed", ""),
    ] {
        assert!(
            thin(event_type, id).related_object().is_err(),
            "{event_type}"
        );
    }
}

#[test]
fn what_is_no_event_is_refused() {
    for body in [
        "",
        "[]",
        "null",
        "{",
        "{}",
        r#"{"object":"customer"}"#,
        r#"{"object":"v2.core.events"}"#,
        r#"{"object":"event","type":7}"#,
        r#"{"object":"event","object":"event"}"#,
        "\u{feff}{\"object\":\"event\"}",
    ] {
        assert!(Event::parse(body.as_bytes()).is_err(), "{body}");
    }
}

#[test]
fn an_event_tells_its_mode_and_whether_it_is_of_a_connected_account() {
    let of = |more: Value| {
        let mut value = json!({"object": "event"});
        value
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        event(&value)
    };
    for (more, connected) in [
        (json!({}), false),
        (json!({"account": null, "context": null}), false),
        (json!({"account": "acct_1"}), true),
        (json!({"context": "acct_1"}), true),
    ] {
        assert_eq!(of(more).of_connected_account, connected);
    }
    for (livemode, key, fits) in [
        (json!({"livemode": true}), Some(true), true),
        (json!({"livemode": true}), Some(false), false),
        (json!({"livemode": false}), Some(true), false),
        (json!({"livemode": true}), None, true),
        (json!({}), Some(true), true),
    ] {
        assert_eq!(of(livemode).fits_mode(key), fits);
    }
}

#[test]
fn only_a_type_that_has_the_form_of_one_is_logged() {
    assert_eq!(
        snapshot("customer.updated", &json!({})).loggable_type(),
        Some("customer.updated")
    );
    for event_type in ["", "a\nb", "Customer", &"x".repeat(101)] {
        assert_eq!(snapshot(event_type, &json!({})).loggable_type(), None);
    }
}
