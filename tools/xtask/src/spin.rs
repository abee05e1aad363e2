//! The Spin that is on the path, if there is one that runs Portico.

use std::env::consts::EXE_SUFFIX;
use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::Command;

use crate::command::output;

/// The oldest version that runs Portico: the first with WASI 0.3.0.
const OLDEST: (u32, u32) = (4, 1);

/// Finds the first `spin` of a search path, if it is new enough.
pub(crate) fn on_path(path: &OsStr) -> Option<PathBuf> {
    let program = std::env::split_paths(path)
        .map(|directory| directory.join(format!("spin{EXE_SUFFIX}")))
        .find(|program| program.is_file())?;
    let version = output(Command::new(&program).arg("--version")).ok()?;
    (version_of(&version)? >= OLDEST).then_some(program)
}

/// Reads major and minor version from the output of `spin --version`, such as `spin 4.1.0 (a1b2c3d 2026-09-01)`.
fn version_of(printed: &str) -> Option<(u32, u32)> {
    let version = printed.strip_prefix("spin ")?.split_whitespace().next()?;
    let mut numbers = version.split('.');
    let major = numbers.next()?.parse().ok()?;
    let minor = numbers.next()?.parse().ok()?;
    Some((major, minor))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_read_from_what_spin_prints() {
        assert_eq!(
            version_of("spin 4.1.0 (a1b2c3d 2026-09-01)\n"),
            Some((4, 1))
        );
        assert_eq!(version_of("spin 10.0.0-rc.1"), Some((10, 0)));
        for other in ["", "spin", "spin x", "4.1.0", "spin 4"] {
            assert_eq!(version_of(other), None, "{other}");
        }
    }

    /// Writes a program of this name that prints a version, in a directory of its own.
    #[cfg(unix)]
    fn with_spin(version: &str) -> PathBuf {
        use std::os::unix::fs::PermissionsExt as _;

        let name = format!("portico-xtask-spin-{version}-{}", std::process::id());
        let directory = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&directory).unwrap();
        let spin = directory.join("spin");
        std::fs::write(&spin, format!("#!/bin/sh\necho \"spin {version} (abc)\"\n")).unwrap();
        std::fs::set_permissions(&spin, std::fs::Permissions::from_mode(0o755)).unwrap();
        directory
    }

    #[cfg(unix)]
    #[test]
    fn a_spin_that_is_new_enough_is_found_and_an_older_one_is_not() {
        let empty = std::env::temp_dir().join("portico-xtask-no-spin-here");
        for (version, found) in [("4.1.0", true), ("5.0.2", true), ("4.0.1", false)] {
            let directory = with_spin(version);
            let path = std::env::join_paths([&empty, &directory]).unwrap();
            let expected = found.then(|| directory.join("spin"));
            assert_eq!(on_path(&path), expected, "{version}");
            std::fs::remove_dir_all(directory).unwrap();
        }
        assert_eq!(on_path(empty.as_os_str()), None);
    }
}
