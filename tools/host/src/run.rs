//! The parts that both commands need: defaults, a runtime, a listener, and an end.

use std::net::SocketAddr;

use anyhow::{Context, Result, bail};
use lexopt::{Parser, ValueExt as _};
use portico_host::Host;
use portico_stand_in::cli::{explain_taken_port, interrupted};
use tokio::net::TcpListener;

/// The address to listen on, unless an option says another.
pub(crate) const LISTEN: ([u8; 4], u16) = ([127, 0, 0, 1], 3000);
/// The manifest, unless an option names another.
pub(crate) const MANIFEST: &str = "spin.toml";

/// Runs a command on a Tokio runtime of its own.
pub(crate) fn block_on(command: impl Future<Output = Result<()>>) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("cannot start the runtime")?;
    runtime.block_on(command)
}

/// Takes `address`. When somebody else listens there, the error names the `option` to change.
pub(crate) async fn listen(address: SocketAddr, option: &str) -> Result<TcpListener> {
    let listener = TcpListener::bind(address).await;
    listener
        .with_context(|| format!("cannot listen on {address}"))
        .map_err(|error| explain_taken_port(error, address, option))
}

/// Serves until Ctrl-C or a request to terminate, then lets the requests in flight finish. A second Ctrl-C does not
/// wait for them.
pub(crate) async fn until_interrupted(host: Host) -> Result<()> {
    interrupted().await?;
    eprintln!("portico-host: ending (Ctrl-C again ends at once)");
    tokio::select! {
        () = host.shutdown() => Ok(()),
        again = interrupted() => {
            again?;
            bail!("ended without waiting for the requests in flight")
        }
    }
}

/// Takes an option's value of the form `name=value`. All that follows the first `=` is the value.
pub(crate) fn name_and_value(line: &mut Parser) -> Result<(String, String)> {
    let text = line.value()?.string()?;
    let (name, value) = text
        .split_once('=')
        .context("this is not of the form name=value")?;
    Ok((name.to_owned(), value.to_owned()))
}
