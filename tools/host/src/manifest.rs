//! The parts of `spin.toml` that Portico has.
//!
//! A part that this host does not implement is an error rather than ignored: a manifest that this host accepts means
//! here what it means on Spin.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};

use crate::template::Template;
use crate::variables::name::check_name;

mod file;

/// An application manifest with one component.
#[derive(Clone, Debug)]
pub struct Manifest {
    /// The name of the application.
    pub name: String,
    /// The application variables, by name, which an operator can override.
    pub variables: BTreeMap<String, Variable>,
    /// The paths that lead to the component.
    pub routes: Vec<Route>,
    pub component: Component,
}

/// An application variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// The value that it has when nobody sets another; none means that somebody has to.
    pub default: Option<String>,
    /// True if the value is a secret.
    pub secret: bool,
}

impl Variable {
    /// Returns true if somebody has to set a value.
    #[must_use]
    pub fn required(&self) -> bool {
        self.default.is_none()
    }
}

/// The component and the resources that it may use.
#[derive(Clone, Debug)]
pub struct Component {
    /// The component's name in the manifest.
    pub id: String,
    /// The Wasm file, relative to the manifest's directory unless absolute.
    pub source: PathBuf,
    /// The labels of the key-value stores that it may open.
    pub key_value_stores: Vec<String>,
    /// The hosts that it may call, as templates over the application variables.
    pub allowed_outbound_hosts: Vec<Template>,
    /// The variables that the component sees, as templates over the application variables.
    pub variables: BTreeMap<String, Template>,
}

/// A set of paths, as a trigger names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    Exact(String),
    /// This path and all below it; empty for all paths.
    Below(String),
}

impl Route {
    fn parse(route: &str) -> Result<Self> {
        ensure!(
            route.starts_with('/'),
            "the route `{route}` does not start with `/`"
        );
        ensure!(
            !route.contains("/:"),
            "the route `{route}` has a named segment, which this host does not support"
        );
        Ok(match route.strip_suffix("/...") {
            Some(prefix) => Self::Below(prefix.to_owned()),
            None => Self::Exact(route.to_owned()),
        })
    }

    /// Returns true if a request path belongs to the set.
    #[must_use]
    pub fn matches(&self, path: &str) -> bool {
        match self {
            Self::Exact(exact) => path == exact,
            Self::Below(prefix) => path
                .strip_prefix(prefix.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/')),
        }
    }
}

impl Manifest {
    /// Reads a manifest from a file, as [`Manifest::parse`] does from text.
    pub fn load(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read the manifest {}", path.display()))?;
        Self::parse(&text).with_context(|| format!("the manifest {}", path.display()))
    }

    /// Reads a manifest from text.
    ///
    /// # Errors
    ///
    /// When the text is no TOML, has a part that this host does not implement, has not exactly one component with at
    /// least one route, has a variable that is neither required nor has a default (or both), an ill-formed name or
    /// template, or a template over a variable that is not declared.
    pub fn parse(text: &str) -> Result<Self> {
        let file: file::Manifest = toml::from_str(text)?;
        ensure!(
            file.spin_manifest_version == 2,
            "version {} of the manifest's format is not 2",
            file.spin_manifest_version
        );
        let variables = file
            .variables
            .into_iter()
            .map(|(name, variable)| Ok((name.clone(), declared(&name, variable)?)))
            .collect::<Result<BTreeMap<_, _>>>()?;

        let mut components = file.component.into_iter();
        let (Some((id, component)), None) = (components.next(), components.next()) else {
            bail!("this host runs manifests with exactly one component");
        };
        let mut routes = Vec::new();
        for trigger in file.trigger.http {
            ensure!(
                trigger.component == id,
                "the route `{}` leads to the unknown component `{}`",
                trigger.route,
                trigger.component
            );
            routes.push(Route::parse(&trigger.route)?);
        }
        ensure!(!routes.is_empty(), "no route leads to the component `{id}`");

        let template = |text: &str| -> Result<Template> {
            let template = Template::parse(text).with_context(|| format!("`{text}`"))?;
            for name in template.variables() {
                ensure!(
                    variables.contains_key(name),
                    "`{text}` has the variable `{name}`, which is not declared"
                );
            }
            Ok(template)
        };
        let allowed_outbound_hosts = component
            .allowed_outbound_hosts
            .iter()
            .map(|entry| template(entry))
            .collect::<Result<_>>()?;
        let component_variables = component
            .variables
            .iter()
            .map(|(name, text)| {
                check_name(name)?;
                Ok((name.clone(), template(text)?))
            })
            .collect::<Result<_>>()?;

        Ok(Self {
            name: file.application.name,
            variables,
            routes,
            component: Component {
                id,
                source: component.source,
                key_value_stores: component.key_value_stores,
                allowed_outbound_hosts,
                variables: component_variables,
            },
        })
    }
}

fn declared(name: &str, variable: file::Variable) -> Result<Variable> {
    check_name(name)?;
    match (variable.required, &variable.default) {
        (true, Some(_)) => bail!("the variable `{name}` is required and has a default"),
        (false, None) => bail!("the variable `{name}` is neither required nor has a default"),
        (true, None) | (false, Some(_)) => Ok(Variable {
            default: variable.default,
            secret: variable.secret,
        }),
    }
}

#[cfg(test)]
mod tests;
