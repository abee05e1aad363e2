use std::collections::BTreeMap;
use std::time::Duration;

use super::*;
use crate::auth::{Claim, JwksSource};
use crate::plan::PlanName;
use crate::platform::memory::MemoryPlatform;
use crate::signatures::hs256;
use crate::stripe::link::Link;

mod values;

/// The least that an operator must set.
const REQUIRED: [(&str, &str); 5] = [
    ("stripe_api_key", "sk_test_4eC39HqLyjWDarjtT1zdp7dc"),
    ("frontend_url", "https://app.example.com"),
    ("jwt_issuer", "https://id.example.com/"),
    ("jwt_audience", "portico"),
    ("jwt_hs256_secret", "0123456789abcdef0123456789abcdef"),
];

fn read(changes: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let values: BTreeMap<&str, &str> = REQUIRED
        .into_iter()
        .chain(changes.iter().copied())
        .collect();
    Config::from_variables(|name| values.get(name).map(|&value| value.to_owned()))
}

/// The variables that have problems.
#[track_caller]
fn problems(changes: &[(&str, &str)]) -> Vec<&'static str> {
    let error = read(changes).expect_err("the configuration is taken");
    error
        .problems
        .iter()
        .map(|problem| problem.variable)
        .collect()
}

#[test]
fn every_variable_is_read() {
    let asked = std::cell::RefCell::new(Vec::new());
    let _ = Config::from_variables(|name| {
        asked.borrow_mut().push(name);
        None
    });
    for variable in VARIABLES {
        assert!(asked.borrow().contains(&variable.name), "{}", variable.name);
    }
}

#[test]
fn the_defaults_are_those_of_the_contract() {
    let config = read(&[]).unwrap();
    let stripe = &config.stripe;
    assert_eq!(stripe.api_base.as_str(), "https://api.stripe.com");
    assert_eq!(stripe.api_version, "2026-10-28.endive");
    assert_eq!(
        (&config.portal.configuration, &config.portal.on_behalf_of),
        (&None, &None)
    );
    assert_eq!(stripe.timeout, Duration::from_secs(8));
    assert_eq!(stripe.max_retries, 2);
    assert!(Link::parse("https://billing.stripe.com/p", &config.portal.hosts).is_some());
    assert!(config.allowed_coupons.is_empty());
    for link in ["https://invoice.stripe.com/i", "https://pay.stripe.com/r"] {
        assert!(Link::parse(link, &config.invoice_hosts).is_some(), "{link}");
    }
    let checkout = &config.checkout;
    assert!(checkout.prices.is_empty());
    assert!(Link::parse("https://checkout.stripe.com/c", &checkout.hosts).is_some());
    assert_eq!((checkout.max_quantity, checkout.trial_days), (1, 0));
    assert!(!checkout.promotion_codes && !checkout.automatic_tax);
    assert_eq!(checkout.success_path.as_str(), "/account?checkout=done");
    assert_eq!(checkout.cancel_path.as_str(), "/account");
    assert_eq!(checkout.frontend_url, "https://app.example.com");
    assert_eq!(stripe.livemode, Some(false));
    assert_eq!(config.portal.frontend_url, "https://app.example.com");
    assert_eq!(config.allowed_origins.len(), 1);
    assert_eq!(config.auth.audience_claim, Claim::parse("aud").unwrap());
    assert_eq!(config.auth.user_claim, Claim::parse("sub").unwrap());
    assert_eq!(config.auth.managers, None);
    assert_eq!(config.auth.leeway, Duration::from_secs(30));
    assert_eq!(
        (config.max_body_bytes, config.auth.max_token_bytes),
        (4_096, 8_192)
    );
    for (plan, requests) in [("free", 5), ("paid", 30), ("team", 5)] {
        let limit = config.rate_limits.of(&PlanName::parse(plan).unwrap());
        let limit = limit.unwrap();
        assert_eq!((limit.requests, limit.window.get()), (requests, 60));
    }
    assert_eq!(
        config.cost,
        Cost {
            request_cost: 0,
            upgrade_url: None
        }
    );
}

#[test]
fn what_is_required_is_reported_by_name_and_all_at_once() {
    let error = Config::from_variables(|_| None).unwrap_err();
    let names: Vec<_> = error
        .problems
        .iter()
        .map(|problem| problem.variable)
        .collect();
    assert_eq!(
        names,
        [
            "stripe_api_key",
            "frontend_url",
            "jwt_issuer",
            "jwt_audience",
            "jwt_hs256_secret"
        ]
    );
    assert!(error.concerns_keys());
    for (name, _) in REQUIRED {
        for blank in ["", "  \n"] {
            assert_eq!(problems(&[(name, blank)]), [name]);
        }
    }
}

