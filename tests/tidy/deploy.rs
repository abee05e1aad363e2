//! Checks the files of `docs/deploy`: each is parsed by the rules of its format, sets the variables that must be set,
//! and has no secret where everybody can read it.

use std::collections::{BTreeMap, BTreeSet};

use portico::config::{Config, VARIABLES};
use toml::Table;
use yaml_rust2::{Yaml, YamlLoader};

use crate::files;

/// Values, by the names of variables.
type Values = BTreeMap<String, String>;

fn read(name: &str) -> String {
    files::read(&format!("docs/deploy/{name}"))
}

fn documents(name: &str) -> Vec<Yaml> {
    YamlLoader::load_from_str(&read(name)).unwrap()
}

fn of_kind<'a>(documents: &'a [Yaml], kind: &str) -> &'a Yaml {
    let found = documents
        .iter()
        .find(|it| it["kind"].as_str() == Some(kind));
    found.unwrap_or_else(|| panic!("no {kind}"))
}

fn text(yaml: &Yaml) -> String {
    yaml.as_str()
        .unwrap_or_else(|| panic!("no text: {yaml:?}"))
        .to_owned()
}

/// A mapping from texts to texts.
fn texts(yaml: &Yaml) -> Values {
    let entries = yaml.as_hash().unwrap().iter();
    entries
        .map(|(name, value)| (text(name), text(value)))
        .collect()
}

fn strings(yaml: &Yaml) -> BTreeSet<String> {
    yaml.as_vec().unwrap().iter().map(text).collect()
}

/// Asserts that Portico starts with these values.
#[track_caller]
fn are_enough(values: &Values) {
    for name in values.keys() {
        assert!(
            VARIABLES.iter().any(|variable| variable.name == name),
            "there is no variable {name}"
        );
    }
    Config::from_variables(|name| values.get(name).cloned()).unwrap();
}

/// The hosts that a configuration makes Portico call.
fn called(values: &Values) -> BTreeSet<String> {
    let provider = values["jwt_jwks_origin"].strip_prefix("https://").unwrap();
    ["api.stripe.com", provider].map(str::to_owned).into()
}

/// An environment file: the variables that have this prefix.
fn environment(name: &str, prefix: &str) -> Values {
    let lines = read(name);
    let settings = lines
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    settings
        .map(|line| {
            let (name, value) = line.split_once('=').unwrap();
            let name = name
                .strip_prefix(prefix)
                .unwrap_or_else(|| panic!("{name} has not the prefix {prefix}"));
            (name.to_lowercase(), value.to_owned())
        })
        .collect()
}

/// A unit of systemd: sections, and settings in them.
fn unit(name: &str) -> BTreeMap<String, Values> {
    let mut sections: BTreeMap<String, Values> = BTreeMap::new();
    let mut section = String::new();
    for line in read(name).lines() {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(name) = line.strip_prefix('[') {
            name.strip_suffix(']').unwrap().clone_into(&mut section);
            continue;
        }
        let (name, value) = line.split_once('=').unwrap();
        let settings = sections.entry(section.clone()).or_default();
        let twice = settings.insert(name.to_owned(), value.to_owned());
        assert_eq!(twice, None, "{name} comes twice");
    }
    for section in ["Unit", "Service", "Install"] {
        assert!(sections.contains_key(section), "no [{section}]");
    }
    sections
}

#[test]
fn the_files_for_spin_configure_portico_and_its_unit_reads_them() {
    are_enough(&environment("spin/portico.env", "SPIN_VARIABLE_"));
    let config: Table = read("spin/runtime-config.toml").parse().unwrap();
    assert!(config["key_value_store"]["default"]["type"].is_str());
    let service = &unit("spin/portico.service")["Service"];
    assert_eq!(service["EnvironmentFile"], "/etc/portico/portico.env");
    let command: Vec<_> = service["ExecStart"].split(' ').collect();
    assert_eq!(command[..3], ["/usr/local/bin/spin", "up", "--from"]);
    for option in [
        "--request-timeout",
        "--tls-cert",
        "--tls-key",
        "--runtime-config-file",
    ] {
        assert!(command.contains(&option), "{option}");
    }
}

