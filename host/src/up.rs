//! `portico-host up`: Portico as the environment configures it.

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::Result;
use lexopt::{Arg, Parser, ValueExt as _};
use portico_host::{Host, LogSink};

use crate::run;

const USAGE: &str = "\
Usage: portico-host up [options]

Runs Portico as `spin up` does. Variables come from the environment (SPIN_VARIABLE_FRONTEND_URL=…) or the command line.

  --listen <address>               where to listen; 127.0.0.1:3000 by default
  --manifest <path>                the manifest; ./spin.toml by default
  --runtime-config-file <path>     where the key-value stores are; without it, the store is in memory
  --variable <name>=<value>        sets a variable; may be repeated
  --help                           shows this
";

/// What the command line says.
#[derive(Debug)]
pub(crate) struct Options {
    listen: SocketAddr,
    manifest: PathBuf,
    runtime_config: Option<PathBuf>,
    variables: Vec<(String, String)>,
}

impl Options {
    /// Reads the rest of the command line. `None` means that it asked for help, which it got.
    pub(crate) fn parse(mut arguments: Parser) -> Result<Option<Self>> {
        let mut options = Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 3000)),
            manifest: PathBuf::from("spin.toml"),
            runtime_config: None,
            variables: Vec::new(),
        };
        while let Some(argument) = arguments.next()? {
            match argument {
                Arg::Long("listen") => {
                    options.listen = run::address(&arguments.value()?.string()?)?;
                }
                Arg::Long("manifest") => options.manifest = arguments.value()?.into(),
                Arg::Long("runtime-config-file") => {
                    options.runtime_config = Some(arguments.value()?.into());
                }
                Arg::Long("variable") => {
                    let variable = arguments.value()?.string()?;
                    options.variables.push(run::variable(&variable)?);
                }
                Arg::Short('h') | Arg::Long("help") => {
                    print!("{USAGE}");
                    return Ok(None);
                }
                _ => return Err(argument.unexpected().into()),
            }
        }
        Ok(Some(options))
    }
}

/// Runs Portico until it is interrupted.
pub(crate) async fn run(options: Options) -> Result<()> {
    let mut builder = Host::builder(options.manifest)
        .variables_from_env()
        .logs(LogSink::Stderr);
    for (name, value) in options.variables {
        builder = builder.variable(name, value);
    }
    if let Some(path) = options.runtime_config {
        builder = builder.runtime_config(path);
    }
    let listener = run::listen(options.listen, "--listen").await?;
    let host = builder.listener(listener).start().await?;
    println!("Portico listens on http://{}", host.addr());
    run::until_interrupted(host).await
}
