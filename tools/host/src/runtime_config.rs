//! `runtime-config.toml`: the key-value stores that an operator has.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::key_value::KeyValue;

/// The key-value stores of a runtime configuration, by label.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RuntimeConfig {
    /// The stores, by label.
    pub key_value_stores: BTreeMap<String, StoreConfig>,
}

/// The place where a key-value store keeps its values.
#[derive(Clone, PartialEq, Eq)]
pub enum StoreConfig {
    /// In a `SQLite` file, which is created with its directory where it is absent.
    File(PathBuf),
    /// In memory, for as long as the host runs.
    Memory,
    Redis {
        /// The address of the server and its database, with the credentials, if it asks for any.
        url: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    key_value_store: BTreeMap<String, StoreTable>,
}

#[derive(Deserialize)]
struct StoreTable {
    r#type: String,
    path: Option<PathBuf>,
    url: Option<String>,
}

impl RuntimeConfig {
    /// Reads a runtime configuration from a file, as [`RuntimeConfig::parse`] does from text.
    pub fn load(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read the runtime configuration {}", path.display()))?;
        let directory = path.parent().unwrap_or(Path::new(""));
        Self::parse(&text, directory)
            .with_context(|| format!("the runtime configuration {}", path.display()))
    }

    /// Reads a runtime configuration from text. Relative paths in it start at `directory`.
    ///
    /// # Errors
    ///
    /// When the text is no TOML, or configures anything that this host does not have.
    pub fn parse(text: &str, directory: &Path) -> Result<Self> {
        let file: File = toml::from_str(text)?;
        let mut key_value_stores = BTreeMap::new();
        for (label, table) in file.key_value_store {
            let store = match table.r#type.as_str() {
                "spin" => match table.path {
                    Some(path) => StoreConfig::File(directory.join(path)),
                    None => StoreConfig::Memory,
                },
                "redis" => StoreConfig::Redis {
                    url: table.url.with_context(|| {
                        format!("the key-value store `{label}` is of type `redis` and has no `url`")
                    })?,
                },
                known @ ("azure_cosmos" | "aws_dynamo") => bail!(
                    "the key-value store `{label}` is of type `{known}`, which is not supported by this host"
                ),
                unknown => {
                    bail!("the key-value store `{label}` is of the unknown type `{unknown}`")
                }
            };
            key_value_stores.insert(label, store);
        }
        Ok(Self { key_value_stores })
    }
}

impl StoreConfig {
    /// Opens the store. Several stores may share a file: their labels keep them apart.
    ///
    /// # Errors
    ///
    /// When the file or its directory cannot be created or opened, or the URL is not one of a Redis server. An absent
    /// server is noticed when the store is used.
    pub fn open(&self, label: &str) -> Result<KeyValue> {
        match self {
            Self::File(path) => KeyValue::sqlite_labelled(path, label),
            Self::Memory => Ok(KeyValue::in_memory()),
            Self::Redis { url } => KeyValue::redis(url)
                .with_context(|| format!("the `url` of the key-value store `{label}`")),
        }
    }
}

/// Leaves out the URL of a Redis server, which may have a password.
impl fmt::Debug for StoreConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
            Self::Memory => f.write_str("Memory"),
            Self::Redis { .. } => f.debug_struct("Redis").finish_non_exhaustive(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::{RuntimeConfig, StoreConfig};

    fn parse(text: &str) -> anyhow::Result<RuntimeConfig> {
        RuntimeConfig::parse(text, Path::new("/etc/portico"))
    }

    #[test]
    fn a_local_store_is_a_file_beside_the_configuration_or_in_memory() {
        let config = parse(
            r#"
            [key_value_store.default]
            type = "spin"
            path = ".spin/kv.db"
            [key_value_store.absolute]
            type = "spin"
            path = "/var/kv.db"
            [key_value_store.memory]
            type = "spin"
            "#,
        )
        .unwrap();
        let file = |path: &str| StoreConfig::File(PathBuf::from(path));
        let stores = config.key_value_stores;
        assert_eq!(stores["default"], file("/etc/portico/.spin/kv.db"));
        assert_eq!(stores["absolute"], file("/var/kv.db"));
        assert_eq!(stores["memory"], StoreConfig::Memory);
    }

    #[test]
    fn a_redis_store_has_a_url_which_is_not_shown_and_may_be_wrong() {
        let parse = |options: &str| {
            let config = parse(&format!(
                "[key_value_store.default]\ntype = 'redis'\n{options}"
            ))?;
            anyhow::Ok(config.key_value_stores["default"].clone())
        };
        let store = parse("url = 'redis://:hunter2@localhost:6379/1'").unwrap();
        let url = "redis://:hunter2@localhost:6379/1".to_owned();
        assert!(!format!("{store:?}").contains("hunter2"));
        store.open("default").unwrap();
        assert_eq!(store, StoreConfig::Redis { url });
        let error = parse("path = 'x'").unwrap_err().to_string();
        assert!(error.contains("has no `url`"), "{error}");
        for url in [
            "http://:hunter2@localhost",
            "rediss://:hunter2@localhost",
            ":hunter2@localhost",
        ] {
            let store = parse(&format!("url = '{url}'")).unwrap();
            let error = format!("{:#}", store.open("default").unwrap_err());
            assert!(
                error.contains("`default`") && error.contains("Redis"),
                "{error}"
            );
            assert!(!error.contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn a_store_that_spin_has_and_this_host_has_not_is_an_error_that_says_so() {
        for (kind, options) in [
            (
                "azure_cosmos",
                "account = 'a'\ndatabase = 'd'\ncontainer = 'c'",
            ),
            ("aws_dynamo", "region = 'eu-central-1'\ntable = 't'"),
        ] {
            let text = format!("[key_value_store.default]\ntype = '{kind}'\n{options}");
            let error = parse(&text).unwrap_err().to_string();
            assert!(
                error.contains(&format!("`{kind}`, which is not supported by this host")),
                "{error}"
            );
        }
    }

    #[test]
    fn an_unknown_type_or_table_is_an_error_that_names_it() {
        let error = parse("[key_value_store.default]\ntype = 'etcd'").unwrap_err();
        assert!(error.to_string().contains("unknown type `etcd`"), "{error}");
        let error = parse("[sqlite_database.default]\ntype = 'spin'").unwrap_err();
        assert!(error.to_string().contains("sqlite_database"), "{error}");
    }

    #[test]
    fn the_projects_own_runtime_configuration_is_a_local_store() {
        let project = Path::new(env!("CARGO_MANIFEST_DIR"))
            .ancestors()
            .nth(2)
            .unwrap();
        let config = RuntimeConfig::load(project.join("runtime-config.toml")).unwrap();
        assert_eq!(
            config.key_value_stores["default"],
            StoreConfig::File(project.join(".spin/sqlite_key_value.db"))
        );
    }
}
