//! Checks `docs/identity-providers.md`: Portico accepts the settings on the page, and treats the tokens of each
//! provider as the page says.

use std::collections::BTreeMap;
use std::time::Duration;

use portico::auth::{Claim, Refusal, verify};
use portico::config::{Config, ConfigError, VARIABLES};
use portico_tokens::hs256;
use serde_json::{Value, json};

mod teams;

/// The secret with which the tokens of these tests are signed, whatever the provider signs with.
const SECRET: &str = "identity-providers-0123456789abcdef";

/// The time of these tests.
const NOW: Duration = Duration::from_secs(1_800_000_000);

const PAGE: &str = include_str!("../../docs/identity-providers.md");

/// The settings that every operator must make besides.
const OTHERS: [(&str, &str); 2] = [
    ("stripe_api_key", "sk_test_4eC39HqLyjWDarjtT1zdp7dc"),
    ("frontend_url", "https://app.example.com"),
];

/// A block of settings of the page, and the heading that it is under.
struct Example {
    provider: &'static str,
    settings: BTreeMap<&'static str, &'static str>,
}

fn examples() -> Vec<Example> {
    let mut examples = Vec::new();
    for section in PAGE.split("\n## ").skip(1) {
        let provider = section.lines().next().unwrap();
        for block in section.split("```sh\n").skip(1) {
            let (block, _) = block.split_once("\n```").unwrap();
            let setting = |line: &'static str| {
                line.split_once('=')
                    .unwrap_or_else(|| panic!("{provider}: not a setting: {line}"))
            };
            examples.push(Example {
                provider,
                settings: block.lines().map(setting).collect(),
            });
        }
    }
    examples
}

fn read(example: &Example) -> Result<Config, ConfigError> {
    Config::from_variables(|name| {
        let other = OTHERS.iter().find(|(other, _)| *other == name);
        let value = example.settings.get(name).copied();
        value.or(other.map(|(_, value)| *value)).map(str::to_owned)
    })
}

#[test]
fn every_provider_of_the_page_has_settings() {
    let examples = examples();
    for provider in [
        "Auth0",
        "Okta",
        "Amazon Cognito",
        "Clerk",
        "Supabase",
        "Keycloak",
        "Firebase",
        "WorkOS",
        "Logto",
        "Zitadel",
        "Microsoft Entra ID",
        "Kinde",
        "Your own Django or Laravel",
    ] {
        assert!(
            examples.iter().any(|example| example.provider == provider),
            "{provider}"
        );
        let heading = provider.to_lowercase().replace(' ', "-");
        let link = format!("[{provider}](#{heading})");
        assert!(PAGE.contains(&link), "{link}");
    }
    let count = |provider| {
        let of_provider = examples
            .iter()
            .filter(|example| example.provider == provider);
        of_provider.count()
    };
    assert_eq!(count("Supabase"), 2);
    assert_eq!(count("Your own Django or Laravel"), 2);
    assert_eq!(examples.len(), 15, "the others have one");
}

#[test]
fn the_settings_of_every_provider_are_accepted_as_they_stand() {
    for example in examples() {
        let provider = example.provider;
        for name in example.settings.keys() {
            let known = VARIABLES.iter().any(|variable| variable.name == *name);
            assert!(known, "{provider}: there is no variable {name}");
        }
        let config = read(&example).unwrap_or_else(|error| panic!("{provider}: {error}"));
        let tokens = config.auth;
        assert_eq!(
            tokens.issuers,
            [example.settings["jwt_issuer"]],
            "{provider}"
        );
        assert_eq!(
            tokens.audiences,
            [example.settings["jwt_audience"]],
            "{provider}"
        );
        let claim = Claim::parse(example.settings["jwt_user_claim"]).unwrap();
        assert_eq!(tokens.user_claim, claim, "{provider}");
        let audience_claim = example.settings.get("jwt_audience_claim").unwrap_or(&"aud");
        let claim = Claim::parse(audience_claim).unwrap();
        assert_eq!(tokens.audience_claim, claim, "{provider}");
        match tokens.jwks {
            Some(source) => {
                assert_eq!(
                    source.origin.as_str(),
                    example.settings["jwt_jwks_origin"],
                    "{provider}"
                );
                assert_eq!(source.path, example.settings["jwt_jwks_path"], "{provider}");
            }
            None => assert_eq!(tokens.keys.len(), 1, "{provider}"),
        }
    }
}

