//! What `docs/identity-providers.md` tells operators to set is what Portico accepts.

use std::collections::BTreeMap;

use portico::config::{Config, ConfigError, VARIABLES};

const PAGE: &str = include_str!("../../docs/identity-providers.md");

/// What every operator must set besides.
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
    ] {
        assert!(
            examples.iter().any(|example| example.provider == provider),
            "{provider}"
        );
        let heading = provider.to_lowercase().replace(' ', "-");
        let link = format!("[{provider}](#{heading})");
        assert!(PAGE.contains(&link), "{link}");
    }
    assert_eq!(examples.len(), 8, "Supabase has two, the others have one");
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
        assert_eq!(
            tokens.user_claim, example.settings["jwt_user_claim"],
            "{provider}"
        );
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
