//! What is wrong with the variables.

use std::borrow::Cow;
use std::fmt;

/// All that is wrong with the variables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// Never empty.
    pub problems: Vec<Problem>,
}

/// One variable and what is wrong with it. The value is never told: it may be a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The variable's name.
    pub variable: &'static str,
    /// What its value should be.
    pub message: Cow<'static, str>,
}

impl ConfigError {
    /// A single problem.
    #[must_use]
    pub fn of(problem: Problem) -> Self {
        Self {
            problems: vec![problem],
        }
    }

    /// The provider of variables failed for some of them, and what else is wrong.
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

    /// Whether a variable that holds key material is among them.
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
