//! A contender's running process.

use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};

use crate::accounts::{CpuTime, Memory};
use crate::client::Connection;
use crate::contenders::{Contender, Setting};
use crate::machine::Cores;

/// The longest that a contender may take to start; the compiler is in it.
const PATIENCE: Duration = Duration::from_mins(2);

/// A running contender. It ends when this is dropped.
pub(crate) struct Process {
    name: &'static str,
    child: Child,
    address: SocketAddr,
}

impl Process {
    /// Starts a contender whose log goes to `log`, or else nowhere.
    pub(crate) fn start(
        contender: &Contender,
        setting: &Setting,
        cores: &Cores,
        log: Option<File>,
    ) -> Result<Self> {
        // Taken and given back, for the contender to take. Nobody else takes a port right after it was free.
        let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        let child = contender
            .command(setting, address, cores.contenders)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log.map_or_else(Stdio::null, Stdio::from))
            .spawn()
            .with_context(|| format!("cannot start {}", contender.name))?;
        Ok(Self {
            name: contender.name,
            child,
            address,
        })
    }

    /// Returns a connection, as soon as it is accepted.
    pub(crate) async fn connect(&mut self) -> Result<Connection> {
        let begin = Instant::now();
        loop {
            match Connection::open(self.address).await {
                Ok(connection) => return Ok(connection),
                Err(error) if begin.elapsed() > PATIENCE => {
                    bail!("{} does not listen: {error}", self.name)
                }
                Err(_) => {}
            }
            if let Some(status) = self.child.try_wait()? {
                bail!("{} has ended by itself: {status}", self.name);
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    pub(crate) fn cpu_time(&self) -> Result<CpuTime> {
        CpuTime::of(self.child.id())
    }

    pub(crate) fn memory(&self) -> Result<Memory> {
        Memory::of(self.child.id())
    }

    /// Ends it, and fails if it has ended before.
    pub(crate) fn end(mut self) -> Result<()> {
        let ended = self.child.try_wait()?;
        ensure!(ended.is_none(), "{} has ended by itself", self.name);
        Ok(())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It has ended already, or it ends now.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
