use super::*;
use crate::stripe::objects::Reference;

fn settings(trust_payment_links: bool) -> Settings {
    Settings {
        user_metadata_key: "user_id".to_owned(),
        trust_payment_links,
        search: false,
    }
}

fn metadata(user: &str) -> Metadata {
    match user {
        "" => Metadata::new(),
        user => Metadata::from([("user_id".to_owned(), user.to_owned())]),
    }
}

fn user(name: &str) -> User {
    User::named(name).unwrap()
}

fn customer(of: &str) -> Customer {
    Customer {
        created: 0,
        livemode: false,
        metadata: metadata(of),
        subscriptions: crate::stripe::subscription::SubscriptionList::default(),
    }
}

fn subscription(status: &str, of: &str) -> Subscription {
    Subscription {
        status: status.to_owned(),
        metadata: metadata(of),
        ..Subscription::default()
    }
}

fn id(text: &str) -> CustomerId {
    CustomerId::parse(text).unwrap()
}

/// The customer's metadata, subscriptions, the owner record, a session's metadata and reference, the operator's.
type Case<'a> = (
    &'a str,
    &'a [(&'a str, &'a str)],
    &'a str,
    &'a str,
    &'a str,
    &'a str,
    Option<(&'a str, Source)>,
);

#[test]
fn the_first_that_answers_says_whose_a_customer_is() {
    use Source::{
        ClientReference, OperatorsRecord, OwnerRecord as Remembered, SessionMetadata, Stripe,
    };
    let long = "x".repeat(256);
    let cases: &[Case<'_>] = &[
        ("", &[], "", "", "", "", None),
        (
            "a",
            &[("active", "b")],
            "c",
            "d",
            "e",
            "f",
            Some(("a", Stripe)),
        ),
        (
            "",
            &[("active", "b")],
            "c",
            "d",
            "e",
            "f",
            Some(("b", Stripe)),
        ),
        (
            "",
            &[("active", ""), ("past_due", "b")],
            "c",
            "d",
            "e",
            "f",
            Some(("b", Stripe)),
        ),
        (
            "",
            &[("canceled", "b")],
            "c",
            "d",
            "e",
            "f",
            Some(("c", Remembered)),
        ),
        (
            "",
            &[("incomplete_expired", "b")],
            "",
            "d",
            "e",
            "f",
            Some(("d", SessionMetadata)),
        ),
        ("", &[], "", "", "e", "f", Some(("e", ClientReference))),
        ("", &[], "", "", "", "f", Some(("f", OperatorsRecord))),
        // What no token could name does not count.
        (&long, &[], "c", "", "", "", Some(("c", Remembered))),
        (
            "a\nb",
            &[("active", "b")],
            "",
            "",
            "",
            "",
            Some(("b", Stripe)),
        ),
    ];
    for (of_customer, subscriptions, remembered, metadata, reference, operators, expected) in cases
    {
        let of_customer = customer(of_customer);
        let subscriptions: Vec<_> = subscriptions
            .iter()
            .map(|(status, of)| subscription(status, of))
            .collect();
        let remembered = User::named(remembered).map(OwnerRecord::new);
        let session = SessionLink {
            metadata: User::named(metadata),
            reference: User::named(reference),
        };
        let operators = User::named(operators);
        let found = owner(
            Evidence {
                customer: Some((&of_customer, &subscriptions)),
                owner_record: remembered.as_ref(),
                session: Some(&session),
                operators_record: operators.as_ref(),
            },
            &settings(false),
        );
        let expected = expected.map(|(name, source)| (user(name), source));
        assert_eq!(found, expected);
    }
}

#[test]
fn a_deleted_customer_is_nobodys() {
    let remembered = OwnerRecord::new(user("a"));
    let evidence = Evidence {
        owner_record: Some(&remembered),
        ..Evidence::default()
    };
    assert_eq!(owner(evidence, &settings(false)), None);
}

#[test]
fn what_the_buyer_can_choose_links_only_where_the_operator_says_so() {
    for (link, trusted, counts) in [
        (None, false, true),
        (Some("plink_1"), false, false),
        (Some("plink_1"), true, true),
    ] {
        let session = CheckoutSession {
            client_reference_id: Some("buyer".to_owned()),
            payment_link: link.map(|id| Reference(id.to_owned())),
            ..CheckoutSession::default()
        };
        let link = SessionLink::of(&session, &settings(trusted));
        assert_eq!(link.reference.is_some(), counts, "{session:?}");
    }
}

#[test]
fn a_payment_links_metadata_is_the_merchants_and_counts() {
    let session = CheckoutSession {
        payment_link: Some(Reference("plink_1".to_owned())),
        metadata: Some(metadata("a")),
        ..CheckoutSession::default()
    };
    assert_eq!(
        SessionLink::of(&session, &settings(false)).metadata,
        Some(user("a"))
    );
}

#[test]
fn of_several_customers_the_entitled_one_counts_else_the_records_else_the_newest() {
    let candidate = |name: &str, entitled, created| Candidate {
        id: id(name),
        entitled,
        created,
    };
    let (old, new) = (
        candidate("cus_old", false, 1),
        candidate("cus_new", false, 2),
    );
    let (old_paid, new_paid) = (candidate("cus_old", true, 1), candidate("cus_new", true, 2));
    for (candidates, recorded, expected) in [
        (vec![], Some("cus_old"), None),
        (vec![old.clone()], None, Some("cus_old")),
        (vec![old.clone(), new.clone()], None, Some("cus_new")),
        (
            vec![old.clone(), new.clone()],
            Some("cus_old"),
            Some("cus_old"),
        ),
        (
            vec![old.clone(), new.clone()],
            Some("cus_gone"),
            Some("cus_new"),
        ),
        (
            vec![old_paid.clone(), new.clone()],
            Some("cus_new"),
            Some("cus_old"),
        ),
        (
            vec![old.clone(), new_paid.clone()],
            Some("cus_old"),
            Some("cus_new"),
        ),
        (
            vec![old_paid.clone(), new_paid.clone()],
            Some("cus_old"),
            Some("cus_old"),
        ),
        (vec![old_paid, new_paid], None, Some("cus_new")),
    ] {
        let recorded = recorded.map(id);
        let chosen = choose(&candidates, recorded.as_ref()).map(|one| one.id.as_str());
        assert_eq!(chosen, expected, "{candidates:?} {recorded:?}");
    }
}

#[test]
fn an_owner_record_keeps_what_it_does_not_know() {
    let record =
        OwnerRecord::parse(br#"{"user":"a","note":"ours","others":["cus_2","x"]}"#).unwrap();
    assert_eq!(record.user, user("a"));
    assert_eq!(record.others, [id("cus_2")]);
    let moved = record.with(&user("b"), Vec::new());
    assert_eq!(moved.to_bytes(), br#"{"note":"ours","user":"b"}"#);
    let others = (0..20).map(|n| id(&format!("cus_{n}"))).collect();
    assert_eq!(record.with(&user("a"), others).others.len(), MAX_OTHERS);
    assert_eq!(OwnerRecord::new(user("a")).to_bytes(), br#"{"user":"a"}"#);
}

#[test]
fn an_owner_record_that_names_no_user_is_corrupt() {
    for text in [
        "",
        "a",
        "{}",
        r#"{"user":""}"#,
        r#"{"user":7}"#,
        r#"{"user":"a","user":"b"}"#,
    ] {
        assert!(OwnerRecord::parse(text.as_bytes()).is_err(), "{text}");
    }
}
