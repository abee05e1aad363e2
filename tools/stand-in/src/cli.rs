//! The parts that the programs of a development run share: options, errors that say what to do, and an end.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;

use anyhow::{Context as _, Error, Result, bail};
use lexopt::{Arg, Parser};

/// Reads a command line of long options to its end. `read` is called with the name of each, and takes the option's value
/// from the line; it returns false for a name that it does not know.
pub fn read_options(
    mut line: Parser,
    mut read: impl FnMut(&str, &mut Parser) -> Result<bool>,
) -> Result<()> {
    while let Some(argument) = line.next()? {
        let Arg::Long(name) = argument else {
            // An argument may be a key that lacks its option, so it is not shown.
            bail!("there are only options here, which begin with two dashes; `--help` lists them");
        };
        let name = name.to_owned();
        let known = read(&name, &mut line).with_context(|| format!("--{name}"))?;
        if !known {
            bail!("there is no option --{name}; `--help` lists the options");
        }
    }
    Ok(())
}

/// Says what to do when an address is in use, by naming the `option` to change; leaves other errors as they are.
#[must_use]
pub fn explain_taken_port(error: Error, address: SocketAddr, option: &str) -> Error {
    let taken = error.chain().any(|cause| {
        let cause = cause.downcast_ref::<io::Error>();
        cause.is_some_and(|cause| cause.kind() == ErrorKind::AddrInUse)
    });
    if !taken {
        return error;
    }
    let port = address.port();
    let next = match option {
        // This option takes a port alone.
        "--stand-in-port" => (port + 1).to_string(),
        _ => SocketAddr::new(address.ip(), port + 1).to_string(),
    };
    Error::msg(format!(
        "port {port} is taken: another program listens on {address}. End it, or choose another port, for example with \
         `{option} {next}`"
    ))
}

/// Returns when this process is asked to end: by Ctrl-C, or by a request to terminate.
pub async fn interrupted() -> Result<()> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate())?;
        tokio::select! {
            interrupted = tokio::signal::ctrl_c() => interrupted?,
            _ = terminate.recv() => {}
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await?;
    Ok(())
}
