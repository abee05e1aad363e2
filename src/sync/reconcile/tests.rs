use serde_json::{Value, json};

use super::*;
use crate::ownership::SessionLink;
use crate::records::places::Places;

/// A customer as a case has it.
#[derive(Clone, Copy)]
struct Has {
    /// `living`, `pays`, `deleted` or `missing`.
    state: &'static str,
    /// The user in its metadata.
    named: &'static str,
    /// The user of its own record, and what said so.
    owner: &'static str,
}

const LIVING: Has = Has {
    state: "living",
    named: "",
    owner: "",
};

fn id(text: &str) -> CustomerId {
    CustomerId::parse(text).unwrap()
}

fn user(name: &str) -> User {
    User::linked(name).unwrap()
}

fn known(name: &str, has: Has) -> Known {
    let metadata = match has.named {
        "" => json!({}),
        named => json!({ "user_id": named }),
    };
    let subscriptions: &[Value] = match has.state {
        "pays" => &[json!({
            "status": "active", "items": {"data": [{"price": {"id": "price_1", "product": "prod_1"}}]},
        })],
        _ => &[],
    };
    let created = i64::from(name.as_bytes().last().copied().unwrap());
    let living = || {
        let customer = json!({
            "object": "customer", "id": name, "livemode": false, "created": created,
            "metadata": metadata, "subscriptions": {"data": subscriptions},
        });
        match crate::stripe::customer::read(customer.to_string().as_bytes(), &id(name)) {
            Ok(crate::stripe::customer::Retrieved::Living(customer)) => Box::new(customer),
            other => panic!("{other:?}"),
        }
    };
    let owner = (!has.owner.is_empty()).then(|| {
        let (user, by) = has.owner.split_once(' ').unwrap_or((has.owner, "metadata"));
        let record = json!({"user": user, "by": by}).to_string();
        OwnerRecord::parse(record.as_bytes()).unwrap()
    });
    Known {
        id: id(name),
        state: match has.state {
            "deleted" => State::Deleted,
            "missing" => State::Missing,
            _ => State::Living(living()),
        },
        owner,
    }
}

/// A user's record, `{}` for none, and the customers in the user's places.
fn touched(name: &str, record: &str, places: &[&str]) -> Touched {
    let mut values: Vec<_> = places
        .iter()
        .map(|id| (!id.is_empty()).then(|| id.as_bytes().to_vec()))
        .collect();
    values.resize(8, None);
    Touched {
        user: user(name),
        record: CustomerRecord::parse(record.as_bytes()).unwrap(),
        places: Places::new(values),
    }
}

fn decide(snapshot: &Snapshot, hint: &Hint) -> Verdict {
    let value = |name| {
        let value = match name {
            "stripe_api_key" => "sk_test_1",
            "frontend_url" => "https://app.example.com",
            "jwt_issuer" => "issuer",
            "jwt_audience" => "audience",
            "jwt_hs256_secret" => "0123456789abcdef0123456789abcdef",
            "plans" => "paid=price_1",
            _ => return None,
        };
        Some(value.to_owned())
    };
    let config = Config::from_variables(value).unwrap();
    reconcile(snapshot, hint, &Rules::new(&config, 7))
}

/// Writes a decision in short: `u-` for a record that is removed, `u=cus_1 paid` for one that is written, `u+` for a place,
/// `>u metadata` for the customer's own record.
fn in_short(verdict: &Verdict) -> String {
    let plan = match verdict {
        Verdict::Stop(outcome, _) => return format!("{outcome:?}"),
        Verdict::First(customer, user) => return format!("first {customer} for {}", user.as_str()),
        Verdict::Write(plan) => plan,
    };
    let told = plan.writes.iter().map(|write| match write {
        Write::Record { user, after, .. } => match after {
            None => format!("{}-", user.as_str()),
            Some(after) => {
                let record = CustomerRecord::parse(after).unwrap();
                assert_eq!((record.synced_at, record.livemode), (Some(7), Some(false)));
                let customer = record.customer.unwrap();
                format!("{}={customer} {}", user.as_str(), record.plan)
            }
        },
        Write::Place { user, .. } => format!("{}+", user.as_str()),
        Write::Owner { after, .. } => {
            let by = format!("{:?}", after.by).to_lowercase();
            format!(">{} {by}", after.user.as_str())
        }
    });
    let mut told: Vec<_> = told.collect();
    if plan.introduces {
        told.push("again".to_owned());
    }
    told.join(", ")
}

