use super::{Manifest, Route};

const MINIMAL: &str = r#"
spin_manifest_version = 2
[application]
name = "shop"
[variables]
origin = { default = "https://shop.example" }
key = { required = true, secret = true }
[[trigger.http]]
route = "/..."
component = "shop"
[component.shop]
source = "shop.wasm"
key_value_stores = ["default"]
allowed_outbound_hosts = ["{{ origin }}"]
[component.shop.variables]
origin = "{{ origin }}"
greeting = "Hello from {{origin}}!"
"#;

#[track_caller]
fn refused(from: &str, to: &str) -> String {
    let text = MINIMAL.replace(from, to);
    assert_ne!(text, MINIMAL, "the manifest has no `{from}`");
    format!("{:#}", Manifest::parse(&text).unwrap_err())
}

#[test]
fn a_manifest_is_read_with_its_variables_stores_and_hosts() {
    let manifest = Manifest::parse(MINIMAL).unwrap();
    assert_eq!(manifest.name, "shop");
    assert_eq!(manifest.routes, [Route::Below(String::new())]);
    assert!(manifest.variables["key"].required());
    assert!(manifest.variables["key"].secret);
    assert_eq!(
        manifest.variables["origin"].default.as_deref(),
        Some("https://shop.example")
    );
    let component = manifest.component;
    assert_eq!(component.id, "shop");
    assert_eq!(component.key_value_stores, ["default"]);
    assert_eq!(
        component.allowed_outbound_hosts[0].to_string(),
        "{{ origin }}"
    );
    assert_eq!(
        component.variables["greeting"].to_string(),
        "Hello from {{ origin }}!"
    );
}

#[test]
fn the_projects_own_manifest_gives_the_component_every_application_variable_as_it_is() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../spin.toml");
    let manifest = Manifest::load(path).unwrap();
    let templates = &manifest.component.variables;
    let declared: Vec<_> = manifest.variables.keys().collect();
    assert_eq!(templates.keys().collect::<Vec<_>>(), declared);
    for (name, template) in templates {
        assert_eq!(template.to_string(), format!("{{{{ {name} }}}}"));
    }
}

#[test]
fn a_part_that_this_host_does_not_implement_is_refused() {
    let error = refused(
        "key_value_stores = [\"default\"]",
        "sqlite_databases = [\"default\"]",
    );
    assert!(error.contains("sqlite_databases"), "{error}");
    let error = refused("route = \"/...\"", "route = \"/users/:id\"");
    assert!(error.contains("named segment"), "{error}");
}

#[test]
fn a_template_over_an_undeclared_variable_is_refused_with_its_name() {
    let error = refused("Hello from {{origin}}!", "{{ orgin }}");
    assert!(error.contains("`orgin`, which is not declared"), "{error}");
}

#[test]
fn a_template_without_an_end_is_refused() {
    let error = refused("Hello from {{origin}}!", "{{ origin");
    assert!(error.contains("`{{` without `}}`"), "{error}");
}

#[test]
fn a_variable_is_either_required_or_has_a_default() {
    let error = refused("required = true, ", "");
    assert!(
        error.contains("`key` is neither required nor has a default"),
        "{error}"
    );
    let error = refused("required = true, ", "required = true, default = \"\", ");
    assert!(
        error.contains("`key` is required and has a default"),
        "{error}"
    );
}

#[test]
fn a_variable_is_named_as_spin_names_variables() {
    let error = refused("greeting =", "greeting_ =");
    assert!(error.contains("greeting_"), "{error}");
}

#[test]
fn a_manifest_with_several_components_is_refused() {
    let error = refused(
        "[component.shop.variables]",
        "[component.other]\nsource = \"x\"\n[component.shop.variables]",
    );
    assert!(error.contains("exactly one component"), "{error}");
}

#[test]
fn a_route_matches_its_path_or_all_below_it() {
    let table = [
        ("/...", "/", true),
        ("/...", "//", true),
        ("/...", "/a/b", true),
        ("/api/...", "/api", true),
        ("/api/...", "/api/", true),
        ("/api/...", "/api/x", true),
        ("/api/...", "/apix", false),
        ("/api", "/api", true),
        ("/api", "/api/", false),
    ];
    for (route, path, expected) in table {
        let matches = Route::parse(route).unwrap().matches(path);
        assert_eq!(matches, expected, "{route} {path}");
    }
}
