//! The template for `spin new` and `spin add`, made of `spin.toml`, so that it has every variable with its default.

use std::fmt::Write as _;

use anyhow::{Context, Result};

use crate::manifest::{Source, with_source};

/// The settings that a new application is asked for: the parameter, the variable, the question, the default, and the
/// pattern of a value that is taken.
const PARAMETERS: [Parameter; 6] = [
    Parameter {
        name: "frontend-url",
        prompt: "The origin of your frontend, e.g. https://app.example.com",
        default: None,
        pattern: r"^https?://[^/\\s]+$",
    },
    Parameter {
        name: "jwt-issuer",
        prompt: "The issuer (`iss`) of your users' tokens, to the letter",
        default: None,
        pattern: r"^\\S+$",
    },
    Parameter {
        name: "jwt-audience",
        prompt: "The audience (`aud`) of your users' tokens",
        default: None,
        pattern: r"^\\S+$",
    },
    Parameter {
        name: "jwt-jwks-origin",
        prompt: "The origin at which your identity provider serves its JWKS, e.g. https://tenant.auth0.com; empty with a \
                 key of your own",
        default: Some(""),
        pattern: r"^(https?://[^/\\s]+)?$",
    },
    Parameter {
        name: "plans",
        prompt: "The plans that subscriptions give, highest first, e.g. team=price_1|price_2,paid=*",
        default: Some("paid=*"),
        pattern: r"^\\S+$",
    },
    Parameter {
        name: "base-path",
        prompt: "The path below which Portico is mounted, e.g. /billing; empty for an application of its own",
        default: Some(""),
        pattern: r"^(/[^\\s/]+)*$",
    },
];

struct Parameter {
    name: &'static str,
    prompt: &'static str,
    default: Option<&'static str>,
    pattern: &'static str,
}

impl Parameter {
    fn variable(&self) -> String {
        self.name.replace('-', "_")
    }

    /// Returns its line in the template's manifest.
    fn line(&self) -> String {
        let default = self.default.map(|value| format!(", default = {value:?}"));
        format!(
            "{} = {{ type = \"string\", prompt = \"{}\"{}, pattern = \"{}\" }}\n",
            self.name,
            self.prompt,
            default.unwrap_or_default(),
            self.pattern
        )
    }
}

