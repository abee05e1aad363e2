//! The project's commands: `cargo xtask build`, `cargo xtask dev`, `cargo xtask test`.

mod build;
mod command;
mod dev;
mod peers;
mod scripts;
mod test;

use std::process::ExitCode;

use anyhow::{Result, bail};

const USAGE: &str = "\
Usage: cargo xtask <command>

  build          builds the component's Wasm, optimised
  dev [args…]    builds it and runs it locally, beside a stand-in for Stripe; `dev --help` lists the arguments
  test [args…]   builds it and runs all tests; with arguments, those tests of `cargo test`
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
        Some("build") if rest.is_empty() => build::run(),
        Some("build") => bail!("`build` takes no arguments"),
        Some("dev") => dev::run(&rest),
        Some("test") => test::run(&rest),
        Some("help" | "--help" | "-h") => {
            print!("{USAGE}");
            Ok(())
        }
        Some("") => bail!("a command is missing\n\n{USAGE}"),
        _ => bail!("there is no command {}\n\n{USAGE}", command.display()),
    }
}
