//! `portico-host`: runs Portico from its `spin.toml` where the Spin CLI is not installed.

mod dev;
mod run;
mod up;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Runs Portico from its spin.toml where the Spin CLI is not installed.
#[derive(Parser)]
#[command(version)]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Runs Portico beside a stand-in for Stripe (or with Stripe's test mode), with two users to try it with
    Dev(dev::Options),
    /// Runs Portico as the environment configures it, as `spin up` does
    Up(up::Options),
}

fn main() -> ExitCode {
    let ended = match CommandLine::parse().command {
        Command::Dev(options) => run::block_on(dev::run(options)),
        Command::Up(options) => run::block_on(up::run(options)),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("portico-host: {error:#}");
            ExitCode::FAILURE
        }
    }
}
