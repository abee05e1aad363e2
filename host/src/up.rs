//! `portico-host up`: Portico as the environment configures it.

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::Result;
use lexopt::{Arg, Parser, ValueExt as _};
use portico_host::{EngineOptions, Host, LogSink};

use crate::run;

const USAGE: &str = "\
Usage: portico-host up [options]

Runs Portico as `spin up` does. Variables come from the environment (SPIN_VARIABLE_FRONTEND_URL=…) or the command line.

  --listen <address>               where to listen; 127.0.0.1:3000 by default
  --key-value <key>=<value>        writes a record to the default store before anything is served; may be repeated
  --manifest <path>                the manifest; ./spin.toml by default
  --runtime-config-file <path>     where the key-value stores are; without it, the store is in memory
  --variable <name>=<value>        sets a variable; may be repeated
  --wasm <path>                    runs this Wasm in place of the manifest's
  --wide-arithmetic                accepts Wasm of `cargo xtask build --wide-arithmetic`, as Wasmtime 49 does by itself
  --perf-map                       tells `perf` the names of the Wasm's functions, in /tmp/perf-<pid>.map
  --help                           shows this
";

/// What the command line says.
#[derive(Debug)]
pub(crate) struct Options {
    listen: SocketAddr,
    manifest: PathBuf,
    runtime_config: Option<PathBuf>,
    variables: Vec<(String, String)>,
    records: Vec<(String, String)>,
    wasm: Option<PathBuf>,
    engine: EngineOptions,
}

impl Options {
    /// Reads the rest of the command line. `None` means that it asked for help, which it got.
    pub(crate) fn parse(mut arguments: Parser) -> Result<Option<Self>> {
        let mut options = Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 3000)),
            manifest: PathBuf::from("spin.toml"),
            runtime_config: None,
            variables: Vec::new(),
            records: Vec::new(),
            wasm: None,
            engine: EngineOptions::default(),
        };
        while let Some(argument) = arguments.next()? {
            match argument {
                Arg::Long("listen") => {
                    options.listen = run::address(&arguments.value()?.string()?)?;
                }
                Arg::Long("key-value") => {
                    let record = arguments.value()?.string()?;
                    options.records.push(run::record(&record)?);
                }
                Arg::Long("manifest") => options.manifest = arguments.value()?.into(),
                Arg::Long("runtime-config-file") => {
                    options.runtime_config = Some(arguments.value()?.into());
                }
                Arg::Long("variable") => {
                    let variable = arguments.value()?.string()?;
                    options.variables.push(run::variable(&variable)?);
                }
                Arg::Long("wasm") => options.wasm = Some(arguments.value()?.into()),
                Arg::Long("wide-arithmetic") => options.engine.wide_arithmetic = true,
                Arg::Long("perf-map") => options.engine.perf_map = true,
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
        .engine(options.engine)
        .logs(LogSink::Stderr);
    for (name, value) in options.variables {
        builder = builder.variable(name, value);
    }
    for (key, value) in options.records {
        builder = builder.record(key, value);
    }
    if let Some(path) = options.runtime_config {
        builder = builder.runtime_config(path);
    }
    if let Some(path) = options.wasm {
        builder = builder.wasm(path);
    }
    let listener = run::listen(options.listen, "--listen").await?;
    let host = builder.listener(listener).start().await?;
    println!("Portico listens on http://{}", host.addr());
    run::until_interrupted(host).await
}

#[cfg(test)]
mod tests {
    use super::Options;

    #[test]
    fn a_record_is_everything_behind_the_first_equals_sign() {
        let arguments = ["--key-value", "customer:user_1={\"plan\":\"a=b\"}"];
        let options = Options::parse(lexopt::Parser::from_args(arguments));
        let options = options.unwrap().unwrap();
        let record = (
            "customer:user_1".to_owned(),
            "{\"plan\":\"a=b\"}".to_owned(),
        );
        assert_eq!(options.records, [record]);
        let refused = Options::parse(lexopt::Parser::from_args([
            "--key-value",
            "customer:user_1",
        ]));
        assert!(refused.unwrap_err().to_string().contains("key=value"));
    }
}
