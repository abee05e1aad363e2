//! `portico-host`: runs Portico from its `spin.toml` where the Spin CLI is not installed.

mod dev;
mod run;
mod up;

use std::env;
use std::process::ExitCode;

use anyhow::{Result, bail};
use lexopt::Parser;

const USAGE: &str = "\
Runs Portico from its spin.toml where the Spin CLI is not installed.

Usage: portico-host <command> [options]

Commands, each of which lists its options with --help:
  dev  runs Portico beside a stand-in for Stripe (or with Stripe's test mode), with two users to try it with
  up   runs Portico as the environment configures it, as `spin up` does
";

fn main() -> ExitCode {
    match command() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("portico-host: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Runs the command of this program's command line.
fn command() -> Result<()> {
    let mut words = env::args_os().skip(1);
    let command = words.next().unwrap_or_default();
    let words: Vec<_> = words.collect();
    let help = words.iter().any(|word| word == "--help" || word == "-h");
    let options = Parser::from_args(words);
    match command.to_str() {
        Some("dev") if help => print!("{}", dev::USAGE),
        Some("up") if help => print!("{}", up::USAGE),
        Some("dev") => return run::block_on(dev::run(dev::Options::parse(options)?)),
        Some("up") => return run::block_on(up::run(up::Options::parse(options)?)),
        Some("--help" | "-h") => print!("{USAGE}"),
        _ => bail!("the commands are `dev` and `up`; `--help` tells more"),
    }
    Ok(())
}
