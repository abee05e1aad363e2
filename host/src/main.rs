//! `portico-host`: runs Portico from its `spin.toml` where the Spin CLI is not installed.

mod dev;
mod run;
mod up;

use std::process::ExitCode;

use anyhow::{Result, bail};
use lexopt::Arg;

const USAGE: &str = "\
Usage: portico-host <command> [options]

  dev   runs Portico beside a stand-in for Stripe (or with Stripe's test mode), with two users to try it with
  up    runs Portico as the environment configures it, as `spin up` does

`portico-host <command> --help` lists the options.
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

fn command() -> Result<()> {
    let mut arguments = lexopt::Parser::from_env();
    match arguments.next()? {
        Some(Arg::Value(command)) if command == "dev" => match dev::Options::parse(arguments)? {
            Some(options) => run::block_on(dev::run(options)),
            None => Ok(()),
        },
        Some(Arg::Value(command)) if command == "up" => match up::Options::parse(arguments)? {
            Some(options) => run::block_on(up::run(options)),
            None => Ok(()),
        },
        Some(Arg::Short('h') | Arg::Long("help")) => {
            print!("{USAGE}");
            Ok(())
        }
        Some(Arg::Value(command)) => bail!("there is no command {}\n\n{USAGE}", command.display()),
        Some(option) => Err(option.unexpected().into()),
        None => bail!("a command is missing\n\n{USAGE}"),
    }
}