#[test]
fn the_addresses_of_the_keys_are_what_is_called() {
    for example in examples() {
        let Some(source) = read(&example).unwrap().auth.jwks else {
            continue;
        };
        let address = format!("{}{}", source.origin, source.path);
        let parsed = url::Url::parse(&address).unwrap();
        // Nothing in the path may be read as anything else, an `@` least of all.
        assert_eq!(parsed.as_str(), address, "{}", example.provider);
        assert_eq!(parsed.path(), source.path, "{}", example.provider);
        assert!(address.parse::<http::Uri>().is_ok(), "{}", example.provider);
    }
}

/// A token's claims with what every token has in common.
fn claims_with(settings: &BTreeMap<&str, &str>, claims: &Value) -> Value {
    let mut all = json!({
        "iss": settings["jwt_issuer"],
        "iat": NOW.as_secs(),
        "exp": NOW.as_secs() + 60,
    });
    for (name, value) in claims.as_object().unwrap() {
        all[name] = value.clone();
    }
    all
}

/// The user whom a provider's settings find in a token with these claims.
fn user(example: &Example, claims: &Value) -> Result<String, Refusal> {
    let mut settings = example.settings.clone();
    for source in ["jwt_jwks_origin", "jwt_jwks_path", "jwt_public_keys"] {
        settings.remove(source);
    }
    settings.insert("jwt_hs256_secret", SECRET);
    let token = hs256(&claims_with(&settings, claims), SECRET.as_bytes());
    let provider = example.provider;
    let config = read(&Example { provider, settings }).unwrap();
    let user = verify(&token, &config.auth, &config.auth.keys, NOW);
    user.map(|user| user.as_str().to_owned())
}

/// The settings that a provider's section begins with.
fn example(provider: &str) -> Example {
    let mut examples = examples().into_iter();
    examples
        .find(|example| example.provider == provider)
        .unwrap()
}

#[test]
fn tokens_as_the_providers_write_them_find_their_user() {
    // From the documentation that the page names, with the identifiers of the page's examples.
    for (provider, claims, expected) in [
        (
            "WorkOS",
            json!({
                "sub": "user_01HBEQKA6K4QJAS93VPE39W1JT",
                "client_id": "client_01EXAMPLE0000000000000000",
                "sid": "session_01HQSXZGF8FHF7A9ZZFCW4387R",
                "jti": "01HQSXZXPPFPKMDD32RKTFY6PV",
                "org_id": "org_01HRDMC6CM357W30QMHMQ96Q0S",
                "role": "member",
                "permissions": ["posts:read"],
            }),
            Ok("user_01HBEQKA6K4QJAS93VPE39W1JT"),
        ),
        (
            "WorkOS",
            json!({"sub": "user_01HBEQKA6K4QJAS93VPE39W1JT", "client_id": "client_01OTHER"}),
            Err(Refusal::Audience),
        ),
        (
            "Logto",
            json!({
                "sub": "foo_user",
                "jti": "abc",
                "aud": "https://billing.example.com",
                "client_id": "app_1",
                "scope": "read:billing",
                "organization_id": "org_1",
            }),
            Ok("foo_user"),
        ),
        (
            "Zitadel",
            json!({
                "sub": "165467338479501569",
                "aud": ["165467338479501570@example", "234567890123456789"],
                "jti": "170",
                "nbf": NOW.as_secs(),
            }),
            Ok("165467338479501569"),
        ),
        (
            "Microsoft Entra ID",
            json!({
                "aud": "00001111-aaaa-2222-bbbb-3333cccc4444",
                "nbf": NOW.as_secs(),
                "oid": "aaaaaaaa-0000-1111-2222-bbbbbbbbbbbb",
                "sub": "AAAAAAAAAAAAAAAAAAAAAIkzqFVrSaSaFHy782bbtaQ",
                "tid": "aaaabbbb-0000-cccc-1111-dddd2222eeee",
                "ver": "2.0",
            }),
            Ok("aaaaaaaa-0000-1111-2222-bbbbbbbbbbbb"),
        ),
        (
            "Microsoft Entra ID",
            json!({"aud": "00000003-0000-0000-c000-000000000000", "oid": "aaaaaaaa"}),
            Err(Refusal::Audience),
        ),
        (
            "Kinde",
            json!({
                "aud": ["https://billing.example.com"],
                "azp": "d4d3c5b74e064badb9625a4aa6241bcc",
                "jti": "f95ed3e0-cc4d-40c4-b95a-9971729b0ae5",
                "org_code": "org_1",
                "scp": ["openid"],
                "sub": "kp_0123456789abcdef",
            }),
            Ok("kp_0123456789abcdef"),
        ),
        (
            "Kinde",
            json!({"aud": [], "azp": "d4d3c5b74e064badb9625a4aa6241bcc", "sub": "kp_1"}),
            Err(Refusal::Audience),
        ),
        (
            "Kinde",
            json!({"aud": ["https://billing.example.com"], "gty": ["client_credentials"]}),
            Err(Refusal::UserClaim),
        ),
        (
            "Your own Django or Laravel",
            json!({"token_type": "access", "aud": "portico", "jti": "0123456789abcdef", "user_id": 7}),
            Ok("7"),
        ),
    ] {
        let found = user(&example(provider), &claims);
        assert_eq!(
            found.as_deref().map_err(|why| *why),
            expected,
            "{provider}: {claims}"
        );
    }
}

