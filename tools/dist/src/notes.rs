//! The notes of a release: the newest section of the changelog.

use anyhow::{Context, Result};

/// Returns the text of the first section that has any, without its heading.
pub(crate) fn newest(changelog: &str) -> Result<&str> {
    let mut sections = changelog.split("\n## ").skip(1);
    let bodies = sections.by_ref().map(|section| {
        let (_heading, body) = section.split_once('\n').unwrap_or((section, ""));
        body.trim_start()
    });
    bodies
        .into_iter()
        .find(|body| !body.trim().is_empty())
        .context("the changelog has no section with a text")
}

#[cfg(test)]
mod tests {
    use super::newest;

    #[test]
    fn the_newest_section_that_has_a_text_is_taken() {
        let changelog = "# Changelog\n\n## [Unreleased]\n\n## [0.1.0] - 2026-11-30\n\n### Added\n\n- A.\n\n## [0.0.1]\n\n- B.\n";
        assert_eq!(newest(changelog).unwrap().trim_end(), "### Added\n\n- A.");
        assert!(newest("# Changelog\n\n## [Unreleased]\n").is_err());
        assert!(newest(include_str!("../../../CHANGELOG.md")).is_ok());
    }
}