const OURS_1: &str =
    r#"{"stripe_customer_id":"cus_1","plan":"free","livemode":false,"synced_at":1}"#;
const OURS_2: &str =
    r#"{"stripe_customer_id":"cus_2","plan":"free","livemode":false,"synced_at":1}"#;

#[test]
fn a_snapshot_says_what_is_written_and_in_which_order() {
    let pays = Has {
        state: "pays",
        ..LIVING
    };
    let deleted = Has {
        state: "deleted",
        ..LIVING
    };
    let missing = Has {
        state: "missing",
        ..LIVING
    };
    let of = |has: Has, named, owner| Has {
        named,
        owner,
        ..has
    };
    let u = |record: &str, places: &[&str]| touched("u", record, places);
    let v = |record: &str, places: &[&str]| touched("v", record, places);
    for (case, at_hand, users, others, expected) in [
        ("a stranger's", LIVING, vec![], vec![], "Unlinked"),
        (
            "one that Stripe does not know",
            missing,
            vec![],
            vec![],
            "Unlinked",
        ),
        (
            "a known one that Stripe does not know",
            of(missing, "", "u"),
            vec![u("{}", &[])],
            vec![],
            "Missing",
        ),
        (
            "a new one",
            of(LIVING, "u", ""),
            vec![u("{}", &[])],
            vec![],
            "u+, >u metadata, again",
        ),
        (
            "one that was introduced",
            of(LIVING, "u", "u"),
            vec![u("{}", &["cus_1"])],
            vec![],
            "u=cus_1 free",
        ),
        (
            "one that pays",
            of(pays, "u", "u"),
            vec![u(OURS_1, &["cus_1"])],
            vec![],
            "u=cus_1 paid",
        ),
        (
            "nothing new",
            of(LIVING, "u", "u"),
            vec![u(OURS_1, &["cus_1"])],
            vec![],
            "",
        ),
        (
            "one without a place",
            of(LIVING, "u", "u"),
            vec![u(OURS_1, &[])],
            vec![],
            "u+",
        ),
        (
            "metadata beside a reference",
            of(LIVING, "u", "u reference"),
            vec![u(OURS_1, &["cus_1"])],
            vec![],
            ">u metadata",
        ),
        (
            "only a reference",
            of(LIVING, "", "u reference"),
            vec![u(OURS_1, &["cus_1"])],
            vec![],
            "",
        ),
        (
            "one that passes on",
            of(pays, "v", "u"),
            vec![u(OURS_1, &["cus_1"]), v("{}", &[])],
            vec![],
            "u-, v+, >v metadata, v=cus_1 paid",
        ),
        (
            "one that passes on, of a user with another",
            of(LIVING, "v", "u"),
            vec![u(OURS_1, &["cus_1", "cus_2"]), v(OURS_2, &["", "cus_1"])],
            vec![("cus_2", of(LIVING, "u", "u"))],
            "u=cus_2 free, >v metadata, v=cus_1 free",
        ),
        (
            "a deleted one",
            of(deleted, "", "u"),
            vec![u(OURS_1, &["cus_1"])],
            vec![],
            "u-",
        ),
        (
            "a deleted one that is not recorded",
            of(deleted, "", "u"),
            vec![u(OURS_2, &["cus_1"])],
            vec![("cus_2", of(LIVING, "u", "u"))],
            "",
        ),
        (
            "the operator's deleted one",
            of(deleted, "", "u"),
            vec![u("cus_1", &["cus_1"])],
            vec![],
            "",
        ),
        (
            "a deleted one of somebody without a record",
            of(deleted, "", "u"),
            vec![u("{}", &["cus_1"])],
            vec![],
            "",
        ),
        (
            "the recorded one is unknown to Stripe",
            of(deleted, "", "u"),
            vec![u(OURS_2, &["cus_1"])],
            vec![("cus_2", missing)],
            "",
        ),
        (
            "another pays",
            of(LIVING, "u", "u"),
            vec![u(OURS_1, &["cus_1", "cus_2"])],
            vec![("cus_2", of(pays, "u", "u"))],
            "u=cus_2 paid",
        ),
        (
            "another pays, and is not known to be the user's",
            of(LIVING, "u", "u"),
            vec![u(OURS_1, &["cus_1", "cus_2"])],
            vec![("cus_2", of(pays, "u", ""))],
            "first cus_2 for u",
        ),
        (
            "another pays that a reference links",
            of(pays, "u", "u"),
            vec![u(OURS_2, &["cus_1", "cus_2"])],
            vec![("cus_2", of(pays, "", "u reference"))],
            "u=cus_1 paid",
        ),
        (
            "another is another's by now",
            of(deleted, "", "u"),
            vec![u(OURS_2, &["cus_1", "cus_2"])],
            vec![("cus_2", of(pays, "v", "u"))],
            "u-",
        ),
    ] {
        let snapshot = Snapshot {
            at_hand: known("cus_1", at_hand),
            users,
            others: others.into_iter().map(|(id, has)| known(id, has)).collect(),
        };
        let verdict = decide(&snapshot, &Hint::default());
        assert_eq!(in_short(&verdict), expected, "{case}");
    }
}

