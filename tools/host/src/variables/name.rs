//! The names that variables may have.

use anyhow::{Result, ensure};

/// Checks that this can be the name of a variable: lower-case ASCII letters, digits and single underscores between
/// them, with a letter first.
pub(crate) fn check_name(name: &str) -> Result<()> {
    let well_formed = name.starts_with(|first: char| first.is_ascii_lowercase())
        && !name.ends_with('_')
        && !name.contains("__")
        && name
            .bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'));
    ensure!(
        well_formed,
        "`{name}` is not a variable's name: lower-case letters, digits and single underscores, a letter first"
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::check_name;

    #[test]
    fn names_are_lower_case_with_single_underscores() {
        for name in ["a", "a1", "a_b", "max_body_bytes"] {
            assert!(check_name(name).is_ok(), "{name}");
        }
        for name in ["", "1a", "_a", "a_", "a__b", "A", "a-b", "ä"] {
            assert!(check_name(name).is_err(), "{name}");
        }
    }
}