#[test]
fn the_files_for_spinkube_configure_portico_and_take_its_secrets_from_a_secret() {
    let documents = documents("spinkube/spinapp.yaml");
    let secrets = texts(&of_kind(&documents, "Secret")["stringData"]);
    let secret = |reference: &Yaml| {
        let reference = &reference["valueFrom"]["secretKeyRef"];
        let name = of_kind(&documents, "Secret")["metadata"]["name"].as_str();
        assert_eq!(reference["name"].as_str(), name);
        secrets[reference["key"].as_str().unwrap()].clone()
    };
    let app = &of_kind(&documents, "SpinApp")["spec"];
    let mut values = Values::new();
    for variable in app["variables"].as_vec().unwrap() {
        let name = text(&variable["name"]);
        let is_secret = VARIABLES.iter().any(|it| it.name == name && it.secret);
        assert_eq!(variable["value"].is_badvalue(), is_secret, "{name}");
        let value = if is_secret {
            secret(variable)
        } else {
            text(&variable["value"])
        };
        values.insert(name, value);
    }
    are_enough(&values);
    let checks = &app["checks"];
    assert_eq!(
        checks["liveness"]["httpGet"]["path"].as_str(),
        Some("/healthz")
    );
    assert_eq!(
        checks["readiness"]["httpGet"]["path"].as_str(),
        Some("/readyz")
    );
    let store = &app["runtimeConfig"]["keyValueStores"][0];
    assert_eq!(
        (store["name"].as_str(), store["type"].as_str()),
        (Some("default"), Some("redis"))
    );
    assert!(secret(&store["options"][0]).starts_with("redis://"));
    // The operator refuses an application with both.
    assert_eq!(app["enableAutoscaling"].as_bool(), Some(true));
    assert!(app["replicas"].is_badvalue());
    let scaler = of_kind(&documents, "HorizontalPodAutoscaler");
    let metadata = &of_kind(&documents, "SpinApp")["metadata"];
    assert_eq!(scaler["spec"]["scaleTargetRef"]["name"], metadata["name"]);

    let executor = &self::documents("spinkube/spintainer.yaml")[0];
    assert_eq!(executor["kind"].as_str(), Some("SpinAppExecutor"));
    assert_eq!(executor["metadata"]["name"].as_str(), Some("spintainer"));
}

#[test]
fn the_files_for_wasmtime_configure_portico() {
    are_enough(&environment("wasmtime/portico.env", "PORTICO_"));
    let service = &unit("wasmtime/portico.service")["Service"];
    assert_eq!(service["EnvironmentFile"], "/etc/portico/portico.env");
    let command: Vec<_> = service["ExecStart"].split(' ').collect();
    assert_eq!(command[..2], ["/usr/local/bin/wasmtime", "serve"]);
    assert_eq!(command.last(), Some(&"/opt/portico/portico-wasi.wasm"));
}

#[test]
fn the_files_for_wasmcloud_configure_portico_and_allow_what_it_calls() {
    let config = &documents("wasmcloud/config.yaml")[0];
    let values = texts(&config["workload"]["config"]);
    are_enough(&values);
    assert_eq!(
        strings(&config["workload"]["allowedHosts"]),
        called(&values)
    );

    let documents = documents("wasmcloud/workload.yaml");
    let spec = &of_kind(&documents, "WorkloadDeployment")["spec"]["template"]["spec"];
    let resources = &spec["components"][0]["localResources"];
    let mut values = texts(&resources["config"]);
    assert_eq!(strings(&resources["allowedHosts"]), called(&values));
    for variable in VARIABLES.iter().filter(|variable| variable.secret) {
        assert!(
            !values.contains_key(variable.name),
            "{} is a secret",
            variable.name
        );
    }
    for (name, value) in texts(&of_kind(&documents, "Secret")["stringData"]) {
        let name = name.strip_prefix("PORTICO_").unwrap().to_lowercase();
        values.insert(name, value);
    }
    are_enough(&values);
    let interfaces: BTreeSet<_> = spec["hostInterfaces"]
        .as_vec()
        .unwrap()
        .iter()
        .map(|interface| text(&interface["package"]))
        .collect();
    assert_eq!(
        interfaces,
        ["config", "http", "keyvalue"].map(str::to_owned).into()
    );
}