#[test]
fn a_hint_counts_where_nothing_at_stripe_or_in_the_store_does() {
    let session = |metadata: &str, reference: &str| Hint {
        session: Some(SessionLink {
            metadata: User::linked(metadata),
            reference: User::linked(reference),
        }),
        ..Hint::default()
    };
    let caller = Hint {
        caller: Some(user("u")),
        ..Hint::default()
    };
    let pays = Has {
        state: "pays",
        named: "u",
        owner: "u",
    };
    let missing = Has {
        state: "missing",
        ..LIVING
    };
    for (case, hint, at_hand, record, other, expected) in [
        (
            "metadata",
            session("u", "v"),
            LIVING,
            "{}",
            None,
            "u+, >u metadata, again",
        ),
        (
            "a reference",
            session("", "u"),
            LIVING,
            "{}",
            None,
            "u+, >u reference, again",
        ),
        (
            "a reference beside one that pays",
            session("", "u"),
            LIVING,
            OURS_2,
            Some(pays),
            "Conflict",
        ),
        (
            "metadata beside one that pays",
            session("u", ""),
            LIVING,
            OURS_2,
            Some(pays),
            "u+, >u metadata, again",
        ),
        (
            "a session of none",
            session("", "u"),
            missing,
            "{}",
            None,
            "Missing",
        ),
        (
            "a caller's none",
            caller.clone(),
            missing,
            "cus_1",
            None,
            "Missing",
        ),
        (
            "the operator's record",
            caller.clone(),
            LIVING,
            "cus_1",
            None,
            "u+, >u metadata, again",
        ),
        (
            "the operator's record of another",
            caller.clone(),
            LIVING,
            "cus_2",
            Some(LIVING),
            "first cus_2 for u",
        ),
        ("nobody's", caller, LIVING, OURS_1, None, "u-"),
    ] {
        let snapshot = Snapshot {
            at_hand: known("cus_1", at_hand),
            users: vec![touched("u", record, &["", "cus_2"])],
            others: other.map(|has| known("cus_2", has)).into_iter().collect(),
        };
        assert_eq!(in_short(&decide(&snapshot, &hint)), expected, "{case}");
    }
}

