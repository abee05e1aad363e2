//! What Linux's accounts say that a process has used, from `/proc`.

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use anyhow::{Context as _, Result};

/// Length of a tick in `/proc/<pid>/stat`: Linux shows it to programs as a hundredth of a second, whatever it is inside.
const TICK: Duration = Duration::from_millis(10);

/// The CPU time of a process up to a moment.
#[derive(Debug)]
pub(crate) struct CpuTime {
    /// Of all threads there ever were, in ticks.
    total: Duration,
    /// Of each thread that is there, in nanoseconds.
    threads: BTreeMap<u32, u64>,
}

impl CpuTime {
    /// Reads the accounts of a process.
    pub(crate) fn of(process: u32) -> Result<Self> {
        let stat = fs::read_to_string(format!("/proc/{process}/stat"))?;
        let total = ticks(&stat).context("cannot read /proc/<pid>/stat")?;
        let mut threads = BTreeMap::new();
        for task in fs::read_dir(format!("/proc/{process}/task"))? {
            let task = task?;
            // A thread may end in between. Then, as on a kernel without these accounts, ticks are what there is.
            let Ok(accounts) = fs::read_to_string(task.path().join("schedstat")) else {
                continue;
            };
            let on_cpu = accounts.split_whitespace().next();
            let on_cpu = on_cpu.and_then(|nanoseconds| nanoseconds.parse::<u64>().ok());
            let thread = task.file_name().to_string_lossy().parse::<u32>().ok();
            threads.extend(thread.zip(on_cpu));
        }
        Ok(Self { total, threads })
    }

    /// All that was used so far.
    pub(crate) fn so_far(&self) -> Duration {
        // Ticks know of threads that have ended, and are rounded down; each of the two may so be what is missing less.
        self.total.max(self.living())
    }

    fn living(&self) -> Duration {
        Duration::from_nanos(self.threads.values().sum())
    }

    /// What was used since an earlier moment: to the nanosecond if no thread has ended since, else by ticks, which
    /// count what ended threads have used.
    pub(crate) fn since(&self, earlier: &Self) -> Duration {
        let ended = |thread| !self.threads.contains_key(thread);
        if earlier.threads.is_empty() || earlier.threads.keys().any(ended) {
            return self.total.saturating_sub(earlier.total);
        }
        self.living().saturating_sub(earlier.living())
    }
}

/// User and system time in the text of `/proc/<pid>/stat`.
pub(crate) fn ticks(stat: &str) -> Option<Duration> {
    // The program's name, in parentheses, may have spaces and parentheses of its own.
    let (_, fields) = stat.rsplit_once(')')?;
    // These are fields 14 and 15; the one after the name is the third.
    let mut fields = fields.split_whitespace().skip(11);
    let user: u32 = fields.next()?.parse().ok()?;
    let system: u32 = fields.next()?.parse().ok()?;
    Some(TICK * (user + system))
}

/// Memory of a process that is in RAM, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Memory {
    /// Now.
    pub(crate) resident: u64,
    /// The most so far.
    pub(crate) peak: u64,
}

impl Memory {
    /// Reads the accounts of a process.
    pub(crate) fn of(process: u32) -> Result<Self> {
        let status = fs::read_to_string(format!("/proc/{process}/status"))?;
        Self::parse(&status).context("cannot read /proc/<pid>/status")
    }

    /// Reads the text of `/proc/<pid>/status`.
    pub(crate) fn parse(status: &str) -> Option<Self> {
        let bytes = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
            Some(kibibytes * 1024)
        };
        Some(Self {
            resident: bytes("VmRSS:")?,
            peak: bytes("VmHWM:")?,
        })
    }
}

/// The cores that a process may run on, from a list like `0-3,8`, as `/proc/<pid>/status` has it.
pub(crate) fn cores(list: &str) -> Option<Vec<usize>> {
    let mut cores = Vec::new();
    for range in list.trim().split(',') {
        let (from, to) = range.split_once('-').unwrap_or((range, range));
        cores.extend(from.parse::<usize>().ok()?..=to.parse().ok()?);
    }
    Some(cores)
}
