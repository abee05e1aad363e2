//! The command line, and the extent of the measurements.

use std::time::Duration;

use clap::Parser;

/// Measures Portico, a Node service and a native one on this machine, side by side, and prints tables.
#[derive(Debug, Parser)]
#[command(bin_name = "cargo xtask bench")]
pub(crate) struct Options {
    /// Takes few short rounds: a look, rather than figures
    #[arg(long)]
    quick: bool,
    /// Measures only what has one of these in its name, such as `Portico`, `EdDSA`, `repeated`, `session`, `alone` or
    /// `starts`
    #[arg(value_name = "FILTER")]
    filters: Vec<String>,
}

/// The extent of the measurements.
#[derive(Debug)]
pub(crate) struct Extent {
    /// Rounds that count.
    pub(crate) rounds: usize,
    /// The time that each case is measured in a round.
    pub(crate) duration: Duration,
    /// The number of times that each contender is started.
    pub(crate) starts: usize,
    /// The number of these starts that come after one without compiled code.
    pub(crate) compilations: usize,
}

const WHOLE: Extent = Extent {
    rounds: 11,
    duration: Duration::from_millis(1000),
    starts: 11,
    compilations: 3,
};

const QUICK: Extent = Extent {
    rounds: 5,
    duration: Duration::from_millis(500),
    starts: 5,
    compilations: 1,
};

impl Options {
    /// Returns the extent that is wanted.
    pub(crate) fn extent(&self) -> &'static Extent {
        if self.quick { &QUICK } else { &WHOLE }
    }

    /// Returns true if something of this name is to be measured.
    pub(crate) fn wants(&self, name: &str) -> bool {
        let name = name.to_lowercase();
        let mut filters = self.filters.iter().map(|filter| filter.to_lowercase());
        self.filters.is_empty() || filters.any(|filter| name.contains(&filter))
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::Options;

    fn parse(line: &str) -> Result<Options, clap::Error> {
        let program = ["portico-bench"].into_iter();
        Options::try_parse_from(program.chain(line.split_whitespace()))
    }

    #[test]
    fn a_filter_is_a_part_of_a_name_in_any_case() {
        let options = parse("--quick eddsa Starts").unwrap();
        assert!(options.wants("Portico: EdDSA, first, session (200)"));
        assert!(options.wants("Node: starts"));
        assert!(!options.wants("Node: RS256, first, session (200)"));
        assert!(parse("").unwrap().wants("anything"));
    }
}
