//! The results of all measurements, and the figures that come of them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::cases::{Case, Reach, Token};
use crate::load::Sample;
use crate::starts::Starts;
use crate::statistics::{median, median_ratio};

/// The results of all measurements.
pub(crate) struct Results {
    /// The names of the contenders that were measured.
    pub(crate) contenders: Vec<&'static str>,
    pub(crate) cases: Vec<Arc<Case>>,
    /// The samples by contender and number of the case, one for each round.
    pub(crate) samples: BTreeMap<(&'static str, usize), Vec<Sample>>,
    /// The starts by contender.
    pub(crate) starts: BTreeMap<&'static str, Starts>,
}

impl Results {
    /// Returns the number of the case that goes so far with such a token, with many connections.
    pub(crate) fn case(&self, reach: Reach, token: Option<Token>) -> Option<usize> {
        self.cases
            .iter()
            .position(|case| case.reach == reach && case.token == token && !case.is_alone())
    }

    /// Returns the medians over the rounds.
    pub(crate) fn sample(&self, contender: &'static str, case: usize) -> Option<Sample> {
        let samples = self.samples.get(&(contender, case))?;
        let middle = |value: fn(&Sample) -> f64| median(samples.iter().map(value));
        Some(Sample {
            cpu: middle(|sample| sample.cpu)?,
            requests_per_second: middle(|sample| sample.requests_per_second)?,
            p50: Duration::from_secs_f64(middle(|sample| sample.p50.as_secs_f64())?),
            p99: Duration::from_secs_f64(middle(|sample| sample.p99.as_secs_f64())?),
            busy: middle(|sample| sample.busy)?,
            own: middle(|sample| sample.own)?,
        })
    }

    /// Returns the CPU time of one request in each round.
    pub(crate) fn cpu(&self, contender: &'static str, case: usize) -> Vec<f64> {
        let samples = self.samples.get(&(contender, case));
        let samples = samples.map(Vec::as_slice).unwrap_or_default();
        samples.iter().map(|sample| sample.cpu).collect()
    }

    /// Returns the time that a session takes of the other core, in microseconds: the least, which is the one with the
    /// most load.
    pub(crate) fn own(&self) -> Option<f64> {
        let sessions = self.samples.iter().filter(|((_, case), _)| {
            let case = self.cases.get(*case);
            case.is_some_and(|case| case.reach == Reach::Session && !case.is_alone())
        });
        let own =
            sessions.filter_map(|(_, samples)| median(samples.iter().map(|sample| sample.own)));
        own.min_by(f64::total_cmp)
    }

    /// Returns the CPU time as a multiple of another contender's for the same case.
    pub(crate) fn ratio(
        &self,
        contender: &'static str,
        other: &'static str,
        case: usize,
    ) -> Option<f64> {
        median_ratio(&self.cpu(contender, case), &self.cpu(other, case))
    }
}
