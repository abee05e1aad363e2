//! A load in a closed loop: on each connection the next request follows when the last one is answered.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use portico_stand_in::StripeStandIn;
use tokio::task::JoinSet;

use crate::accounts::CpuTime;
use crate::cases::{Case, Reach};
use crate::client::Connection;
use crate::process::Process;
use crate::statistics;

/// The time that a load runs before it counts: caches are warm again then, and connections to Stripe are open.
const WARM_UP: Duration = Duration::from_millis(150);

/// The cost of one case for a contender in one round.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sample {
    /// The CPU time of one request, in microseconds.
    pub(crate) cpu: f64,
    pub(crate) requests_per_second: f64,
    pub(crate) p50: Duration,
    pub(crate) p99: Duration,
    /// The part of the time in which a core worked for the contender.
    pub(crate) busy: f64,
    /// CPU time that this process used for one request, in microseconds: as load, and as Stripe.
    pub(crate) own: f64,
}

/// Measures one case for so long.
pub(crate) async fn measure(
    process: &mut Process,
    case: &Arc<Case>,
    stripe: &StripeStandIn,
    duration: Duration,
) -> Result<Sample> {
    let mut connections = Vec::new();
    for _ in 0..case.connections {
        connections.push(process.connect().await?);
    }
    stripe.clear();
    let (connections, mut answered) = run(connections, case, WARM_UP).await?;

    let own = CpuTime::of(std::process::id())?;
    let cpu = process.cpu_time()?;
    let begin = Instant::now();
    let (connections, mut latencies) = run(connections, case, duration).await?;
    let elapsed = begin.elapsed();
    let cpu = process.cpu_time()?.since(&cpu);
    let own = CpuTime::of(std::process::id())?.since(&own);
    drop(connections);

    answered.extend_from_slice(&latencies);
    let expected = if case.reach == Reach::Session {
        answered.len()
    } else {
        0
    };
    // A key that is used twice opens no second session, so this counts keys as well as calls.
    let opened = stripe.sessions_created();
    ensure!(
        opened == expected,
        "{opened} sessions were opened at Stripe, where {expected} requests were to open one each"
    );
    stripe.clear();
    let requests = f64::from(u32::try_from(latencies.len())?);
    let percentile = |latencies: &mut [Duration], percent| {
        statistics::percentile(latencies, percent).context("no request was answered")
    };
    Ok(Sample {
        cpu: cpu.as_secs_f64() * 1e6 / requests,
        own: own.as_secs_f64() * 1e6 / requests,
        requests_per_second: requests / elapsed.as_secs_f64(),
        p50: percentile(&mut latencies, 50)?,
        p99: percentile(&mut latencies, 99)?,
        busy: cpu.div_duration_f64(elapsed),
    })
}

/// Returns the connections, and the latency of each request.
async fn run(
    connections: Vec<Connection>,
    case: &Arc<Case>,
    duration: Duration,
) -> Result<(Vec<Connection>, Vec<Duration>)> {
    let end = Instant::now() + duration;
    let mut loops = JoinSet::new();
    for mut connection in connections {
        let case = Arc::clone(case);
        loops.spawn(async move {
            let mut latencies = Vec::new();
            let mut sent = Instant::now();
            while sent < end {
                let answer = connection.exchange(case.next()).await?;
                ensure!(
                    answer.status == case.expected,
                    "{} {}",
                    answer.status,
                    String::from_utf8_lossy(answer.body)
                );
                let received = Instant::now();
                latencies.push(received - sent);
                sent = received;
            }
            Ok((connection, latencies))
        });
    }
    let (mut connections, mut all) = (Vec::new(), Vec::new());
    while let Some(ended) = loops.join_next().await {
        let (connection, latencies) = ended??;
        connections.push(connection);
        all.extend(latencies);
    }
    Ok((connections, all))
}
