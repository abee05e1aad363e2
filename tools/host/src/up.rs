//! `portico-host up`: Portico as the environment configures it.

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use portico_host::{EngineOptions, Host, LogSink};

use crate::run;

/// Runs Portico as `spin up` does. Variables come from the environment (`SPIN_VARIABLE_FRONTEND_URL=…`) or the command
/// line
#[derive(Args)]
pub(crate) struct Options {
    /// Where to listen
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:3000")]
    listen: SocketAddr,

    /// Writes a record to the default store before anything is served; may be repeated
    #[arg(long = "key-value", value_name = "KEY=VALUE", value_parser = run::name_and_value)]
    records: Vec<(String, String)>,

    /// The manifest
    #[arg(long, value_name = "PATH", default_value = "spin.toml")]
    manifest: PathBuf,

    /// Where the key-value stores are; without it, the store is in memory
    #[arg(long, value_name = "PATH")]
    runtime_config_file: Option<PathBuf>,

    /// Sets a variable; may be repeated
    #[arg(long = "variable", value_name = "NAME=VALUE", value_parser = run::name_and_value)]
    variables: Vec<(String, String)>,

    /// Runs this Wasm in place of the manifest's
    #[arg(long, value_name = "PATH")]
    wasm: Option<PathBuf>,

    /// Tells `perf` the names of the Wasm's functions, in /tmp/perf-<pid>.map
    #[arg(long)]
    perf_map: bool,
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
    use clap::Parser;

    use super::Options;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        options: Options,
    }

    #[test]
    fn a_record_is_everything_behind_the_first_equals_sign() {
        let line = ["up", "--key-value", "customer:user_1={\"plan\":\"a=b\"}"];
        let Ok(Line { options }) = Line::try_parse_from(line) else {
            panic!("it is refused");
        };
        let record = (
            "customer:user_1".to_owned(),
            "{\"plan\":\"a=b\"}".to_owned(),
        );
        assert_eq!(options.records, [record]);
        let Err(refused) = Line::try_parse_from(["up", "--key-value", "customer:user_1"]) else {
            panic!("it is taken");
        };
        assert!(refused.to_string().contains("name=value"), "{refused}");
    }
}
