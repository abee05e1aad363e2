//! The interfaces that each build asks of its host.

use portico_componentize::imports;
use portico_e2e::wasm;

fn imports_of(name: &str) -> Vec<String> {
    imports(&std::fs::read(wasm(name)).unwrap()).unwrap()
}

fn has(imports: &[String], interface: &str) -> bool {
    imports.iter().any(|import| import.starts_with(interface))
}

#[test]
fn the_build_for_spin_has_its_store_its_counters_and_its_variables() {
    let imports = imports_of("portico");
    for interface in [
        "spin:key-value/key-value@3.",
        "spin:variables/variables@3.",
        "spin:redis/redis@3.",
        "wasi:keyvalue/atomics@0.2.0-draft2",
        "wasi:http/client@0.3.",
    ] {
        assert!(has(&imports, interface), "{interface}: {imports:?}");
    }
}

#[test]
fn the_build_for_the_edge_asks_for_no_counters_of_the_store() {
    let imports = imports_of("portico-edge");
    assert!(!has(&imports, "wasi:keyvalue/atomics"), "{imports:?}");
    for interface in [
        "spin:key-value/key-value@3.",
        "spin:redis/redis@3.",
        "spin:variables/variables@3.",
        "wasi:http/client@0.3.",
    ] {
        assert!(has(&imports, interface), "{interface}: {imports:?}");
    }
}

#[test]
fn the_build_for_wasmtime_and_wasmcloud_asks_nothing_of_spin() {
    let imports = imports_of("portico-wasi");
    assert!(!has(&imports, "spin:"), "{imports:?}");
    for interface in [
        "wasi:keyvalue/store@0.2.0-draft",
        "wasi:keyvalue/atomics@0.2.0-draft",
        "wasi:config/store@0.2.0-rc.1",
        "wasi:http/client@0.3.",
    ] {
        assert!(has(&imports, interface), "{interface}: {imports:?}");
    }
    // The draft of Spin is another one.
    assert!(
        !has(&imports, "wasi:keyvalue/store@0.2.0-draft2"),
        "{imports:?}"
    );
}
