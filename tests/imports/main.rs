//! Imports run downwards: no files of a crate import each other round, and the component's modules lie in layers.

mod circles;
mod modules;
mod tokens;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use circles::circles;
use modules::{Crate, Imports};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

#[test]
fn no_files_of_a_crate_import_each_other_round() {
    let roots = crate_roots();
    for expected in [
        "src/lib.rs",
        "tools/host/src/lib.rs",
        "tools/xtask/src/main.rs",
    ] {
        assert!(roots.contains(&expected.into()), "{expected} is no crate");
    }
    let mut found = String::new();
    for root in roots {
        let imports = Crate::read(&root, &read).imports();
        for circle in circles(&imports) {
            found += &describe(&circle, &imports);
        }
    }
    assert!(found.is_empty(), "files import each other round:\n{found}");
}

#[test]
fn a_module_of_the_component_imports_none_of_a_layer_above_its_own() {
    let root = Path::new("src/lib.rs");
    let layers = layers(&read(root).unwrap());
    let number = layers.values().max().copied().unwrap_or_default();
    assert!(number > 1, "{} lists no layers", root.display());
    let found = imports_upwards(&Crate::read(root, &read), &layers);
    assert!(
        found.is_empty(),
        "{} lists the layers of modules from the top of the trip to the ground, and these imports run upwards:\n{}",
        root.display(),
        found.join("\n")
    );
}

/// The layer of each module that a root declares, counted from the top. Modules on adjacent lines, which `cargo fmt`
/// sorts by their names, are one layer; a line between them that is empty or a comment begins the next one.
fn layers(root: &str) -> BTreeMap<String, usize> {
    let mut layers = BTreeMap::new();
    let mut layer = 0;
    for line in root.lines() {
        let line = line.trim();
        let declared = line.strip_prefix("pub ").unwrap_or(line);
        let declared = declared.strip_prefix("mod ");
        if let Some(module) = declared.and_then(|rest| rest.strip_suffix(';')) {
            layers.insert(module.to_owned(), layer);
        } else if line.is_empty() || line.starts_with("//") {
            layer += usize::from(layers.values().any(|last| *last == layer));
        }
    }
    layers
}

/// The imports of modules of a layer above the importing module's own.
fn imports_upwards(component: &Crate, layers: &BTreeMap<String, usize>) -> Vec<String> {
    let mut found = Vec::new();
    for (file, imports) in component.imports() {
        let layer = |file: &Path| {
            let module = component.top_level_module(file)?;
            let layer = layers.get(module).copied();
            Some(layer.unwrap_or_else(|| panic!("the module {module} lies in no layer")))
        };
        for (imported, path) in imports {
            // The root is above all of them.
            if layer(&imported) < layer(&file) {
                found.push(format!(
                    "{}: {path} ({})",
                    file.display(),
                    imported.display()
                ));
            }
        }
    }
    found
}

/// A circle with the paths that make it.
fn describe(circle: &[PathBuf], imports: &Imports) -> String {
    let mut text = String::new();
    for (file, next) in circle.iter().zip(circle.iter().cycle().skip(1)) {
        let path = &imports[file][next];
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{}: {path} ({})", file.display(), next.display());
    }
    text.push('\n');
    text
}

/// The root files of all crates in this repository but its tests, relative to its own root.
fn crate_roots() -> Vec<PathBuf> {
    let mut roots = Vec::new();
    let mut directories = vec![PathBuf::new()];
    while let Some(directory) = directories.pop() {
        let (files, inside) = list(&directory);
        directories.extend(inside);
        if !files.contains(&directory.join("Cargo.toml")) {
            continue;
        }
        let src = directory.join("src");
        let usual = [src.join("lib.rs"), src.join("main.rs")].into_iter();
        let usual = usual.chain(list(&src.join("bin")).0);
        roots.extend(usual.filter(|file| Path::new(ROOT).join(file).is_file()));
        // Targets elsewhere.
        let manifest = read(&directory.join("Cargo.toml")).unwrap();
        roots.extend(manifest.lines().filter_map(|line| {
            let path = line.strip_prefix("path = \"")?.strip_suffix(".rs\"")?;
            Some(directory.join(format!("{path}.rs")))
        }));
    }
    roots
}

/// The files and the directories in a directory, without what is built, installed or hidden.
fn list(directory: &Path) -> (Vec<PathBuf>, Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(Path::new(ROOT).join(directory)) else {
        return (Vec::new(), Vec::new());
    };
    let entries = entries.filter_map(|entry| {
        let name = entry.unwrap().file_name().into_string().ok()?;
        let is_ours = name != "target" && name != "node_modules" && !name.starts_with('.');
        is_ours.then(|| directory.join(name))
    });
    entries.partition(|entry| Path::new(ROOT).join(entry).is_file())
}

fn read(file: &Path) -> Option<String> {
    fs::read_to_string(Path::new(ROOT).join(file)).ok()
}

mod cases {
    use std::path::{Path, PathBuf};

    use super::{Crate, circles, imports_upwards, layers};

    /// Made-up files of a crate.
    type Files<'a> = &'a [(&'a str, &'a str)];

