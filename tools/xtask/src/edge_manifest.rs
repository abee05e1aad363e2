//! The manifest of the edge build, which is `spin.toml` with another Wasm and the name of its target.

use anyhow::{Result, ensure};

/// A line of `spin.toml`, and the line in its place for the edge.
const CHANGES: [(&str, &str); 3] = [
    (
        "\n# Spin 4.1 is the first one that speaks WASI 0.3.0. `spin build` holds the imports to what it offers.\n\
         targets = [\"spin-up:4.1\"]\n",
        "\n# The hosts that this build is for. `spin build` holds its imports to what they offer.\n\
         targets = [\"akamai-functions\"]\n",
    ),
    ("/portico.wasm\"\n", "/portico-edge.wasm\"\n"),
    (
        "\ncommand = \"cargo xtask build\"\n",
        "\ncommand = \"cargo xtask build --edge\"\n",
    ),
];

/// Returns the edge's manifest. Fails if `spin.toml` has no such line, or several.
pub(crate) fn from(spin: &str) -> Result<String> {
    let mut manifest = spin.to_owned();
    for (line, edge) in CHANGES {
        let found = manifest.matches(line).count();
        ensure!(found == 1, "spin.toml has {line:?} {found} times");
        manifest = manifest.replacen(line, edge, 1);
    }
    Ok(manifest)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const SPIN: &str = include_str!("../../../spin.toml");

    fn lines(manifest: &str) -> BTreeSet<&str> {
        manifest.lines().collect()
    }

    #[test]
    fn the_edge_manifest_differs_in_its_target_its_wasm_and_its_command_alone() {
        let edge = from(SPIN).unwrap();
        let edges: Vec<_> = edge
            .lines()
            .filter(|line| !lines(SPIN).contains(line))
            .collect();
        assert_eq!(
            edges,
            [
                "# The hosts that this build is for. `spin build` holds its imports to what they offer.",
                "targets = [\"akamai-functions\"]",
                "source = \"target/wasm32-wasip1/release/portico-edge.wasm\"",
                "command = \"cargo xtask build --edge\"",
            ]
        );
        let spins: Vec<_> = SPIN
            .lines()
            .filter(|line| !lines(&edge).contains(line))
            .collect();
        assert_eq!(
            spins,
            [
                "# Spin 4.1 is the first one that speaks WASI 0.3.0. `spin build` holds the imports to what it offers.",
                "targets = [\"spin-up:4.1\"]",
                "source = \"target/wasm32-wasip1/release/portico.wasm\"",
                "command = \"cargo xtask build\"",
            ]
        );
    }

    #[test]
    fn a_manifest_without_one_of_the_lines_is_refused() {
        let other = SPIN.replace("command = \"cargo xtask build\"", "command = \"make\"");
        assert!(from(&other).is_err());
    }
}