#[test]
fn one_source_of_keys_is_enough_and_none_is_not() {
    let without_secret = |changes: &[(&'static str, &'static str)]| {
        let mut all = vec![("jwt_hs256_secret", "")];
        all.extend_from_slice(changes);
        read(&all)
    };
    assert!(without_secret(&[]).unwrap_err().concerns_keys());
    let jwks = without_secret(&[("jwt_jwks_origin", "https://id.example.com")]).unwrap();
    assert!(jwks.auth.keys.is_empty());
    assert_eq!(
        jwks.auth.jwks,
        Some(JwksSource {
            origin: Origin::parse("https://id.example.com").unwrap(),
            path: "/.well-known/jwks.json".to_owned(),
        })
    );
    let hs256 = read(&[]).unwrap();
    assert_eq!(hs256.auth.keys.len(), 1);
    assert_eq!(hs256.auth.keys[0].algorithm().name, hs256::ALGORITHM.name);
}

#[test]
fn a_key_whose_mode_is_not_told_has_none() {
    for (key, livemode) in [
        ("sk_test_1", Some(false)),
        ("rk_test_1", Some(false)),
        ("sk_live_1", Some(true)),
        ("sk_1", None),
        ("sk_org_live_1", None),
    ] {
        assert_eq!(
            read(&[("stripe_api_key", key)]).unwrap().stripe.livemode,
            livemode,
            "{key}"
        );
    }
}

#[test]
fn a_configuration_does_not_show_its_secrets() {
    let shown = format!("{:?}", read(&[]).unwrap());
    for (name, value) in REQUIRED {
        if name.ends_with("key") || name.ends_with("secret") {
            assert!(!shown.contains(value), "{shown}");
        }
    }
}

#[test]
fn a_role_claim_and_roles_are_set_together() {
    let roles = |claim, roles| {
        let read = read(&[("jwt_role_claim", claim), ("billing_roles", roles)]);
        read.map(|config| config.auth.managers)
    };
    let both = roles(" /o/rol ", "owner, billing admin ,")
        .unwrap()
        .unwrap();
    assert_eq!(both.claim, Claim::parse("/o/rol").unwrap());
    assert_eq!(both.roles, ["owner", "billing admin"]);
    assert_eq!(roles(" ", ",").unwrap(), None);
    for (claim, of_claim, named) in [
        ("role", " , ", "billing_roles"),
        ("", "owner", "jwt_role_claim"),
        ("/o/~rol", "owner", "jwt_role_claim"),
    ] {
        let error = roles(claim, of_claim).unwrap_err();
        let names: Vec<_> = error
            .problems
            .iter()
            .map(|problem| problem.variable)
            .collect();
        assert_eq!(names, [named]);
    }
}

#[test]
fn white_space_around_a_secret_does_not_count_and_white_space_in_it_does() {
    use portico_tokens::hs256;
    use serde_json::json;

    let secret = "words of a passphrase, 32 bytes or more";
    let now = Duration::from_secs(1_800_000_000);
    let claims = json!({"iss": "https://id.example.com/", "aud": "portico", "sub": "u", "exp": 1_800_000_060});
    let token = hs256(&claims, secret.as_bytes());
    for (before, after) in [
        ("", ""),
        ("", "\n"),
        ("", "\r\n"),
        ("  ", " \t"),
        ("\n", "\n\n"),
    ] {
        let value = format!("{before}{secret}{after}");
        let tokens = read(&[("jwt_hs256_secret", &value)]).unwrap().auth;
        assert!(
            crate::auth::verify(&token, &tokens, &tokens.keys, now).is_ok(),
            "{value:?}"
        );
    }
    let padded = format!("{}{}", "x".repeat(31), " ".repeat(9));
    let error = read(&[("jwt_hs256_secret", &padded)]).unwrap_err();
    assert_eq!(error.problems[0].variable, "jwt_hs256_secret");
    let blank = read(&[("jwt_hs256_secret", &" ".repeat(40))]);
    assert!(blank.is_err(), "it is as if there were none");
}

#[test]
fn what_the_provider_cannot_tell_is_reported_with_what_else_is_wrong() {
    let others = read(&[("stripe_timeout_ms", "soon"), ("frontend_url", "")]).unwrap_err();
    let error = ConfigError::unreadable(vec!["frontend_url"], Some(others));
    let names: Vec<_> = error
        .problems
        .iter()
        .map(|problem| problem.variable)
        .collect();
    assert_eq!(names, ["frontend_url", "stripe_timeout_ms"]);
}

