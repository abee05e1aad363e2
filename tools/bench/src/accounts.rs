//! Reads from `/proc` what a process has used, by Linux's accounts.

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use anyhow::{Context as _, Result};

/// Length of a tick in `/proc/<pid>/stat`: Linux shows it to programs as a hundredth of a second, whatever it is inside.
const TICK: Duration = Duration::from_millis(10);

/// The CPU time of a process up to a moment.
#[derive(Debug)]
pub(crate) struct CpuTime {
    /// The time of all threads there ever were, in ticks.
    total: Duration,
    /// The time of each thread that is there, in nanoseconds.
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

    /// Returns all time that was used so far.
    pub(crate) fn so_far(&self) -> Duration {
        // Ticks know of threads that have ended, and are rounded down, so either of the two can be the lower one.
        self.total.max(self.living())
    }

    fn living(&self) -> Duration {
        Duration::from_nanos(self.threads.values().sum())
    }

    /// Returns the time that was used since an earlier moment: to the nanosecond if no thread has ended since, else by
    /// ticks, which count the time of ended threads.
    pub(crate) fn since(&self, earlier: &Self) -> Duration {
        let ended = |thread| !self.threads.contains_key(thread);
        if earlier.threads.is_empty() || earlier.threads.keys().any(ended) {
            return self.total.saturating_sub(earlier.total);
        }
        self.living().saturating_sub(earlier.living())
    }
}

/// Reads user and system time from the text of `/proc/<pid>/stat`.
fn ticks(stat: &str) -> Option<Duration> {
    // The program's name, in parentheses, may have spaces and parentheses of its own.
    let (_, fields) = stat.rsplit_once(')')?;
    // These are fields 14 and 15; the one after the name is the third.
    let mut fields = fields.split_whitespace().skip(11);
    let user: u32 = fields.next()?.parse().ok()?;
    let system: u32 = fields.next()?.parse().ok()?;
    Some(TICK * (user + system))
}

/// The memory of a process that is in RAM, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Memory {
    /// The memory at this moment.
    pub(crate) resident: u64,
    /// The most so far, at any moment.
    pub(crate) peak: u64,
}

impl Memory {
    /// Reads the accounts of a process.
    pub(crate) fn of(process: u32) -> Result<Self> {
        let status = fs::read_to_string(format!("/proc/{process}/status"))?;
        Self::parse(&status).context("cannot read /proc/<pid>/status")
    }

    /// Reads the text of `/proc/<pid>/status`.
    fn parse(status: &str) -> Option<Self> {
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

/// Reads the cores that a process may run on from a list like `0-3,8`, as `/proc/<pid>/status` has it.
pub(crate) fn cores(list: &str) -> Option<Vec<usize>> {
    let mut cores = Vec::new();
    for range in list.trim().split(',') {
        let (from, to) = range.split_once('-').unwrap_or((range, range));
        cores.extend(from.parse::<usize>().ok()?..=to.parse().ok()?);
    }
    Some(cores)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Memory, cores, ticks};

    #[test]
    fn cpu_time_is_read_whatever_the_program_is_called() {
        let stat =
            "42 (a) 1 (b) S 1 42 42 0 -1 4194560 100 0 0 0 123 45 6 7 20 0 9 0 1000 2000 300";
        assert_eq!(ticks(stat), Some(Duration::from_millis(1680)));
        assert_eq!(ticks("42 (cut"), None);
    }

    #[test]
    fn memory_is_read_in_bytes() {
        let status = "Name:\tnode\nVmPeak:\t  900000 kB\nVmHWM:\t   2048 kB\nVmRSS:\t   1024 kB\n";
        let memory = Memory {
            resident: 1 << 20,
            peak: 2 << 20,
        };
        assert_eq!(Memory::parse(status), Some(memory));
        assert_eq!(Memory::parse("Name:\tnode\n"), None);
    }

    #[test]
    fn a_list_of_cores_has_ranges_and_single_ones() {
        assert_eq!(cores("\t0-2,8\n"), Some(vec![0, 1, 2, 8]));
        assert_eq!(cores("5"), Some(vec![5]));
        assert_eq!(cores("all"), None);
    }
}
