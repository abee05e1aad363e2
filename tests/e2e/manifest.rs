//! Whether `spin.toml` and the code name the same variables, and whether the manifest of the edge build is the same but
//! for what must differ.

use std::collections::BTreeMap;

use portico::config::VARIABLES;
use portico_host::Manifest;

#[test]
fn the_manifest_and_the_configuration_agree_on_every_variable() {
    let manifest = Manifest::load(concat!(env!("CARGO_MANIFEST_DIR"), "/../../spin.toml")).unwrap();
    let in_manifest: BTreeMap<_, _> = manifest
        .variables
        .iter()
        .map(|(name, variable)| {
            (
                name.as_str(),
                (variable.default.as_deref(), variable.secret),
            )
        })
        .collect();
    let in_code: BTreeMap<_, _> = VARIABLES
        .iter()
        .map(|variable| (variable.name, (variable.default, variable.secret)))
        .collect();
    assert_eq!(in_manifest, in_code);
    // The component sees an application variable only if the manifest hands it on, under the same name.
    let handed_on: Vec<_> = manifest
        .component
        .variables
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(handed_on, in_code.keys().copied().collect::<Vec<_>>());
    let text =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../spin.toml")).unwrap();
    for name in in_code.keys() {
        assert!(
            text.contains(&format!("\n{name} = \"{{{{ {name} }}}}\"\n")),
            "{name}"
        );
    }
}

#[test]
fn the_edge_manifest_differs_in_its_target_its_wasm_and_its_command_alone() {
    let read = |name: &str| {
        let path = format!("{}/{name}", portico_e2e::ROOT);
        std::fs::read_to_string(path).unwrap()
    };
    let edge = read("spin.edge.toml");
    let only_there: Vec<_> = edge
        .lines()
        .filter(|line| line.contains("edge") || line.contains("akamai"))
        .collect();
    assert_eq!(
        only_there,
        [
            "targets = [\"akamai-functions\"]",
            "source = \"target/wasm32-wasip1/release/portico-edge.wasm\"",
            "command = \"cargo xtask build --edge\"",
        ]
    );
    let comment =
        "# The hosts that this build is for. `spin build` holds its imports to what they offer.\n";
    let same = edge
        .replace(comment, "")
        .replace("targets = [\"akamai-functions\"]\n", "")
        .replace("portico-edge.wasm", "portico.wasm")
        .replace("cargo xtask build --edge", "cargo xtask build");
    assert_eq!(same, read("spin.toml"));
}
