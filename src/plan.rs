//! A plan's name.

use std::fmt;

use serde::Serialize;

/// The longest name of a plan, in bytes.
const MAX_BYTES: usize = 64;

/// The name of a plan: one to 64 printable ASCII characters that need no escape in the log, in a structured header
/// field (RFC 9651, section 3.3.3) or in the variables that list plans.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct PlanName(String);

impl PlanName {
    /// Checks a name; `None` if it cannot name a plan.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let names_a_plan = (1..=MAX_BYTES).contains(&text.len())
            && text.trim() == text
            && text
                .bytes()
                .all(|b| (b.is_ascii_graphic() || b == b' ') && !b"\"\\,=".contains(&b));
        names_a_plan.then(|| Self(text.to_owned()))
    }

    /// Returns the name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The plan of a user whose record names none.
impl Default for PlanName {
    fn default() -> Self {
        Self("free".to_owned())
    }
}

impl fmt::Display for PlanName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_can_stand_in_a_header_and_in_a_variable() {
        for name in ["free", "Pro Plan", "team.v2", "a|b", &"x".repeat(64)] {
            assert_eq!(PlanName::parse(name).unwrap().as_str(), name);
        }
        for name in [
            "",
            " paid",
            "paid ",
            "a,b",
            "a=b",
            "a\"b",
            "a\\b",
            "päid",
            "a\nb",
            &"x".repeat(65),
        ] {
            assert_eq!(PlanName::parse(name), None, "{name:?}");
        }
    }
}
