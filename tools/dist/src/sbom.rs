//! The bill of materials of the component (`CycloneDX` 1.6, <https://cyclonedx.org/docs/1.6/json/>): every crate that is
//! compiled into one of the three Wasm files.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

/// The packages that the Wasm files are built from, and the target that they are built for.
const SHELLS: [&str; 2] = ["portico-spin", "portico-wasi"];
const TARGET: &str = "wasm32-wasip1";

/// Returns the document. It has no time and no serial number, so that it is the same wherever it is made.
pub(crate) fn of(project: &Path) -> Result<String> {
    let mut components = BTreeMap::new();
    for shell in SHELLS {
        let tree = tree(project, shell)?;
        for line in tree.lines() {
            let (key, component) = component(line)?;
            components.insert(key, component);
        }
    }
    let lock = std::fs::read_to_string(project.join("Cargo.lock"))?;
    let checksums = checksums(&lock);
    for ((name, version), component) in &mut components {
        if let Some(checksum) = checksums.get(&(name.as_str(), version.as_str())) {
            component["hashes"] = json!([{ "alg": "SHA-256", "content": checksum }]);
        }
    }
    let version = env!("CARGO_PKG_VERSION");
    let document = json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": "portico",
                "name": "portico",
                "version": version,
                "licenses": [{ "expression": "MIT OR Apache-2.0" }],
            },
        },
        "components": components.into_values().collect::<Vec<_>>(),
    });
    Ok(format!("{document:#}\n"))
}

/// Asks Cargo for the crates that a package is built from, one to a line: name, version and license.
fn tree(project: &Path, package: &str) -> Result<String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["tree", "--locked", "--package", package, "--target", TARGET])
        .args(["--edges", "normal", "--prefix", "none", "--no-dedupe"])
        .args(["--format", "{p}\t{l}"])
        .current_dir(project)
        .output()
        .context("cannot start cargo")?;
    ensure!(
        output.status.success(),
        "cargo tree failed: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(String::from_utf8(output.stdout)?)
}

/// Reads a line of the tree: the crate's name and version, and its entry.
fn component(line: &str) -> Result<((String, String), Value)> {
    let (package, license) = line.split_once('\t').context("a line without a license")?;
    let mut words = package.split(' ');
    let (Some(name), Some(version)) = (words.next(), words.next()) else {
        anyhow::bail!("no crate: {line}");
    };
    let version = version.trim_start_matches('v');
    let purl = format!("pkg:cargo/{name}@{version}");
    // Some crates write a slash where SPDX has `OR`.
    let license = license.replace('/', " OR ");
    let mut component = json!({
        "type": "library",
        "bom-ref": purl,
        "name": name,
        "version": version,
        "purl": purl,
    });
    if !license.is_empty() {
        component["licenses"] = json!([{ "expression": license }]);
    }
    Ok(((name.to_owned(), version.to_owned()), component))
}

/// Returns the checksums of a lock file, by name and version.
fn checksums(lock: &str) -> BTreeMap<(&str, &str), &str> {
    let packages = lock.split("[[package]]").skip(1);
    let rows = packages.filter_map(|package| {
        let value = |name: &str| {
            let mut lines = package.lines();
            lines.find_map(|line| {
                line.strip_prefix(name)?
                    .strip_prefix(" = \"")?
                    .strip_suffix('"')
            })
        };
        Some(((value("name")?, value("version")?), value("checksum")?))
    });
    rows.collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_document_names_every_crate_of_the_component_once_with_its_license() {
        let project = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
        let document: Value = serde_json::from_str(&of(project).unwrap()).unwrap();
        let components = document["components"].as_array().unwrap();
        let names: Vec<_> = components
            .iter()
            .map(|component| component["purl"].as_str().unwrap())
            .collect();
        let unique: BTreeSet<_> = names.iter().collect();
        assert_eq!(unique.len(), names.len());
        for expected in ["serde_json@", "spin-sdk@", "http@"] {
            let found = names.iter().any(|name| name.contains(expected));
            assert!(found, "{expected}");
        }
        for component in components {
            assert!(component["licenses"].is_array(), "{component}");
            let ours = component["name"].as_str().unwrap().starts_with("portico");
            assert_eq!(component["hashes"].is_array(), !ours, "{component}");
        }
        assert!(!names.iter().any(|name| name.contains("wasmtime")));
    }
}
