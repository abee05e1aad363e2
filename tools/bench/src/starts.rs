//! Measures starts, and the cost of a pause.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use crate::accounts::Memory;
use crate::cases::open_portal;
use crate::client::Connection;
use crate::contenders::{Contender, PAID_USER, Setting};
use crate::machine::Cores;
use crate::process::Process;
use crate::tokens::{Algorithm, Keys};

/// Longer than an instance of Portico waits for its next request.
const PAUSE: Duration = Duration::from_millis(1500);

/// A request that was waited for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wait {
    pub(crate) latency: Duration,
    pub(crate) cpu: Duration,
}

/// The results of starting one contender.
#[derive(Debug, Default)]
pub(crate) struct Starts {
    /// From the start of the process to the first session.
    pub(crate) cold: Vec<Wait>,
    /// The same, where the Wasm had to be compiled. Only components on the project's own host have that.
    pub(crate) uncompiled: Vec<Wait>,
    /// The wait for the first request after a pause.
    pub(crate) after_pause: Vec<Wait>,
    /// The wait for the request after that.
    pub(crate) next: Vec<Wait>,
    /// The memory after the first session.
    pub(crate) memory: Vec<Memory>,
    /// The memory when all loads have passed.
    pub(crate) after_load: Option<Memory>,
}

impl Starts {
    /// Starts a contender once more, and then lets it pause once more.
    pub(crate) async fn measure(
        &mut self,
        contender: &Contender,
        setting: &Setting,
        keys: &Keys,
        cores: &Cores,
    ) -> Result<()> {
        let request = open_portal(&keys.token(Algorithm::Hs256, PAID_USER, 0)?);
        let (process, mut connection, start) =
            first_answer(contender, setting, cores, &request).await?;
        self.cold.push(start);
        self.memory.push(process.memory()?);
        // The first requests of a process are unlike those that come after a pause.
        for _ in 0..100 {
            ask(&process, &mut connection, &request).await?;
        }
        tokio::time::sleep(PAUSE).await;
        self.after_pause
            .push(ask(&process, &mut connection, &request).await?);
        self.next
            .push(ask(&process, &mut connection, &request).await?);
        process.end()
    }

    /// Starts a contender without the code that it has compiled before, if it compiles any.
    pub(crate) async fn measure_uncompiled(
        &mut self,
        contender: &Contender,
        setting: &Setting,
        keys: &Keys,
        cores: &Cores,
    ) -> Result<()> {
        if contender.forget_compiled_code()? {
            let request = open_portal(&keys.token(Algorithm::Hs256, PAID_USER, 0)?);
            let (process, _, start) = first_answer(contender, setting, cores, &request).await?;
            self.uncompiled.push(start);
            process.end()?;
        }
        Ok(())
    }
}

async fn first_answer(
    contender: &Contender,
    setting: &Setting,
    cores: &Cores,
    request: &[u8],
) -> Result<(Process, Connection, Wait)> {
    let begin = Instant::now();
    let mut process = Process::start(contender, setting, cores, None)?;
    let mut connection = process.connect().await?;
    let status = connection.exchange(request).await?.status;
    let latency = begin.elapsed();
    ensure!(
        status == 200,
        "the first answer of {} is {status}",
        contender.name
    );
    let cpu = process.cpu_time()?.so_far();
    Ok((process, connection, Wait { latency, cpu }))
}

async fn ask(process: &Process, connection: &mut Connection, request: &[u8]) -> Result<Wait> {
    let cpu = process.cpu_time()?;
    let begin = Instant::now();
    let status = connection.exchange(request).await?.status;
    let latency = begin.elapsed();
    let cpu = process.cpu_time()?.since(&cpu);
    ensure!(status == 200, "a session was answered {status}");
    Ok(Wait { latency, cpu })
}
