//! A manifest of Spin that takes the Wasm from elsewhere than the build.

use std::fmt::Write as _;

use anyhow::{Result, ensure};

/// The source that a manifest takes the Wasm from.
pub(crate) enum Source {
    /// The file of this name beside the manifest.
    Beside(String),
    /// A published file, by address and digest.
    Published {
        url: String,
        /// The file's SHA-256 digest.
        digest: String,
    },
}

impl Source {
    /// Returns the value of `source` in a manifest.
    pub(crate) fn value(&self) -> String {
        match self {
            Self::Beside(file) => format!("{file:?}"),
            Self::Published { url, digest } => {
                format!("{{ url = {url:?}, digest = \"sha256:{digest}\" }}")
            }
        }
    }
}

/// Returns the manifest with another source, and without the section that says how to build it.
pub(crate) fn with_source(manifest: &str, source: &Source) -> Result<String> {
    let (built, _) = without_build(manifest);
    let mut found = 0;
    let mut text = String::new();
    for line in built.lines() {
        if line.starts_with("source = ") {
            found += 1;
            writeln!(text, "source = {}", source.value())?;
        } else {
            text += line;
            text.push('\n');
        }
    }
    ensure!(found == 1, "the manifest has {found} lines with a source");
    Ok(text)
}

/// Splits a manifest at its section about the build: returns all that comes before it, and the section.
fn without_build(manifest: &str) -> (&str, &str) {
    let at = manifest.find("\n[component.portico.build]\n");
    manifest.split_at(at.unwrap_or(manifest.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPIN: &str = include_str!("../../../spin.toml");

    fn published() -> Source {
        Source::Published {
            url: "https://example.com/v1/portico.wasm".to_owned(),
            digest: "0".repeat(64),
        }
    }

    fn parsed(text: &str) -> toml::Table {
        toml::from_str(text).unwrap()
    }

    #[test]
    fn a_manifest_of_a_release_differs_in_its_source_and_has_no_build() {
        let mut original = parsed(SPIN);
        let component = &mut original["component"]["portico"];
        component.as_table_mut().unwrap().remove("build").unwrap();
        for (source, expected) in [
            (
                Source::Beside("portico.wasm".to_owned()),
                toml::Value::String("portico.wasm".to_owned()),
            ),
            (
                published(),
                toml::Value::Table(parsed(&format!(
                    "url = \"https://example.com/v1/portico.wasm\"\ndigest = \"sha256:{}\"",
                    "0".repeat(64)
                ))),
            ),
        ] {
            let made = with_source(SPIN, &source).unwrap();
            original["component"]["portico"]["source"] = expected;
            assert_eq!(parsed(&made), original);
        }
    }

    #[test]
    fn a_manifest_without_a_source_is_refused() {
        assert!(with_source("[component.portico]\n", &published()).is_err());
    }
}