#[test]
fn tokens_of_laravel_count_with_the_fractions_that_they_have() {
    let laravel = examples()
        .into_iter()
        .filter(|example| example.provider == "Your own Django or Laravel")
        .nth(1)
        .unwrap();
    let claims = |exp: f64| {
        let now = NOW.as_secs_f64();
        json!({"aud": "portico", "sub": "7", "iat": now - 0.5, "nbf": now - 0.5, "exp": exp})
    };
    let good = user(&laravel, &claims(1_799_999_970.25));
    assert_eq!(good.as_deref(), Ok("7"));
    let late = user(&laravel, &claims(1_799_999_969.75));
    assert_eq!(late, Err(Refusal::Expired));
}

#[test]
fn what_the_page_says_of_other_audience_claims_is_so() {
    for (provider, audience, claims, expected) in [
        // Clerk's session tokens as they are.
        (
            "Clerk",
            ("azp", "https://app.example.com"),
            json!({"sub": "user_1", "azp": "https://app.example.com", "sid": "sess_1", "v": 2}),
            Ok("user_1"),
        ),
        (
            "Clerk",
            ("azp", "https://app.example.com"),
            json!({"sub": "user_1", "sid": "sess_1", "v": 2}),
            Err(Refusal::ClaimType),
        ),
        // Cognito's access tokens.
        (
            "Amazon Cognito",
            ("client_id", "1example23456789clientid"),
            json!({"sub": "aaaa", "client_id": "1example23456789clientid", "token_use": "access"}),
            Ok("aaaa"),
        ),
        (
            "Amazon Cognito",
            ("client_id", "1example23456789clientid"),
            json!({"sub": "aaaa", "aud": "1example23456789clientid", "token_use": "id"}),
            Err(Refusal::ClaimType),
        ),
        (
            "Kinde",
            ("azp", "d4d3c5b74e064badb9625a4aa6241bcc"),
            json!({"sub": "kp_1", "aud": [], "azp": "d4d3c5b74e064badb9625a4aa6241bcc"}),
            Ok("kp_1"),
        ),
    ] {
        let mut example = example(provider);
        example.settings.insert("jwt_audience_claim", audience.0);
        example.settings.insert("jwt_audience", audience.1);
        let found = user(&example, &claims);
        assert_eq!(
            found.as_deref().map_err(|why| *why),
            expected,
            "{provider}: {claims}"
        );
    }
}
