//! The variables of a component, and the sources of their values.

use std::collections::BTreeMap;
use std::fmt;

use anyhow::{Result, bail};

use crate::manifest::{Manifest, Variable};
use crate::template::Template;

pub(crate) mod name;

use name::check_name;

/// The variables of one running component.
///
/// An application variable has the value that was set for it, else that of the environment variable
/// `SPIN_VARIABLE_<NAME>` where the environment is consulted, else its default. As on Spin, a required variable
/// without a value is no error until somebody asks for it.
#[derive(Clone, Debug, Default)]
pub struct Variables {
    declared: BTreeMap<String, Variable>,
    set: BTreeMap<String, String>,
    component: BTreeMap<String, Template>,
}

/// The reason why a variable has no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VariableError {
    /// This cannot be the name of a variable.
    InvalidName(String),
    /// The component has no variable of this name.
    Undefined(String),
    /// A required application variable has no value; the text names it.
    Provider(String),
}

impl fmt::Display for VariableError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InvalidName(text) | Self::Undefined(text) | Self::Provider(text) => {
                f.write_str(text)
            }
        }
    }
}

impl std::error::Error for VariableError {}

impl Variables {
    /// Takes the variables of a manifest. `overrides` are values for application variables, all of which the manifest
    /// must declare.
    pub fn new(manifest: &Manifest, overrides: BTreeMap<String, String>) -> Result<Self> {
        for name in overrides.keys() {
            if !manifest.variables.contains_key(name) {
                bail!("the manifest declares no variable `{name}`");
            }
        }
        Ok(Self {
            declared: manifest.variables.clone(),
            set: overrides,
            component: manifest.component.variables.clone(),
        })
    }

    /// Lets the environment set what no override sets. `environment` gives the value of an environment variable.
    #[must_use]
    pub fn or_from(mut self, environment: impl Fn(&str) -> Option<String>) -> Self {
        for name in self.declared.keys() {
            if self.set.contains_key(name) {
                continue;
            }
            let key = format!("SPIN_VARIABLE_{}", name.to_ascii_uppercase());
            if let Some(value) = environment(&key) {
                self.set.insert(name.clone(), value);
            }
        }
        self
    }

    /// Returns the value of an application variable.
    pub fn application(&self, name: &str) -> Result<String, VariableError> {
        let declared = self.declared.get(name).ok_or_else(|| {
            VariableError::Undefined(format!("the application has no variable `{name}`"))
        })?;
        self.set
            .get(name)
            .or(declared.default.as_ref())
            .cloned()
            .ok_or_else(|| {
                VariableError::Provider(format!("the required variable `{name}` has no value"))
            })
    }

    /// Returns the value of a variable of the component.
    pub fn get(&self, name: &str) -> Result<String, VariableError> {
        check_name(name).map_err(|error| VariableError::InvalidName(error.to_string()))?;
        let template = self.component.get(name).ok_or_else(|| {
            VariableError::Undefined(format!("the component has no variable `{name}`"))
        })?;
        template.render(|name| self.application(name))
    }

    /// Checks that every application variable has a value; the error names the first that has none.
    pub fn complete(&self) -> Result<(), VariableError> {
        self.declared
            .keys()
            .try_for_each(|name| self.application(name).map(drop))
    }

    /// Returns the value that an application variable has without any override.
    pub(crate) fn default_of(&self, name: &str) -> Option<String> {
        self.declared.get(name)?.default.clone()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{VariableError, Variables};
    use crate::manifest::Manifest;

    fn variables(overrides: &[(&str, &str)]) -> anyhow::Result<Variables> {
        let manifest = Manifest::parse(
            r#"
            spin_manifest_version = 2
            application = { name = "shop" }
            [variables]
            key = { required = true }
            origin = { default = "https://shop.example" }
            [[trigger.http]]
            route = "/..."
            component = "shop"
            [component.shop]
            source = "shop.wasm"
            [component.shop.variables]
            api_key = "{{ key }}"
            account = "{{ origin }}/account"
            "#,
        )?;
        let overrides = overrides
            .iter()
            .map(|&(name, value)| (name.to_owned(), value.to_owned()));
        Variables::new(&manifest, overrides.collect::<BTreeMap<_, _>>())
    }

    #[test]
    fn an_override_wins_over_the_environment_and_that_over_the_default() {
        let environment =
            |key: &str| (key == "SPIN_VARIABLE_ORIGIN").then(|| "https://env.example".to_owned());
        let account = |variables: Variables| variables.get("account").unwrap();
        assert_eq!(
            account(variables(&[]).unwrap()),
            "https://shop.example/account"
        );
        assert_eq!(
            account(variables(&[]).unwrap().or_from(environment)),
            "https://env.example/account"
        );
        assert_eq!(
            account(
                variables(&[("origin", "https://set.example")])
                    .unwrap()
                    .or_from(environment)
            ),
            "https://set.example/account"
        );
    }

    #[test]
    fn a_required_variable_without_a_value_is_an_error_that_names_it_when_it_is_asked_for() {
        let variables = variables(&[]).unwrap();
        let missing =
            VariableError::Provider("the required variable `key` has no value".to_owned());
        assert_eq!(variables.get("api_key"), Err(missing.clone()));
        assert_eq!(variables.complete(), Err(missing));
        assert!(variables.get("account").is_ok());
    }

    #[test]
    fn the_component_sees_its_own_variables_only() {
        let variables = variables(&[("key", "k")]).unwrap();
        assert_eq!(variables.get("api_key").as_deref(), Ok("k"));
        assert!(matches!(
            variables.get("key"),
            Err(VariableError::Undefined(_))
        ));
        assert!(matches!(
            variables.get("Key"),
            Err(VariableError::InvalidName(_))
        ));
    }

    #[test]
    fn an_override_of_an_undeclared_variable_is_refused() {
        let error = variables(&[("orgin", "x")]).unwrap_err();
        assert!(error.to_string().contains("`orgin`"), "{error}");
    }
}
