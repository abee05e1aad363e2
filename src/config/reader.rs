//! Reads variables one by one and remembers what was wrong with each.

use std::borrow::Cow;
use std::ops::RangeInclusive;

use super::problem::{ConfigError, Problem};
use super::variables::VARIABLES;
use crate::origin::Origin;
use crate::stripe::link::LinkHosts;
use crate::text::parse_digits;

/// A problem was noted with the [`Reader`], which reports it in the end.
pub(super) struct Noted;

/// A value, unless a problem was noted in its place.
pub(super) type Noting<T> = Result<T, Noted>;

/// Reads variables by name. A method that notes a problem returns [`Noted`], so that all variables can be read before
/// the first problem counts.
pub(super) struct Reader<'a> {
    value: &'a dyn Fn(&'static str) -> Option<String>,
    problems: Vec<Problem>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(value: &'a dyn Fn(&'static str) -> Option<String>) -> Self {
        Self {
            value,
            problems: Vec::new(),
        }
    }

    pub(super) fn finish<T>(self, config: Noting<T>) -> Result<T, ConfigError> {
        match config {
            Ok(config) if self.problems.is_empty() => Ok(config),
            _ => Err(ConfigError {
                problems: self.problems,
            }),
        }
    }

    pub(super) fn problem<T>(
        &mut self,
        variable: &'static str,
        message: impl Into<Cow<'static, str>>,
    ) -> Noting<T> {
        let message = message.into();
        self.problems.push(Problem { variable, message });
        Err(Noted)
    }

    /// Returns the value, trimmed, or the default.
    pub(super) fn text(&self, variable: &'static str) -> String {
        self.verbatim(variable).trim().to_owned()
    }

    /// Returns the value as it is, or the default.
    fn verbatim(&self, variable: &'static str) -> String {
        (self.value)(variable).unwrap_or_else(|| self.default(variable).to_owned())
    }

    #[expect(clippy::unused_self, reason = "defaults are read like values")]
    pub(super) fn default(&self, variable: &'static str) -> &'static str {
        VARIABLES
            .iter()
            .find(|known| known.name == variable)
            .and_then(|known| known.default)
            .unwrap_or_default()
    }

    pub(super) fn required(&mut self, variable: &'static str) -> Noting<String> {
        let text = self.text(variable);
        if text.is_empty() {
            self.problem(variable, "is required")
        } else {
            Ok(text)
        }
    }

    /// Returns the items of a comma-separated list.
    pub(super) fn list(&self, variable: &'static str) -> Vec<String> {
        self.text(variable)
            .split(',')
            .map(str::trim)
            .filter(|item| !item.is_empty())
            .map(str::to_owned)
            .collect()
    }

    pub(super) fn required_list(&mut self, variable: &'static str) -> Noting<Vec<String>> {
        let items = self.list(variable);
        if items.is_empty() {
            self.problem(variable, "is required")
        } else {
            Ok(items)
        }
    }

    pub(super) fn number(
        &mut self,
        variable: &'static str,
        range: RangeInclusive<u64>,
        message: &'static str,
    ) -> Noting<u64> {
        match parse_digits(&self.text(variable)) {
            Some(number) if range.contains(&number) => Ok(number),
            _ => self.problem(variable, message),
        }
    }

    pub(super) fn bytes(&mut self, variable: &'static str) -> Noting<usize> {
        let number = self.number(
            variable,
            1..=1 << 20,
            "must be a number of bytes from 1 to 1048576",
        )?;
        Ok(usize::try_from(number).unwrap_or(usize::MAX))
    }

    /// Returns a value of a form of its own, or `None` where the variable is empty.
    pub(super) fn optional<T>(
        &mut self,
        variable: &'static str,
        parse: impl Fn(&str) -> Option<T>,
        message: &'static str,
    ) -> Noting<Option<T>> {
        let text = self.text(variable);
        if text.is_empty() {
            return Ok(None);
        }
        parse(&text).map_or_else(|| self.problem(variable, message), |value| Ok(Some(value)))
    }

    /// Returns the hosts that links may be on.
    pub(super) fn link_hosts(
        &mut self,
        variable: &'static str,
        message: &'static str,
    ) -> Noting<LinkHosts> {
        let names = self.required_list(variable)?;
        LinkHosts::parse(&names).map_or_else(|| self.problem(variable, message), Ok)
    }

    /// Returns the value of a variable that is also an allowed outbound host. A host skips one that is empty. One that
    /// is blank makes it refuse every call, also those to other hosts, so it is reported by its name.
    pub(super) fn outbound(&mut self, variable: &'static str) -> Noting<String> {
        let text = self.verbatim(variable);
        if !text.is_empty() && text.trim().is_empty() {
            return self.problem(
                variable,
                "must not consist of white space: the host would refuse every call; leave it empty",
            );
        }
        Ok(text.trim().to_owned())
    }

    /// Returns an origin that Portico calls. It is also an allowed outbound host, which the host compares as it is
    /// written, so scheme and host must be in lower case. `None` where the variable is empty.
    pub(super) fn optional_outbound_origin(
        &mut self,
        variable: &'static str,
    ) -> Noting<Option<Origin>> {
        let text = self.outbound(variable)?;
        if text.is_empty() {
            return Ok(None);
        }
        self.outbound_origin(variable).map(Some)
    }

    /// Does as [`Reader::optional_outbound_origin`], for a variable that must have a value.
    pub(super) fn outbound_origin(&mut self, variable: &'static str) -> Noting<Origin> {
        let text = self.outbound(variable)?;
        match Origin::parse(&text) {
            Ok(_) if text.bytes().any(|b| b.is_ascii_uppercase()) => {
                self.problem(variable, "must be in lower case")
            }
            Ok(origin) if origin.is_safe() => Ok(origin),
            Ok(_) => self.problem(
                variable,
                "must use https: plain http is accepted for loopback hosts only",
            ),
            Err(message) => self.problem(variable, message),
        }
    }
}
