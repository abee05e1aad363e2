//! Values of single variables, and what is told of a bad one.

use super::*;

#[test]
fn white_space_around_a_value_does_not_count() {
    /// A value for each variable whose default is empty; two that need another one have it in their line.
    const SET: [(&str, &str, &[(&str, &str)]); 13] = [
        ("stripe_portal_configuration", "bpc_1", &[]),
        ("stripe_on_behalf_of", "acct_1", &[]),
        ("cors_origins", "https://admin.example.com", &[]),
        (
            "jwt_public_keys",
            r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#,
            &[],
        ),
        ("jwt_jwks_origin", "https://id.example.com", &[]),
        ("jwt_role_claim", "role", &[("billing_roles", "owner")]),
        ("billing_roles", "owner", &[("jwt_role_claim", "role")]),
        ("upgrade_url", "https://app.example.com/upgrade", &[]),
        ("allowed_coupons", "WELCOME", &[]),
        ("stripe_webhook_secrets", "whsec_1", &[]),
        ("counter_redis", "redis://cache:6379", &[]),
        ("counter_redis_credentials", "user:password", &[]),
        ("base_path", "/billing", &[]),
    ];
    fn shown(name: &str, value: &str, others: &[(&str, &str)]) -> String {
        let changes: Vec<_> = others.iter().copied().chain([(name, value)]).collect();
        let config = read(&changes).unwrap_or_else(|error| panic!("{name} {value:?}: {error}"));
        format!("{config:?}")
    }
    for variable in VARIABLES {
        let name = variable.name;
        let set = SET.iter().find(|(set, ..)| *set == name);
        let required = REQUIRED.iter().find(|(required, _)| *required == name);
        let value = required.map(|(_, value)| *value).or(variable.default);
        let (value, others) = set.map_or((value.unwrap(), &[][..]), |(_, value, others)| {
            (*value, *others)
        });
        let expected = shown(name, value, others);
        let padded = format!(" \t{value}\r\n");
        assert_eq!(shown(name, &padded, others), expected, "{name}");
    }
}

#[test]
fn an_invalid_value_is_reported_by_its_variable_and_never_shown() {
    for (name, values) in [
        (
            "stripe_api_key",
            &[
                "pk_test_1",
                "sk_",
                "sk_test_\u{e9}",
                "sk_test_1\r\nX: y",
                "Bearer sk_test_1",
            ] as &[&str],
        ),
        (
            "stripe_api_base",
            &[
                "HTTPS://api.stripe.com",
                "https://API.stripe.com",
                "api.stripe.com",
                "http://api.stripe.com",
                "https://api.stripe.com/v1",
                "https://u@api.stripe.com",
                "ftp://x",
            ],
        ),
        (
            "stripe_api_version",
            &["", "2026-10-28\u{e9}", "2026\r\nX: y"],
        ),
        (
            "stripe_portal_configuration",
            &["bpc", "bpc_", "pc_1", "bpc_1&x=y"],
        ),
        ("stripe_on_behalf_of", &["acct_", "cus_1"]),
        (
            "checkout_prices",
            &[
                "basic",
                "pro=prod_1",
                "=price_1",
                "a b=price_1",
                "pro=price_1,pro=price_2",
                "pro=price_1=price_2",
                "pro=price_1|price_2",
            ],
        ),
        ("checkout_hosts", &["", "https://checkout.stripe.com"]),
        ("checkout_max_quantity", &["0", "-1", "1000000", "x", ""]),
        ("checkout_trial_days", &["1", "731", "-1", "x", ""]),
        ("checkout_promotion_codes", &["yes", "TRUE", ""]),
        ("checkout_automatic_tax", &["1", ""]),
        ("checkout_success_path", &["", "//x", "account", "/../x"]),
        ("checkout_cancel_path", &["https://x", "/a b"]),
        (
            "stripe_timeout_ms",
            &[
                "",
                "0",
                "-1",
                "8s",
                "1.5",
                "120001",
                "+5",
                "99999999999999999999",
            ],
        ),
        ("stripe_max_retries", &["", "11", "-1", "two"]),
        (
            "portal_hosts",
            &[
                "",
                ",",
                "https://billing.stripe.com",
                "billing.stripe.com/x",
                "*.stripe.com",
                "u@billing.stripe.com",
            ],
        ),
        (
            "frontend_url",
            &[
                "app.example.com",
                "https://app.example.com?x",
                "https://app.example.com/a b",
                "https://app.example.com/#x",
                "https://app.example.com/a\\b",
            ],
        ),
        (
            "cors_origins",
            &[
                "*",
                "null",
                "https://*.example.com",
                "https://a.example.com/x",
                "https://a.example.com https://b.example.com",
            ],
        ),
        ("jwt_hs256_secret", &["0123456789abcdef0123456789abcde"]),
        (
            "jwt_public_keys",
            &["x", "{}", "-----BEGIN PUBLIC KEY-----"],
        ),
        (
            "jwt_jwks_origin",
            &[
                "id.example.com",
                "http://id.example.com",
                "https://id.example.com/jwks.json",
            ],
        ),
        (
            "jwt_jwks_path",
            &["jwks.json", "//evil.example/jwks.json", "/a b"],
        ),
        ("jwt_audience_claim", &["", " ", "/a~2"]),
        ("jwt_user_claim", &["", "/o/~id"]),
        ("jwt_leeway_seconds", &["", "301", "-1"]),
        (
            "rate_limits",
            &[
                "",
                "free",
                "free=5",
                "free=5/",
                "free=0/60",
                "free=5/0",
                "=5/60",
                "free=5/60;paid=30/60",
                "free=5/60,free=6/60",
                "off,free=5/60",
                "free=5/86401",
                "a\"b=1/1",
            ],
        ),
        ("request_cost", &["", "-1", "1.5", "x", "1000000000001"]),
        (
            "upgrade_url",
            &[
                "upgrade",
                "javascript:alert(1)",
                "https://app.example.com/a b",
            ],
        ),
        ("max_body_bytes", &["", "0", "1048577", "4k"]),
        ("max_token_bytes", &["", "0", "1048577"]),
        (
            "counter_redis",
            &[
                "http://cache:6379",
                "redis://cache.example.com",
                "redis://user:hunter2@cache:6379",
                "redis://cache:6379/1",
                "redis://Cache:6379",
            ],
        ),
        (
            "counter_redis_credentials",
            &["hunter2hunter2", "user:", "user:hunter2\u{0}"],
        ),
    ] {
        for value in values {
            assert_eq!(problems(&[(name, value)]), [name], "{name}={value}");
            if value.len() > 8 {
                let shown = read(&[(name, value)]).unwrap_err().to_string();
                assert!(!shown.contains(value), "{shown}");
            }
        }
    }
}

