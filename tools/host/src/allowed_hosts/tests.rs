use std::collections::BTreeMap;

use super::{AllowedHostError, AllowedHosts};
use crate::manifest::Manifest;
use crate::variables::Variables;

/// A manifest whose entries are `{{ api }}` and `{{ keys }}`, and the values of these variables.
fn manifest(entries: &str) -> Manifest {
    let text = format!(
        r#"
        spin_manifest_version = 2
        application = {{ name = "shop" }}
        [variables]
        api = {{ default = "https://api.stripe.com" }}
        keys = {{ default = "" }}
        secret = {{ required = true }}
        [[trigger.http]]
        route = "/..."
        component = "shop"
        [component.shop]
        source = "shop.wasm"
        allowed_outbound_hosts = {entries}
        "#
    );
    Manifest::parse(&text).unwrap()
}

fn resolved(overrides: &[(&str, &str)]) -> Result<AllowedHosts, AllowedHostError> {
    let manifest = manifest(r#"["{{ api }}", "{{ keys }}"]"#);
    let overrides: BTreeMap<_, _> = overrides
        .iter()
        .map(|&(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let variables = Variables::new(&manifest, overrides).unwrap();
    AllowedHosts::resolve(&manifest.component.allowed_outbound_hosts, &variables)
}

fn of(api: &str) -> Result<AllowedHosts, AllowedHostError> {
    resolved(&[("secret", "s"), ("api", api)])
}

fn checked(entries: &str) -> Result<(), AllowedHostError> {
    let manifest = manifest(entries);
    let variables = Variables::new(&manifest, BTreeMap::new()).unwrap();
    AllowedHosts::check_defaults(&manifest.component.allowed_outbound_hosts, &variables)
}

#[test]
fn scheme_host_and_port_all_have_to_match() {
    let table = [
        (
            "https://api.stripe.com",
            "https://api.stripe.com/v1/x",
            true,
        ),
        (
            "https://api.stripe.com",
            "https://api.stripe.com:443/",
            true,
        ),
        ("https://api.stripe.com", "https://API.Stripe.com/", true),
        ("https://API.stripe.com/", "https://api.stripe.com/", true),
        (
            "https://api.stripe.com:443/",
            "https://api.stripe.com/",
            true,
        ),
        ("https://api.stripe.com", "http://api.stripe.com/", false),
        (
            "https://api.stripe.com",
            "https://api.stripe.com:8443/",
            false,
        ),
        ("https://api.stripe.com", "https://stripe.com/", false),
        (
            "https://api.stripe.com",
            "https://evil.api.stripe.com/",
            false,
        ),
        (
            "https://api.stripe.com",
            "https://api.stripe.com.evil.example/",
            false,
        ),
        (
            "https://api.stripe.com",
            "https://api.stripe.com@evil.example/",
            false,
        ),
        ("http://127.0.0.1:12111", "http://127.0.0.1:12111/x?y", true),
        ("http://127.0.0.1:12111", "http://127.0.0.1/", false),
        ("http://127.0.0.1:12111", "http://localhost:12111/", false),
        ("http://[::1]:12111", "http://[::1]:12111/", true),
        ("http://[0:0::1]:12111", "http://[::1]:12111/", true),
        ("http://[::1]", "http://[::1]:80/", true),
        ("redis://127.0.0.1:6379", "http://127.0.0.1:6379/", false),
        ("", "https://api.stripe.com/", false),
        ("https://", "https://api.stripe.com/", false),
    ];
    for (entry, uri, expected) in table {
        let allowed = of(entry).unwrap().allows(&uri.parse().unwrap());
        assert_eq!(allowed, expected, "{entry} {uri}");
    }
}

#[test]
fn an_empty_entry_leaves_the_others_as_they_are() {
    let hosts = resolved(&[("secret", "s"), ("keys", "")]).unwrap();
    assert!(hosts.allows(&"https://api.stripe.com/".parse().unwrap()));
}

#[test]
fn an_entry_with_a_path_is_an_error_for_all_entries() {
    for entry in [
        "https://id.example/.well-known/jwks.json",
        "https://id.example:443/x",
    ] {
        let error = resolved(&[("secret", "s"), ("keys", entry)]).unwrap_err();
        assert_eq!(error, AllowedHostError::Path(entry.to_owned()));
    }
}

type Kind = fn(String) -> AllowedHostError;

#[test]
fn what_is_no_entry_is_an_error_of_its_kind() {
    let table: [(&str, Kind); 13] = [
        ("api.stripe.com", AllowedHostError::NoScheme),
        ("ftp://files.example", AllowedHostError::NoPort),
        ("https://user@id.example", AllowedHostError::Malformed),
        ("https://id.example?x", AllowedHostError::Malformed),
        ("https://id.example:port", AllowedHostError::Malformed),
        ("https://:443", AllowedHostError::Malformed),
        ("1://id.example", AllowedHostError::Malformed),
        ("*://*:*", AllowedHostError::Unsupported),
        ("https://*.example", AllowedHostError::Unsupported),
        ("https://id.example:*", AllowedHostError::Unsupported),
        ("http://10.0.0.0/8", AllowedHostError::Unsupported),
        ("http://self", AllowedHostError::Unsupported),
        ("http://id.example:80..90", AllowedHostError::Unsupported),
    ];
    for (entry, kind) in table {
        assert_eq!(of(entry), Err(kind(entry.to_owned())), "{entry}");
    }
}

#[test]
fn a_variable_without_a_value_allows_nothing_even_where_no_entry_has_it() {
    let error = resolved(&[]).unwrap_err();
    assert!(error.to_string().contains("`secret`"), "{error}");
}

#[test]
fn an_entry_that_is_none_from_the_start_is_found_before_there_are_any_values() {
    assert_eq!(
        checked(r#"["{{ api }}", "{{ keys }}", "{{ secret }}"]"#),
        Ok(())
    );
    let path = "https://api.stripe.com/v1".to_owned();
    assert_eq!(
        checked(r#"["{{ api }}/v1"]"#),
        Err(AllowedHostError::Path(path))
    );
    assert_eq!(
        checked(r#"[""]"#),
        Err(AllowedHostError::NoScheme(String::new()))
    );
}