#[test]
fn one_that_comes_first_waits_for_no_other() {
    let swapped = |named, owner| Has {
        named,
        owner,
        ..LIVING
    };
    let snapshot = Snapshot {
        at_hand: known("cus_1", swapped("v", "u")),
        users: vec![
            touched("u", OURS_1, &["cus_1", "cus_2"]),
            touched("v", OURS_2, &["cus_1", "cus_2"]),
        ],
        others: vec![known("cus_2", swapped("u", "v"))],
    };
    let mut hint = Hint::default();
    assert_eq!(in_short(&decide(&snapshot, &hint)), "first cus_2 for u");
    hint.comes_first = true;
    let expected = "u-, >v metadata, v=cus_1 free";
    assert_eq!(in_short(&decide(&snapshot, &hint)), expected);
}

#[test]
fn a_ninth_customer_takes_the_place_that_can_best_be_spared_and_never_one_that_pays() {
    let names: Vec<_> = (2..=9).map(|number| format!("cus_{number}")).collect();
    let of = |state, named, owner| Has {
        state,
        named,
        owner,
    };
    let mine = of("living", "u", "u");
    let pays = of("pays", "u", "u");
    for (case, at_hand, others, places) in [
        ("all alike", mine, [mine; 8], &[][..]),
        ("it pays", pays, [mine; 8], &[0]),
        (
            "one is another's",
            mine,
            [
                mine,
                mine,
                of("living", "v", "v"),
                mine,
                mine,
                mine,
                mine,
                mine,
            ],
            &[2],
        ),
        (
            "one is deleted",
            mine,
            [
                mine,
                mine,
                mine,
                mine,
                mine,
                mine,
                of("deleted", "", "u"),
                mine,
            ],
            &[6],
        ),
        (
            "one is unknown",
            pays,
            [
                pays,
                pays,
                of("missing", "", ""),
                pays,
                pays,
                pays,
                pays,
                mine,
            ],
            &[2],
        ),
        (
            "all but one pay",
            pays,
            [pays, pays, pays, mine, pays, pays, pays, pays],
            &[3],
        ),
        ("all pay, and it does not", mine, [pays; 8], &[]),
        ("all pay", pays, [pays; 8], &[]),
    ] {
        let others = names.iter().zip(others);
        let places: (Vec<_>, _) = (names.iter().map(String::as_str).collect(), places);
        let record = OURS_1.replace("cus_1", "cus_9");
        let snapshot = Snapshot {
            at_hand: known("cus_1", at_hand),
            users: vec![touched("u", &record, &places.0)],
            others: others.map(|(name, has)| known(name, has)).collect(),
        };
        let hint = Hint::default();
        let config_rules = decide(&snapshot, &hint);
        let Verdict::Write(plan) = config_rules else {
            panic!("{case}");
        };
        let free: Vec<_> = plan
            .writes
            .iter()
            .filter_map(|write| match write {
                Write::Place { free, .. } => Some(free.clone()),
                _ => None,
            })
            .flatten()
            .collect();
        assert_eq!(free, places.1, "{case}");
    }
}

#[test]
fn an_entitled_subscription_that_fits_no_plan_names_its_price() {
    let mut at_hand = known(
        "cus_1",
        Has {
            state: "pays",
            named: "u",
            owner: "u",
        },
    );
    for (price, told) in [
        ("price_1", None),
        ("price_2", Some("price_2")),
        ("gold-plan.v2", Some("gold-plan.v2")),
        ("x@example.com", Some("a price")),
    ] {
        let State::Living(customer) = &mut at_hand.state else {
            panic!("not living");
        };
        price.clone_into(&mut customer.subscriptions.data[0].items.data[0].price.id);
        let snapshot = Snapshot {
            at_hand: at_hand.clone(),
            users: vec![touched("u", OURS_1, &["cus_1"])],
            others: Vec::new(),
        };
        let Verdict::Write(plan) = decide(&snapshot, &Hint::default()) else {
            panic!("nothing to write");
        };
        let expected = told.map(|told| format!("an entitled subscription fits no plan: {told}"));
        assert_eq!(plan.note, expected, "{price}");
    }
}
