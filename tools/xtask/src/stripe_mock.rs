//! Stripe's own stand-in, which some tests ask for its opinion.

use std::env;
use std::env::consts::EXE_SUFFIX;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::command::{output, root, run};
use crate::setup::is_on_path;

/// The version of `stripe-mock`, which the tests read as well.
const VERSION: &str =
    include_str!("../../../tests/e2e/conformance/scripts/stripe-mock-version.txt");

/// The files of Stripe's specification in its module: all types of events, and an example of each object.
const SPECIFICATION: [&str; 2] = ["spec3.beta.sdk.json", "fixtures3.beta.json"];

/// Builds `stripe-mock` into a directory that has its version in its name, and puts Stripe's specification beside it,
/// unless all is there or there is no Go.
pub(crate) fn install() -> Result<()> {
    let version = VERSION.trim();
    let directory = root().join(format!("target/conformance/stripe-mock-{version}"));
    let program = directory.join(format!("stripe-mock{EXE_SUFFIX}"));
    if !is_on_path("go") {
        return Ok(());
    }
    if !program.exists() {
        build(version, &directory)?;
    }
    if SPECIFICATION
        .iter()
        .all(|file| directory.join(file).exists())
    {
        return Ok(());
    }
    // `go install` has left the module's sources here, write-protected.
    let cache = output(Command::new("go").args(["env", "GOMODCACHE"]))?;
    let module = format!("github.com/stripe/stripe-mock@{version}/embedded/openapi");
    let sources = Path::new(cache.trim()).join(module);
    for file in SPECIFICATION {
        let text = fs::read(sources.join(file))
            .with_context(|| format!("{file} of stripe-mock {version}"))?;
        fs::write(directory.join(file), text)?;
    }
    Ok(())
}

fn build(version: &str, directory: &Path) -> Result<()> {
    eprintln!("installing stripe-mock {version}");
    // Go itself checks what it downloads against its public checksum database.
    run(Command::new("go")
        .arg("install")
        .arg(format!("github.com/stripe/stripe-mock@{version}"))
        .env("GOBIN", directory)
        // The directory is outside of this project, so that a workspace or a module around it does not matter.
        .current_dir(env::temp_dir()))
}