#[test]
fn values_are_taken_in_every_form_that_is_allowed() {
    let config = read(&[
        ("stripe_api_key", " rk_live_1 "),
        ("stripe_api_base", "http://127.0.0.1:12111"),
        (
            "portal_hosts",
            "Billing.Example.com, 127.0.0.1:12111,billing.stripe.com:443",
        ),
        ("frontend_url", "https://App.Example.com:443/base/"),
        (
            "cors_origins",
            "http://192.168.0.5:5173, https://admin.example.com/",
        ),
        (
            "stripe_api_version",
            "2026-10-28.endive; billing_portal_beta=v1",
        ),
        ("jwt_jwks_path", ""),
        ("jwt_issuer", "a, b ,c"),
        ("jwt_audience", "x,y"),
        ("rate_limits", "team=10/1, free = 1/3600"),
        ("request_cost", "7"),
        ("allowed_coupons", " SUMMER ,Été 20%"),
        ("invoice_hosts", "bills.example.com"),
        ("upgrade_url", "https://app.example.com/pricing?from=portal"),
    ])
    .unwrap();
    assert_eq!(config.stripe.api_key.expose(), "rk_live_1");
    assert_eq!(config.stripe.livemode, Some(true));
    assert_eq!(config.stripe.api_base.as_str(), "http://127.0.0.1:12111");
    for link in [
        "https://billing.example.com/p",
        "http://127.0.0.1:12111/p",
        "https://billing.stripe.com/p",
    ] {
        assert!(Link::parse(link, &config.portal.hosts).is_some(), "{link}");
    }
    assert_eq!(config.portal.frontend_url, "https://app.example.com/base");
    let origins: Vec<_> = config.allowed_origins.iter().map(Origin::as_str).collect();
    assert_eq!(
        origins,
        [
            "https://app.example.com",
            "http://192.168.0.5:5173",
            "https://admin.example.com"
        ]
    );
    assert_eq!(
        config.stripe.api_version,
        "2026-10-28.endive; billing_portal_beta=v1"
    );
    assert_eq!(config.auth.issuers, ["a", "b", "c"]);
    assert_eq!(config.auth.audiences, ["x", "y"]);
    let free = config.rate_limits.of(&PlanName::default()).unwrap();
    assert_eq!((free.requests, free.window.get()), (1, 3_600));
    assert_eq!(config.allowed_coupons, ["SUMMER", "Été 20%"]);
    for (link, taken) in [
        ("https://bills.example.com/i", true),
        ("https://invoice.stripe.com/i", false),
    ] {
        let link = Link::parse(link, &config.invoice_hosts);
        assert_eq!(link.is_some(), taken);
    }
    assert_eq!(config.cost.request_cost, 7);
    let off = read(&[("rate_limits", "off")]).unwrap().rate_limits;
    assert_eq!(off, RateLimits::OFF);
}

#[test]
fn what_is_for_sale_has_names_of_the_operators_own() {
    let read = |prices: &str| {
        let config = read(&[("checkout_prices", prices), ("checkout_trial_days", "730")]).unwrap();
        let prices = config.checkout.prices.into_iter();
        prices
            .map(|(name, price)| format!("{name}={price}"))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        read(" pro_monthly = price_1, Pro-yearly!=price_2 ,"),
        ["pro_monthly=price_1", "Pro-yearly!=price_2"]
    );
    assert_eq!(read("a=price_1,b=price_1"), ["a=price_1", "b=price_1"]);
    assert!(read(" ").is_empty());
}
