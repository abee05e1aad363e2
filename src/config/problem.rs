//! The problems of the variables.

use std::borrow::Cow;
use std::fmt;

/// All problems of the variables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// The problems, of which there is at least one.
    pub problems: Vec<Problem>,
}

/// One variable and its problem. The value is never shown: it may be a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub variable: &'static str,
    /// The form that its value should have.
    pub message: Cow<'static, str>,
}

impl ConfigError {
    /// Makes an error of a single problem.
    #[must_use]
    pub fn of(problem: Problem) -> Self {
        Self {
            problems: vec![problem],
        }
    }

    /// Makes an error of the variables for which the provider failed, and of all other problems.
    #[must_use]
    pub fn unreadable(variables: Vec<&'static str>, others: Option<Self>) -> Self {
        let others = others.map_or_else(Vec::new, |others| others.problems);
        let others: Vec<_> = others
            .into_iter()
            .filter(|problem| !variables.contains(&problem.variable))
            .collect();
        let problem = |variable| Problem {
            variable,
            message: "is required and has no value, or could not be read".into(),
        };
        Self {
            problems: variables.into_iter().map(problem).chain(others).collect(),
        }
    }

    /// Returns true if a variable that holds key material is among them.
    #[must_use]
    pub fn concerns_keys(&self) -> bool {
        self.problems
            .iter()
            .any(|problem| KEY_VARIABLES.contains(&problem.variable))
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, Problem { variable, message }) in self.problems.iter().enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            write!(f, "{separator}{variable} {message}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigError {}

const KEY_VARIABLES: [&str; 4] = [
    "jwt_hs256_secret",
    "jwt_public_keys",
    "jwt_jwks_origin",
    "jwt_jwks_path",
];
