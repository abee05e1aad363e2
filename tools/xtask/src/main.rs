//! The project's commands: `cargo xtask build`, `cargo xtask dev`, `cargo xtask test` and others.
//!
//! Everything waits for this program to be built, so it takes its few options apart itself, and depends on little: with
//! `clap`, a fresh machine would wait a minute longer.

mod bench;
mod build;
mod command;
mod dev;
mod dist;
mod edge_manifest;
mod fuzz;
mod golang_jwt;
mod hosts;
mod lint;
mod npm;
mod python;
mod setup;
mod spin;
mod stripe_mock;
mod test;

use std::process::ExitCode;

use anyhow::{Result, bail, ensure};

const USAGE: &str = "\
Usage: cargo xtask <command>

  bench [args…]  builds it and measures it beside services that do the same; `bench --help` lists the arguments
  build          builds the component's Wasm, optimised; `build --help` tells of other builds
  dev [args…]    builds it and runs it locally, beside a stand-in for Stripe; `dev --help` lists the arguments
  dist           gathers everything that a release consists of in dist/; `dist --help` tells more
  fuzz           runs each fuzz target for a moment
  lint           checks formatting, dependencies and lints
  setup          installs the programs that tests and fuzzing need, as root on Debian; elsewhere lists what is missing
  test [args…]   builds it and runs all tests; `test --help` tells of parts of them
";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let mut arguments = std::env::args_os().skip(1);
    let command = arguments.next().unwrap_or_default();
    let rest: Vec<_> = arguments.collect();
    match command.to_str() {
        Some("bench") => bench::run(&rest),
        Some("build") => build::command(&rest),
        Some("dev") => dev::run(&rest),
        Some("dist") => dist::command(&rest),
        Some(command @ ("fuzz" | "lint" | "setup")) => {
            ensure!(rest.is_empty(), "`{command}` takes no arguments\n\n{USAGE}");
            match command {
                "fuzz" => fuzz::run(),
                "lint" => lint::run(),
                _ => setup::run(),
            }
        }
        Some("test") => test::run(&rest),
        Some("help" | "--help" | "-h") => {
            print!("{USAGE}");
            Ok(())
        }
        Some("") => bail!("a command is missing\n\n{USAGE}"),
        _ => bail!("there is no command {}\n\n{USAGE}", command.display()),
    }
}
