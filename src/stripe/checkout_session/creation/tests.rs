use serde_json::json;

use super::*;
use crate::error::FailureKind;
use crate::stripe::checkout_session::listing;

fn settings() -> CheckoutSettings {
    CheckoutSettings {
        prices: Vec::new(),
        frontend_url: "https://app.example.com".to_owned(),
        hosts: LinkHosts::parse(&["checkout.stripe.com".to_owned()]).unwrap(),
        max_quantity: 9,
        trial_days: 14,
        promotion_codes: false,
        automatic_tax: false,
        success_path: ReturnPath::default(),
        cancel_path: ReturnPath::default(),
    }
}

fn choice() -> Choice {
    Choice {
        price: PriceId::parse("price_1").unwrap(),
        quantity: 1,
        locale: None,
        success_path: ReturnPath::parse("/account?checkout=done").unwrap(),
        cancel_path: ReturnPath::default(),
    }
}

fn session(user: &str, choice: &Choice, settings: &CheckoutSettings, trial: bool) -> NewSession {
    let customer = CustomerId::parse("cus_1").unwrap();
    let user = User::authenticated(user).unwrap();
    NewSession::new(&customer, ("user_id", &user), choice, settings, trial)
}

/// The fields of a call, one a line.
fn fields(session: NewSession) -> Vec<String> {
    let call = session.create(7, "key".to_owned());
    assert_eq!(call.idempotency_key.as_deref(), Some("key"));
    let form = String::from_utf8(call.parameters.into_bytes()).unwrap();
    form.split('&').map(str::to_owned).collect()
}

#[test]
fn a_session_is_made_of_the_choice_and_of_what_the_operator_says() {
    let digest = session("user_1", &choice(), &settings(), false).digest();
    let mark = Mark { number: 7, digest }.to_string().replace(' ', "%20");
    assert_eq!(
        fields(session("user_1", &choice(), &settings(), false)),
        [
            "mode=subscription",
            "customer=cus_1",
            "line_items[0][price]=price_1",
            "line_items[0][quantity]=1",
            "success_url=https%3A%2F%2Fapp.example.com%2Faccount%3Fcheckout%3Ddone",
            "cancel_url=https%3A%2F%2Fapp.example.com%2Faccount",
            "client_reference_id=user_1",
            "subscription_data[metadata][user_id]=user_1",
            "metadata[user_id]=user_1",
            &format!("metadata[portico_checkout]={mark}"),
        ]
    );
    let everything = CheckoutSettings {
        promotion_codes: true,
        automatic_tax: true,
        ..settings()
    };
    let german = Choice {
        quantity: 3,
        locale: Some("de"),
        ..choice()
    };
    let fields = fields(session("user_1", &german, &everything, true));
    for field in [
        "line_items[0][quantity]=3",
        "locale=de",
        "allow_promotion_codes=true",
        "automatic_tax[enabled]=true",
        "customer_update[address]=auto",
        "customer_update[name]=auto",
        "subscription_data[trial_period_days]=14",
    ] {
        assert!(fields.iter().any(|one| one == field), "{field}");
    }
}

#[test]
fn a_long_user_is_named_in_metadata_alone() {
    let has_reference = |user: &str| {
        let fields = fields(session(user, &choice(), &settings(), false));
        fields
            .iter()
            .any(|field| field.starts_with("client_reference_id="))
    };
    assert!(has_reference(&"x".repeat(200)));
    assert!(!has_reference(&"x".repeat(201)));
}

#[test]
fn two_sessions_have_the_same_digest_exactly_if_they_are_made_of_the_same() {
    let digest = |choice: &Choice| session("user_1", choice, &settings(), false).digest();
    let same = digest(&choice());
    assert_eq!(digest(&choice()), same);
    let path = || ReturnPath::parse("/plans").unwrap();
    for other in [
        Choice {
            price: PriceId::parse("price_2").unwrap(),
            ..choice()
        },
        Choice {
            quantity: 2,
            ..choice()
        },
        Choice {
            locale: Some("de"),
            ..choice()
        },
        Choice {
            success_path: path(),
            ..choice()
        },
        Choice {
            cancel_path: path(),
            ..choice()
        },
    ] {
        assert_ne!(digest(&other), same, "{other:?}");
    }
    assert_ne!(
        session("user_1", &choice(), &settings(), true).digest(),
        same
    );
}

#[test]
fn a_page_is_handed_out_only_on_an_allowed_host() {
    let hosts = settings().hosts;
    let answer = |url: &str| json!({"object": "checkout.session", "url": url}).to_string();
    let good = "https://checkout.stripe.com/c/pay/cs_1#fid";
    assert_eq!(url(answer(good).as_bytes(), &hosts).unwrap().expose(), good);
    for text in [
        answer("https://evil.example/c/pay/cs_1"),
        answer("http://checkout.stripe.com/c/pay/cs_1"),
        r#"{"object":"checkout.session","url":null}"#.to_owned(),
        r#"{"object":"billing_portal.session","url":"https://checkout.stripe.com/c"}"#.to_owned(),
        "[]".to_owned(),
    ] {
        let kind = url(text.as_bytes(), &hosts).unwrap_err().kind;
        assert_eq!(kind, FailureKind::StripeRejected, "{text}");
    }
    let list = json!({"object": "list", "has_more": false, "data": [{
        "id": "cs_1", "customer": "cus_1", "status": "open", "url": "https://evil.example/",
        "metadata": {"portico_checkout": "1 x"},
    }]});
    let customer = CustomerId::parse("cus_1").unwrap();
    let found = listing::read(list.to_string().as_bytes(), &customer).unwrap();
    assert!(url_of(&found.own[0], &hosts).is_err());
}