/// Returns the template's files with their names.
pub(crate) fn files(spin: &str, source: &Source) -> Result<[(&'static str, String); 4]> {
    let manifest = with_source(spin, source)?;
    Ok([
        ("metadata/spin-template.toml", template_manifest()),
        ("metadata/snippets/variables.txt", variables(&manifest)?),
        ("metadata/snippets/component.txt", component(&manifest)?),
        ("content/spin.toml", application(&manifest)?),
    ])
}

fn template_manifest() -> String {
    let mut text = "\
manifest_version = \"1\"
id = \"portico\"
description = \"Stripe billing for your users: the Customer Portal, Checkout and webhooks, behind your own tokens\"
tags = [\"http\", \"stripe\", \"billing\"]
trigger_type = \"http\"

[add_component]
skip_files = [\"spin.toml\"]

[add_component.snippets]
component = \"component.txt\"
variables = \"variables.txt\"

[parameters]
"
    .to_owned();
    for parameter in &PARAMETERS {
        text += &parameter.line();
    }
    text
}

/// Returns the manifest of a new application.
fn application(manifest: &str) -> Result<String> {
    let mut text = String::new();
    let (head, _) = manifest
        .split_once("[variables]\n")
        .context("the manifest has no variables")?;
    for line in head.lines() {
        if line.starts_with("name = ") {
            text += "name = \"{{project-name | kebab_case}}\"\n";
        } else if line.starts_with("authors = ") {
            text += "authors = [\"{{authors}}\"]\n";
        } else {
            text += &raw(line);
            text.push('\n');
        }
    }
    text += "[variables]\n";
    text += &variables(manifest)?;
    text.push('\n');
    text += &component(manifest)?;
    Ok(text)
}

/// Returns the lines of the manifest's variables, those that are asked for with the answers as their defaults.
fn variables(manifest: &str) -> Result<String> {
    let (_, rest) = manifest
        .split_once("[variables]\n")
        .context("the manifest has no variables")?;
    let (variables, _) = rest
        .split_once("\n[")
        .context("nothing follows the variables")?;
    let mut text = String::new();
    for line in variables.lines() {
        let asked_for = PARAMETERS
            .iter()
            .find(|parameter| line.starts_with(&format!("{} = ", parameter.variable())));
        if let Some(parameter) = asked_for {
            let (variable, name) = (parameter.variable(), parameter.name);
            writeln!(text, "{variable} = {{ default = \"{{{{ {name} }}}}\" }}")?;
        } else {
            text += &raw(line);
            text.push('\n');
        }
    }
    Ok(text)
}

/// Returns the trigger and the component, under the name that the user gives it and on its routes alone.
fn component(manifest: &str) -> Result<String> {
    let at = manifest
        .find("[[trigger.http]]")
        .context("the manifest has no trigger")?;
    let (_, rest) = manifest.split_at(at);
    let mut text = String::new();
    for line in rest.lines() {
        let line = match line {
            "route = \"/...\"" => "route = \"{{ base-path }}/...\"".to_owned(),
            "component = \"portico\"" => "component = \"{{project-name | kebab_case}}\"".to_owned(),
            "[component.portico]" => "[component.{{project-name | kebab_case}}]".to_owned(),
            "[component.portico.variables]" => {
                "[component.{{project-name | kebab_case}}.variables]".to_owned()
            }
            line => raw(line),
        };
        text += &line;
        text.push('\n');
    }
    Ok(text)
}

/// Returns a line in which the template engine leaves Spin's own expressions alone.
fn raw(line: &str) -> String {
    if line.contains("{{") {
        format!("{{% raw %}}{line}{{% endraw %}}")
    } else {
        line.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    const SPIN: &str = include_str!("../../../spin.toml");

    fn published() -> Source {
        Source::Published {
            url: "https://example.com/v1/portico.wasm".to_owned(),
            digest: "0".repeat(64),
        }
    }

    /// Renders a text as Spin's template engine does, as far as it is used here: parameters, a filter that changes
    /// nothing of these values, and raw parts.
    fn rendered(text: &str, values: &[(&str, &str)]) -> String {
        let mut rendered = String::new();
        for line in text.lines() {
            let mut line = line.to_owned();
            if let Some(raw) = line.strip_prefix("{% raw %}") {
                line = raw.strip_suffix("{% endraw %}").unwrap().to_owned();
            } else {
                for (name, value) in values {
                    for form in [
                        format!("{{{{ {name} }}}}"),
                        format!("{{{{{name} | kebab_case}}}}"),
                        format!("{{{{{name}}}}}"),
                    ] {
                        line = line.replace(&form, value);
                    }
                }
                assert!(!line.contains("{{"), "{line}");
            }
            rendered += &line;
            rendered.push('\n');
        }
        rendered
    }

    const VALUES: [(&str, &str); 8] = [
        ("project-name", "my-billing"),
        ("authors", "Ada"),
        ("frontend-url", "https://app.example.com"),
        ("jwt-issuer", "https://id.example.com/"),
        ("jwt-audience", "api"),
        ("jwt-jwks-origin", "https://id.example.com"),
        ("plans", "paid=*"),
        ("base-path", "/billing"),
    ];

    fn file(name: &str) -> String {
        let files = files(SPIN, &published()).unwrap();
        let (_, text) = files.into_iter().find(|(known, _)| *known == name).unwrap();
        text
    }

    fn parsed(text: &str) -> toml::Table {
        toml::from_str(text).unwrap()
    }

    #[test]
    fn a_new_application_has_all_variables_with_the_answers_as_defaults() {
        let made = parsed(&rendered(&file("content/spin.toml"), &VALUES));
        let original = parsed(SPIN);
        assert_eq!(made["application"]["name"].as_str(), Some("my-billing"));
        let [made_variables, variables] =
            [&made, &original].map(|one| one["variables"].as_table().unwrap());
        assert_eq!(
            made_variables.keys().collect::<Vec<_>>(),
            variables.keys().collect::<Vec<_>>()
        );
        for (name, value) in &VALUES[2..] {
            let variable = &made_variables[&name.replace('-', "_")];
            assert_eq!(variable["default"].as_str(), Some(*value), "{name}");
        }
        let component = &made["component"]["my-billing"];
        assert_eq!(
            component["variables"],
            original["component"]["portico"]["variables"]
        );
        assert_eq!(
            component["allowed_outbound_hosts"],
            original["component"]["portico"]["allowed_outbound_hosts"]
        );
        let trigger = &made["trigger"]["http"][0];
        assert_eq!(trigger["route"].as_str(), Some("/billing/..."));
        assert_eq!(trigger["component"].as_str(), Some("my-billing"));
        assert!(component["source"]["digest"].is_str());
    }

    #[test]
    fn a_component_that_is_added_brings_its_variables_and_takes_its_routes_alone() {
        let original = parsed(SPIN);
        let variables = parsed(&rendered(&file("metadata/snippets/variables.txt"), &VALUES));
        let expected = original["variables"].as_table().unwrap();
        assert_eq!(
            variables.keys().collect::<Vec<_>>(),
            expected.keys().collect::<Vec<_>>()
        );
        let added = parsed(&rendered(&file("metadata/snippets/component.txt"), &VALUES));
        assert_eq!(
            added["trigger"]["http"][0]["route"].as_str(),
            Some("/billing/...")
        );
        assert!(added["component"]["my-billing"]["key_value_stores"].is_array());
        assert!(added.get("variables").is_none());
    }

    #[test]
    fn the_templates_manifest_asks_for_six_settings() {
        let manifest = parsed(&file("metadata/spin-template.toml"));
        assert_eq!(manifest["manifest_version"].as_str(), Some("1"));
        assert_eq!(manifest["parameters"].as_table().unwrap().len(), 6);
        for (_, parameter) in manifest["parameters"].as_table().unwrap() {
            assert_eq!(parameter["type"].as_str(), Some("string"));
        }
    }

    /// The template also lies in the repository, from which `spin templates install --git` takes it.
    #[test]
    fn the_template_of_the_repository_is_what_the_manifest_gives() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../templates/portico");
        let source = Source::Beside("portico.wasm".to_owned());
        for (name, text) in files(SPIN, &source).unwrap() {
            let file = root.join(name);
            if std::env::var_os("PORTICO_WRITE_TEMPLATE").is_some() {
                fs::create_dir_all(file.parent().unwrap()).unwrap();
                fs::write(&file, &text).unwrap();
            }
            assert_eq!(
                fs::read_to_string(&file).unwrap_or_default(),
                text,
                "{name} is old; `PORTICO_WRITE_TEMPLATE=1 cargo test -p portico-dist` writes it"
            );
        }
    }
}
