use super::*;

fn settings(trust_client_reference_id: bool) -> OwnershipSettings {
    OwnershipSettings {
        user_metadata_key: "user_id".to_owned(),
        trust_client_reference_id,
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
    User::linked(name).unwrap()
}

fn customer(of: &str) -> Customer {
    Customer {
        created: 0,
        livemode: false,
        metadata: metadata(of),
        subscriptions: crate::stripe::subscription::Page::default(),
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
        // A value that no token could name does not count.
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
        let remembered =
            User::linked(remembered).map(|user| OwnerRecord::new(user, LinkedBy::Metadata));
        let session = SessionLink {
            metadata: User::linked(metadata),
            reference: User::linked(reference),
        };
        let operators = User::linked(operators);
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
    let remembered = OwnerRecord::new(user("a"), LinkedBy::Metadata);
    let evidence = Evidence {
        owner_record: Some(&remembered),
        ..Evidence::default()
    };
    assert_eq!(owner(evidence, &settings(false)), None);
}

#[test]
fn what_the_buyer_can_choose_links_only_where_the_operator_says_so() {
    let session = CheckoutSession {
        client_reference_id: Some("buyer".to_owned()),
        metadata: Some(metadata("a")),
        ..CheckoutSession::default()
    };
    for trusted in [false, true] {
        let link = SessionLink::of(&session, &settings(trusted));
        assert_eq!(link.reference.is_some(), trusted);
        assert_eq!(link.metadata, Some(user("a")), "the merchant's");
    }
}

#[test]
fn of_several_customers_the_entitled_one_counts_then_metadatas_then_the_records_then_the_newest() {
    use LinkedBy::{Metadata, Reference};
    let candidate = |(name, entitled, by, created): (&str, bool, LinkedBy, i64)| Candidate {
        id: id(name),
        entitled,
        by,
        created,
    };
    let (old, new) = (("old", false, Metadata, 1), ("new", false, Metadata, 2));
    let (old_paid, new_paid) = (("old", true, Metadata, 1), ("new", true, Metadata, 2));
    let (referred, referred_paid) = (("ref", false, Reference, 3), ("ref", true, Reference, 3));
    for (candidates, recorded, expected) in [
        (&[][..], Some("old"), None),
        (&[old], None, Some("old")),
        (&[old, new], None, Some("new")),
        (&[old, new], Some("old"), Some("old")),
        (&[old, new], Some("gone"), Some("new")),
        (&[old_paid, new], Some("new"), Some("old")),
        (&[old, new_paid], Some("old"), Some("new")),
        (&[old_paid, new_paid], Some("old"), Some("old")),
        (&[old_paid, new_paid], None, Some("new")),
        (&[old, referred], None, Some("old")),
        (&[old, referred], Some("ref"), Some("old")),
        (&[old_paid, referred_paid], Some("ref"), Some("old")),
        (&[old, referred_paid], Some("old"), Some("ref")),
    ] {
        let full = |name: &str| format!("cus_{name}");
        let candidates: Vec<_> = candidates
            .iter()
            .map(|&(name, entitled, by, created)| candidate((&full(name), entitled, by, created)))
            .collect();
        let recorded = recorded.map(|name| id(&full(name)));
        let chosen = choose(&candidates, recorded.as_ref()).map(|one| one.id.as_str());
        let expected = expected.map(full);
        assert_eq!(chosen, expected.as_deref(), "{candidates:?} {recorded:?}");
    }
}
