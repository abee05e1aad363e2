//! `cargo xtask dev`: the component on this machine, beside a stand-in for Stripe.

use std::env::{self, consts::EXE_EXTENSION};
use std::ffi::OsString;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::thread::{self, JoinHandle};
use std::{fs, io};

use anyhow::{Context, Result, bail, ensure};

use crate::build::{self, Profile};
use crate::command::{become_program, cargo, root, run as run_program};
use crate::spin;

const HOST: &str = "portico-host";
const STAND_IN: &str = "portico-stand-in";

/// The host that the component runs on.
#[derive(Debug, PartialEq, Eq)]
enum On {
    /// The project's own host, which has to be built.
    Host,
    /// This Spin, by the path of its program.
    Spin(PathBuf),
}

/// Builds the component and runs it until it is interrupted: on the Spin that is on the path, if there is one that is new
/// enough, and else on the project's own host. `--on host` and `--on spin` choose. The other arguments go to
/// `portico-host dev`, or to `portico-stand-in`, which runs Spin beside itself.
pub(crate) fn run(arguments: &[OsString]) -> Result<()> {
    let spin = spin::on_path(&env::var_os("PATH").unwrap_or_default());
    let (on, arguments) = choose(arguments, spin)?;
    match on {
        On::Host => on_host(&arguments),
        On::Spin(program) => on_spin(&program, &arguments),
    }
}

/// Chooses the host, and the arguments that are for others. Options without `--on` are those of the project's own host.
fn choose(arguments: &[OsString], spin: Option<PathBuf>) -> Result<(On, Vec<OsString>)> {
    let mut others = Vec::new();
    let mut chosen = None;
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        if argument == "--on" {
            chosen = Some(arguments.next().context("`--on` takes `host` or `spin`")?);
        } else {
            others.push(argument.clone());
        }
    }
    let on = match (chosen.and_then(|chosen| chosen.to_str()), spin) {
        (Some("host"), _) => On::Host,
        (Some("spin"), Some(spin)) => On::Spin(spin),
        (Some("spin"), None) => bail!("there is no `spin` 4.1 or later on the path"),
        (None, Some(spin)) if chosen.is_none() && others.is_empty() => On::Spin(spin),
        (None, _) if chosen.is_none() => On::Host,
        _ => bail!("`--on` takes `host` or `spin`"),
    };
    Ok((on, others))
}

/// Runs Spin by way of the stand-in, which ends Spin when it is ended itself.
fn on_spin(program: &Path, arguments: &[OsString]) -> Result<()> {
    eprintln!(
        "Portico runs on {}, beside a stand-in for Stripe. `cargo xtask dev --on host` runs it on the project's own host, \
         which also serves an account page.\nBuilding the component for development, and the stand-in.",
        program.display()
    );
    let wasm = build::spin(Profile::Development)?;
    become_program(
        cargo()
            .args(["run", "--quiet", "--locked", "--package", STAND_IN])
            .args(["--", "--spin"])
            .arg(program)
            .arg("--manifest")
            .arg(manifest_of(&wasm)?)
            .args(arguments),
    )
}

/// Writes a manifest that differs from `spin.toml` in its Wasm alone, beside that Wasm.
fn manifest_of(wasm: &Path) -> Result<PathBuf> {
    let manifest = root().join("spin.toml");
    let text = fs::read_to_string(&manifest).context("spin.toml")?;
    let source = "target/wasm32-wasip1/release/portico.wasm";
    ensure!(
        text.contains(source),
        "spin.toml names another Wasm than {source}"
    );
    let beside = wasm.with_file_name("spin.toml");
    fs::write(&beside, text.replace(source, "portico.wasm"))?;
    Ok(beside)
}

fn on_host(arguments: &[OsString]) -> Result<()> {
    // Only options ask for a store in a file, for Redis, or for Stripe itself. A first run without them is built sooner.
    let features: &[&str] = if arguments.is_empty() {
        &["--no-default-features"]
    } else {
        &[]
    };
    let only_help = arguments
        .iter()
        .any(|argument| argument == "--help" || argument == "-h");
    if only_help {
        println!("{USAGE}");
    } else {
        build(features)?;
        eprintln!("Starting the host. It first compiles a component that is new to machine code.");
    }
    // Cargo in turn hands its process over to the host on Unix, so that an interrupt reaches the host alone and
    // nothing is left behind. The manifest is named because the command may run in any directory of the project.
    become_program(
        host_cargo("run", features)
            .arg("--quiet")
            .args(["--", "dev"])
            .arg("--manifest")
            .arg(root().join("spin.toml"))
            .arg("--wasm")
            .arg(build::spin_wasm(Profile::Development))
            .args(arguments),
    )
}