    fn made_up(files: Files<'_>) -> Crate {
        let read = |wanted: &Path| {
            let file = files.iter().find(|(name, _)| Path::new(name) == wanted);
            file.map(|(_, text)| (*text).to_owned())
        };
        Crate::read(Path::new("lib.rs"), &read)
    }

    /// The files that a file of a made-up crate imports.
    fn imports(files: Files<'_>, file: &str) -> Vec<String> {
        let imports = made_up(files).imports();
        let of_file = imports[Path::new(file)].keys();
        of_file.map(|path| path.display().to_string()).collect()
    }

    /// How many circles a made-up crate of two modules has.
    fn circles_of(a: &str, b: &str) -> usize {
        let files = [("lib.rs", "mod a; mod b;"), ("a.rs", a), ("b.rs", b)];
        circles(&made_up(&files).imports()).len()
    }

    #[test]
    fn two_files_that_import_each_other_are_a_circle() {
        for (a, b) in [
            ("use crate::b::B;", "use crate::a::A;"),
            ("use super::b::B;", "fn f() { crate::a::f() }"),
            (
                "use super::b; fn f() { b::f() }",
                "use super::{a::{self, A}};",
            ),
            (
                "pub(crate) use crate::b::*;",
                "use crate::{b as c, a as d};",
            ),
            (
                "mod c { use super::super::b::B; }",
                "struct B(super::a::A);",
            ),
        ] {
            assert_eq!(circles_of(a, b), 1, "{a} / {b}");
        }
    }

    #[test]
    fn imports_in_one_direction_are_no_circle() {
        for (a, b) in [
            ("use crate::b::B;", "use std::a::A;"),
            ("use crate::b::B;", "// use crate::a::A;"),
            ("use crate::b::B;", "const A: &str = \"crate::a::A\";"),
            (
                "use crate::b::B;",
                "#[cfg(test)] mod tests { use crate::a::A; }",
            ),
            ("use crate::b::B;", "pub(in crate::a) struct B;"),
            ("use crate::b::B;", "use a::A; fn f() { a::f(); }"),
            (
                "use crate::b::B;",
                "use self::A; enum A {} fn f() -> A { A::B }",
            ),
        ] {
            assert_eq!(circles_of(a, b), 0, "{a} / {b}");
        }
    }

    #[test]
    fn a_circle_of_three_files_is_found_beside_files_that_only_lead_to_it() {
        let crate_ = made_up(&[
            ("lib.rs", "mod a; mod b; mod c; mod d; mod e;"),
            ("a.rs", "use crate::b::B;"),
            ("b.rs", "use crate::c::C; use crate::e::E;"),
            ("c.rs", "use crate::d::D;"),
            ("d.rs", "use crate::b::B;"),
            ("e.rs", ""),
        ]);
        let circle = ["b.rs", "c.rs", "d.rs"].map(PathBuf::from).to_vec();
        assert_eq!(circles(&crate_.imports()), [circle]);
    }

    #[test]
    fn a_parent_that_declares_and_re_exports_its_modules_imports_nothing() {
        let files = [
            ("lib.rs", "mod a;"),
            (
                "a.rs",
                "mod b; pub mod c; pub use b::B; pub(crate) use self::c::C; pub struct A;",
            ),
            ("a/b.rs", "use super::A;"),
            ("a/c/mod.rs", "use super::{A, B};"),
        ];
        assert_eq!(imports(&files, "a.rs"), [""; 0]);
        assert_eq!(imports(&files, "a/b.rs"), ["a.rs"]);
        // A path leads to where the item is, whatever it goes through.
        assert_eq!(imports(&files, "a/c/mod.rs"), ["a/b.rs", "a.rs"]);
    }

    #[test]
    fn a_parent_that_uses_what_uses_it_is_in_a_circle() {
        for parent in [
            "mod b; fn f() { b::f() } pub struct A;",
            "mod b; use b::B; pub struct A;",
            "mod b; struct A(self::b::B);",
        ] {
            let files = [
                ("lib.rs", "mod a;"),
                ("a.rs", parent),
                ("a/b.rs", "use super::A;"),
            ];
            assert_eq!(circles(&made_up(&files).imports()).len(), 1, "{parent}");
        }
    }

    #[test]
    fn an_import_of_a_layer_above_is_found() {
        let found = |root| {
            let above = ("above.rs", "use crate::below::B; mod inner;");
            let inner = ("above/inner.rs", "use crate::below::B; use super::A;");
            let below = ("below.rs", "");
            let component = made_up(&[("lib.rs", root), above, inner, below]);
            imports_upwards(&component, &layers(root)).len()
        };
        assert_eq!(found("pub mod above;\n\npub mod below;"), 0);
        assert_eq!(found("pub mod above;\n// The ground.\nmod below;"), 0);
        assert_eq!(found("pub mod above;\npub mod below;"), 0);
        assert_eq!(found("pub mod below;\npub mod above;"), 0);
        assert_eq!(found("pub mod below;\n\npub mod above;"), 2);
        assert_eq!(found("mod below;\n// The top.\nmod above;"), 2);
    }

    #[test]
    #[should_panic(expected = "there is no a/mod.rs")]
    fn a_module_without_a_file_is_an_error() {
        made_up(&[("lib.rs", "mod a;")]);
    }
}
