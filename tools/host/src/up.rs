//! `portico-host up`: Portico as the environment configures it.

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::Result;
use lexopt::ValueExt as _;
use portico_host::{EngineOptions, Host, LogSink};
use portico_stand_in::cli::read_options;

use crate::run;

pub(crate) const USAGE: &str = "\
Runs Portico as `spin up` does. Variables come from the environment (SPIN_VARIABLE_FRONTEND_URL=…) or the command line.

Usage: portico-host up [options]

  --listen <ADDRESS>            where to listen [default: 127.0.0.1:3000]
  --key-value <KEY=VALUE>       writes a record to the default store before anything is served; may be repeated
  --manifest <PATH>             the manifest [default: spin.toml]
  --runtime-config-file <PATH>  where the key-value stores are; without it, the store is in memory
  --variable <NAME=VALUE>       sets a variable; may be repeated
  --wasm <PATH>                 runs this Wasm in place of the manifest's
  --perf-map                    tells `perf` the names of the Wasm's functions, in /tmp/perf-<pid>.map
";

/// The options of `portico-host up`.
pub(crate) struct Options {
    listen: SocketAddr,
    records: Vec<(String, String)>,
    manifest: PathBuf,
    runtime_config_file: Option<PathBuf>,
    variables: Vec<(String, String)>,
    wasm: Option<PathBuf>,
    perf_map: bool,
}

impl Options {
    /// Reads the options from the rest of the command line.
    pub(crate) fn parse(line: lexopt::Parser) -> Result<Self> {
        let mut options = Self {
            listen: run::LISTEN.into(),
            records: Vec::new(),
            manifest: run::MANIFEST.into(),
            runtime_config_file: None,
            variables: Vec::new(),
            wasm: None,
            perf_map: false,
        };
        read_options(line, |name, line| {
            match name {
                "listen" => options.listen = line.value()?.string()?.parse()?,
                "key-value" => options.records.push(run::name_and_value(line)?),
                "manifest" => options.manifest = line.value()?.into(),
                "runtime-config-file" => options.runtime_config_file = Some(line.value()?.into()),
                "variable" => options.variables.push(run::name_and_value(line)?),
                "wasm" => options.wasm = Some(line.value()?.into()),
                "perf-map" => options.perf_map = true,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        Ok(options)
    }
}

/// Runs Portico until it is interrupted.
pub(crate) async fn run(options: Options) -> Result<()> {
    let mut builder = Host::builder(options.manifest)
        .variables_from_env()
        .engine(EngineOptions {
            perf_map: options.perf_map,
            ..EngineOptions::default()
        })
        .logs(LogSink::Stderr);
    for (name, value) in options.variables {
        builder = builder.variable(name, value);
    }
    for (key, value) in options.records {
        builder = builder.record(key, value);
    }
    if let Some(path) = options.runtime_config_file {
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
    use anyhow::Result;
    use lexopt::Parser;

    use super::Options;

    fn parse(words: &[&str]) -> Result<Options> {
        Options::parse(Parser::from_args(words))
    }

    #[test]
    fn a_record_is_everything_behind_the_first_equals_sign() {
        let options = parse(&["--key-value", "customer:user_1={\"plan\":\"a=b\"}"]).unwrap();
        let record = (
            "customer:user_1".to_owned(),
            "{\"plan\":\"a=b\"}".to_owned(),
        );
        assert_eq!(options.records, [record]);
        let Err(refused) = parse(&["--key-value", "customer:user_1"]) else {
            panic!("it is taken");
        };
        let refused = format!("{refused:#}");
        assert!(
            refused.contains("--key-value") && refused.contains("name=value"),
            "{refused}"
        );
    }
}
