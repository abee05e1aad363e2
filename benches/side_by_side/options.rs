//! What the command line says.

use std::time::Duration;

use anyhow::{Result, bail, ensure};

const USAGE: &str = "\
Usage: cargo xtask bench [options] [filter…]

Measures Portico, a Node service and a native one on this machine, side by side, and prints tables. With filters, only
what has one of them in its name, such as `Portico`, `EdDSA`, `repeated`, `session`, `alone` or `starts`.

  --quick   few short rounds: a look, rather than figures
  --write   puts the tables into docs/performance.md
  --help    shows this
";

/// How much is measured, and of what.
pub(crate) struct Options {
    /// Rounds that count.
    pub(crate) rounds: usize,
    /// How long each case is measured in a round.
    pub(crate) duration: Duration,
    /// How many times each contender is started.
    pub(crate) starts: usize,
    /// How many of these starts come after one without compiled code.
    pub(crate) compilations: usize,
    /// Whether the document is written.
    pub(crate) write: bool,
    filters: Vec<String>,
}

impl Options {
    /// `None` means that help was asked for, and given, or that nothing is to be measured.
    pub(crate) fn parse(arguments: impl Iterator<Item = String>) -> Result<Option<Self>> {
        let (mut quick, mut write, mut bench) = (false, false, false);
        let mut filters = Vec::new();
        for argument in arguments {
            match argument.as_str() {
                // `cargo bench` says this, and `cargo test` does not.
                "--bench" => bench = true,
                "--quick" => quick = true,
                "--write" => write = true,
                "--help" | "-h" => {
                    print!("{USAGE}");
                    return Ok(None);
                }
                option if option.starts_with('-') => {
                    bail!("there is no option {option}\n\n{USAGE}")
                }
                filter => filters.push(filter.to_lowercase()),
            }
        }
        if !bench {
            println!("not measured: this is for `cargo xtask bench`");
            return Ok(None);
        }
        ensure!(
            !write || filters.is_empty(),
            "with filters there would be gaps in the document"
        );
        let (rounds, milliseconds, starts, compilations) = if quick {
            (5, 500, 5, 1)
        } else {
            (11, 1000, 11, 3)
        };
        Ok(Some(Self {
            rounds,
            duration: Duration::from_millis(milliseconds),
            starts,
            compilations,
            write,
            filters,
        }))
    }

    /// Whether something of this name is to be measured.
    pub(crate) fn wants(&self, name: &str) -> bool {
        let name = name.to_lowercase();
        self.filters.is_empty() || self.filters.iter().any(|filter| name.contains(filter))
    }
}
