//! The machine, and the division of its cores.

use std::fs;
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::accounts;

/// The cores that processes run on. Without `taskset` or a second core, the system chooses.
pub(crate) struct Cores {
    /// The core that contenders share, of which only one has work at a time.
    pub(crate) contenders: Option<usize>,
    /// The core of the load and of the stand-in for Stripe, which are this process.
    here: Option<usize>,
}

impl Cores {
    /// Chooses two cores, and moves this process to its own. To be called while this process has one thread.
    pub(crate) fn divide() -> Result<Self> {
        let status = fs::read_to_string("/proc/self/status")?;
        let list = status
            .lines()
            .find_map(|line| line.strip_prefix("Cpus_allowed_list:"));
        let cores = list.and_then(accounts::cores).unwrap_or_default();
        let nowhere = Self {
            contenders: None,
            here: None,
        };
        // The first and the last are rarely two threads of one core.
        let (Some(&here), Some(&contenders)) = (cores.first(), cores.last()) else {
            return Ok(nowhere);
        };
        if here == contenders {
            return Ok(nowhere);
        }
        let (here_, process) = (here.to_string(), std::process::id().to_string());
        let moved = Command::new("taskset")
            .args(["--cpu-list", "--pid", &here_, &process])
            .output();
        if !moved.is_ok_and(|output| output.status.success()) {
            return Ok(nowhere);
        }
        Ok(Self {
            contenders: Some(contenders),
            here: Some(here),
        })
    }

    /// Returns a sentence about the division.
    pub(crate) fn describe(&self) -> String {
        match (self.contenders, self.here) {
            (Some(contenders), Some(here)) => format!(
                "Contenders had core {contenders} to themselves, the load and the stand-in for Stripe core {here}."
            ),
            _ => "Nobody was bound to a core (`taskset` or a second core is missing), so that requests per second are \
                  not those of one core."
                .to_owned(),
        }
    }
}

/// Describes in one line the machine that the figures depend on.
pub(crate) fn describe() -> Result<String> {
    let cpu = fs::read_to_string("/proc/cpuinfo")?;
    let model = cpu
        .lines()
        .find_map(|line| line.strip_prefix("model name"))
        .map_or("unknown CPU", |rest| {
            rest.trim_start_matches([':', ' ', '\t'])
        });
    // The count is of all cores, also of those that this process was not left.
    let cores = cpu
        .lines()
        .filter(|line| line.starts_with("processor"))
        .count();
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease")?;
    let node = first_line("node", "--version").unwrap_or_else(|_| "no Node".to_owned());
    let rustc = first_line("rustc", "--version")?;
    let date = first_line("date", "+%F")?;
    Ok(format!(
        "{model}, {cores} cores, Linux {}; Node {}, {rustc}; {date}.",
        kernel.trim(),
        node.trim_start_matches('v'),
    ))
}

fn first_line(program: &str, argument: &str) -> Result<String> {
    let output = Command::new(program).arg(argument).output()?;
    let text = String::from_utf8(output.stdout)?;
    let line = text.lines().next().context("it says nothing")?;
    Ok(line.to_owned())
}