const USAGE: &str = "\
Usage: cargo xtask dev [--on <host|spin>] [options]

Runs on the `spin` of the path, if it is 4.1 or later and there are no options; else on the project's own host.
Options on the host are those below; `cargo xtask dev --on spin --help` has those on Spin.
";

/// Returns the Cargo that builds the host. It keeps nothing for an incremental build, which would make a first one longer:
/// the host is changed seldom.
fn host_cargo(command: &str, features: &[&str]) -> Command {
    let mut cargo = cargo();
    cargo
        .args([command, "--package", HOST])
        .args(features)
        .env("CARGO_INCREMENTAL", "0");
    cargo
}

/// Builds the component and the host at a time: each has steps in which it keeps a single core busy.
fn build(features: &[&str]) -> Result<()> {
    let host = root()
        .join("target/debug")
        .join(HOST)
        .with_extension(EXE_EXTENSION);
    if host.exists() {
        eprintln!(
            "Building the component for development, and the host, as far as they have changed."
        );
    } else {
        eprintln!(
            "Building the component for development and, beside it, the host that runs it, most of which is Wasmtime. The \
             first time, this takes two to three minutes on two cores. Later, it takes seconds."
        );
    }
    let component = Background::start();
    let host = run_program(host_cargo("build", features).current_dir(root()));
    // Nothing is left behind that still builds.
    let component = component.finish();
    host.and(component)
}

/// The build of the component, as a thread that runs this program once more. It says nothing unless it fails: two
/// progress bars would write over each other.
struct Background(JoinHandle<io::Result<Output>>);

impl Background {
    fn start() -> Self {
        // The host's build is the longer one, so the larger part of the machine is its.
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        Self(thread::spawn(move || {
            Command::new(env::current_exe()?)
                .args(["build", "--development"])
                .env("CARGO_BUILD_JOBS", (cores / 2).max(1).to_string())
                .stdin(Stdio::null())
                .output()
        }))
    }

    fn finish(self) -> Result<()> {
        if !self.0.is_finished() {
            eprintln!("The host is built. The component will be in a moment.");
        }
        let output = self.0.join();
        let output = output
            .ok()
            .context("the build of the component was given up")??;
        // The last line says where the Wasm is, and how large.
        let told = String::from_utf8_lossy(&output.stderr);
        if !output.status.success() {
            bail!("the component was not built:\n{told}");
        }
        eprintln!("{}", told.trim_end().lines().last().unwrap_or_default());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(arguments: &[&str], spin: bool) -> Option<(On, Vec<String>)> {
        let arguments: Vec<_> = arguments.iter().map(OsString::from).collect();
        let (on, others) = choose(&arguments, spin.then(|| "/bin/spin".into())).ok()?;
        let others = others.into_iter().map(|other| other.into_string().unwrap());
        Some((on, others.collect()))
    }

    #[test]
    fn a_spin_that_is_there_is_used_unless_somebody_chooses_or_has_options_of_the_host() {
        let spin = || On::Spin("/bin/spin".into());
        let with = |options: &[&str]| options.iter().map(|&option| option.to_owned()).collect();
        assert_eq!(chosen(&[], true), Some((spin(), Vec::new())));
        assert_eq!(chosen(&[], false), Some((On::Host, Vec::new())));
        assert_eq!(
            chosen(&["--store", "x"], true),
            Some((On::Host, with(&["--store", "x"])))
        );
        assert_eq!(
            chosen(&["--on", "host"], true),
            Some((On::Host, Vec::new()))
        );
        assert_eq!(
            chosen(&["--on", "spin", "--portico", "127.0.0.1:1"], true),
            Some((spin(), with(&["--portico", "127.0.0.1:1"])))
        );
        for wrong in [&["--on"][..], &["--on", "x"]] {
            assert_eq!(chosen(wrong, true), None);
        }
        assert_eq!(chosen(&["--on", "spin"], false), None);
    }
}
