//! `portico-dist <project> <directory> [<url>]`: gathers the files of a release in a directory that has the three Wasm
//! files already. `cargo xtask dist` builds these and runs this program.
//!
//! The files depend on nothing but the project: neither on the day, nor on the machine, nor on where the project lies.

mod digest;
mod manifest;
mod notes;
mod sbom;
mod template;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};

use crate::manifest::Source;

/// The file that names the digest of every other one.
const SUMS: &str = "SHA256SUMS";

fn main() -> ExitCode {
    match run(std::env::args_os().skip(1).collect()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("portico-dist: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Vec<OsString>) -> Result<()> {
    let (project, directory, url) = match <[OsString; 2]>::try_from(arguments) {
        Ok([project, directory]) => (project, directory, None),
        Err(arguments) => match <[OsString; 3]>::try_from(arguments) {
            Ok([project, directory, url]) => (project, directory, url.into_string().ok()),
            Err(_) => bail!("usage: portico-dist <project> <directory> [<url>]"),
        },
    };
    let release = Release {
        project: project.into(),
        directory: directory.into(),
    };
    release.write_manifests(url.as_deref())?;
    release.write_template(url.as_deref())?;
    release.copy("runtime-config.toml", "runtime-config.toml")?;
    release.copy("docs/openapi.yaml", "openapi.yaml")?;
    release.write("portico.cdx.json", &sbom::of(&release.project)?)?;
    let changelog = release.read("CHANGELOG.md")?;
    release.write("NOTES.md", notes::newest(&changelog)?)?;
    // Last, because it has a line for each other file.
    release.write(SUMS, &release.sums()?)
}

struct Release {
    project: PathBuf,
    directory: PathBuf,
}

impl Release {
    fn read(&self, name: &str) -> Result<String> {
        let file = self.project.join(name);
        fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))
    }

    fn write(&self, name: &str, text: &str) -> Result<()> {
        let file = self.directory.join(name);
        if let Some(parent) = file.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(&file, text).with_context(|| format!("cannot write {}", file.display()))
    }

    fn copy(&self, from: &str, to: &str) -> Result<()> {
        self.write(to, &self.read(from)?)
    }

    /// Returns the source that a manifest takes a Wasm file from.
    fn source(&self, wasm: &str, url: Option<&str>) -> Result<Source> {
        let Some(url) = url else {
            return Ok(Source::Beside(wasm.to_owned()));
        };
        Ok(Source::Published {
            url: format!("{}/{wasm}", url.trim_end_matches('/')),
            digest: digest::of_file(&self.directory.join(wasm))?,
        })
    }

    fn write_manifests(&self, url: Option<&str>) -> Result<()> {
        for (manifest, wasm) in [
            ("spin.toml", "portico.wasm"),
            ("spin.edge.toml", "portico-edge.wasm"),
        ] {
            let text = self.read(manifest)?;
            let source = self.source(wasm, url)?;
            self.write(manifest, &manifest::with_source(&text, &source)?)?;
        }
        Ok(())
    }

    /// Writes the template as `spin templates install --dir` takes it: in a directory `templates`.
    fn write_template(&self, url: Option<&str>) -> Result<()> {
        let spin = self.read("spin.toml")?;
        let source = self.source("portico.wasm", url)?;
        for (name, text) in template::files(&spin, &source)? {
            self.write(&format!("templates/portico/{name}"), &text)?;
        }
        Ok(())
    }

    /// Returns a line for each file, as `sha256sum --check` reads them.
    fn sums(&self) -> Result<String> {
        let mut files = BTreeMap::new();
        walk(&self.directory, "", &mut files)?;
        files.remove(SUMS);
        let mut sums = String::new();
        for (name, path) in files {
            writeln!(sums, "{}  {name}", digest::of_file(&path)?)?;
        }
        Ok(sums)
    }
}

/// Gathers all files below a directory, by their names with `/` between the parts.
fn walk(directory: &Path, prefix: &str, files: &mut BTreeMap<String, PathBuf>) -> Result<()> {
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            walk(&entry.path(), &format!("{name}/"), files)?;
        } else {
            files.insert(name, entry.path());
        }
    }
    Ok(())
}
