//! Checks that `spin.toml` and the code name the same variables.

use std::collections::BTreeMap;

use portico::config::VARIABLES;
use toml::Table;

use crate::files::read;

#[test]
fn the_manifest_and_the_configuration_agree_on_every_variable() {
    let text = read("spin.toml");
    let manifest: Table = text.parse().unwrap();
    let declared = manifest["variables"].as_table().unwrap().iter();
    let in_manifest: BTreeMap<_, _> = declared
        .map(|(name, variable)| {
            let is = |what: &str| variable.get(what).is_some_and(|it| it.as_bool().unwrap());
            let default = variable.get("default").map(|it| it.as_str().unwrap());
            assert_ne!(default.is_some(), is("required"), "{name}");
            (name.as_str(), (default, is("secret")))
        })
        .collect();
    let in_code: BTreeMap<_, _> = VARIABLES
        .iter()
        .map(|variable| (variable.name, (variable.default, variable.secret)))
        .collect();
    assert_eq!(in_manifest, in_code);
    // The component sees an application variable only if the manifest hands it on, under the same name.
    let component = &manifest["component"]["portico"]["variables"];
    let handed_on: BTreeMap<_, _> = component
        .as_table()
        .unwrap()
        .iter()
        .map(|(name, template)| (name.clone(), template.as_str().unwrap().to_owned()))
        .collect();
    let expected: BTreeMap<_, _> = in_code
        .keys()
        .map(|name| ((*name).to_owned(), format!("{{{{ {name} }}}}")))
        .collect();
    assert_eq!(handed_on, expected);
}