#[test]
fn an_allowed_host_that_is_blank_is_reported_by_its_name_and_white_space_around_one_does_not_count()
{
    for name in ["stripe_api_base", "jwt_jwks_origin", "counter_redis"] {
        for blank in [" ", "\n", "\t\r\n "] {
            let error = read(&[(name, blank)]).unwrap_err();
            let [problem] = &error.problems[..] else {
                panic!("{name} {:?}", error.problems)
            };
            assert_eq!(problem.variable, name);
            assert!(problem.message.contains("white space"), "{name}");
        }
    }
    for (name, value) in [
        ("stripe_api_base", " https://api.stripe.com\n"),
        ("jwt_jwks_origin", "\thttps://id.example.com "),
        ("counter_redis", "redis://cache:6379\n"),
        ("jwt_jwks_origin", ""),
        ("counter_redis", ""),
    ] {
        assert!(read(&[(name, value)]).is_ok(), "{name} {value:?}");
    }
}

#[test]
fn several_issuers_have_one_source_of_keys() {
    let jwks = ("jwt_jwks_origin", "https://id.example.com");
    for (issuers, other, valid) in [
        ("a", jwks, true),
        ("a,b", ("jwt_jwks_origin", ""), true),
        ("a,b", jwks, false),
    ] {
        let config = read(&[("jwt_issuer", issuers), other]);
        assert_eq!(config.is_ok(), valid, "{issuers} {other:?}");
        if let Err(error) = config {
            assert_eq!(error.problems[0].variable, "jwt_issuer");
            assert_eq!(error.problems.len(), 1);
        }
    }
}

#[test]
fn records_keep_themselves_as_the_operator_says() {
    let config = read(&[]).unwrap();
    assert!(config.webhook.secrets.is_empty());
    assert_eq!(config.webhook.max_bytes, 1 << 20);
    assert_eq!(config.ownership.user_metadata_key, "user_id");
    assert!(!config.ownership.trust_client_reference_id && !config.ownership.search);
    assert_eq!(
        config.plans.entitled_statuses,
        ["active", "trialing", "past_due"]
    );
    let config = read(&[
        ("stripe_webhook_secrets", "whsec_a, whsec_b+/="),
        ("user_metadata_key", "uid"),
        ("trust_client_reference_id", "true"),
        ("customer_lookup", "metadata"),
        ("entitled_statuses", "active,unpaid"),
    ])
    .unwrap();
    assert_eq!(config.webhook.secrets.len(), 2);
    assert!(config.ownership.trust_client_reference_id && config.ownership.search);
    for (variable, value) in [
        ("stripe_webhook_secrets", "sk_test_1"),
        ("stripe_webhook_secrets", "whsec_"),
        ("stripe_webhook_secrets", "whsec_a b"),
        (
            "stripe_webhook_secrets",
            "whsec_1,whsec_2,whsec_3,whsec_4,whsec_5,whsec_6",
        ),
        ("max_webhook_bytes", "0"),
        ("user_metadata_key", ""),
        ("user_metadata_key", "user[id]"),
        ("trust_client_reference_id", "yes"),
        ("customer_lookup", "email"),
        ("plans", ""),
        ("plans", "paid"),
        ("plans", "paid=*,paid=x"),
        ("entitled_statuses", ""),
        ("entitled_statuses", "active,canceled"),
    ] {
        assert_eq!(problems(&[(variable, value)]), [variable], "{value}");
    }
}

const ON_REDIS: (&str, &str) = ("counter_redis", "redis://cache:6379");

/// The problems of a configuration on a platform.
fn misplaced(changes: &[(&str, &str)], platform: &MemoryPlatform) -> Vec<&'static str> {
    match read(changes).unwrap().place_counters(platform) {
        Ok(()) => Vec::new(),
        Err(error) => error
            .problems
            .iter()
            .map(|problem| problem.variable)
            .collect(),
    }
}

#[test]
fn a_platform_that_cannot_reach_redis_does_not_pass_over_that_it_is_told_to_count_there() {
    let platform = MemoryPlatform::default();
    assert!(misplaced(&[ON_REDIS], &platform).is_empty());
    platform.take_redis_away();
    assert_eq!(misplaced(&[ON_REDIS], &platform), ["counter_redis"]);
    assert!(misplaced(&[], &platform).is_empty());
}

#[test]
fn where_each_instance_counts_for_itself_no_call_costs_anything() {
    let platform = MemoryPlatform::default();
    platform.count_alone();
    assert!(misplaced(&[], &platform).is_empty());
    let cost = ("request_cost", "1");
    assert_eq!(misplaced(&[cost], &platform), ["request_cost"]);
    assert!(misplaced(&[cost, ON_REDIS], &platform).is_empty());
}
