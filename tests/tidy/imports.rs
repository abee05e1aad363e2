//! Imports run downwards: no files of a crate import each other round, and no module of the component a higher floor.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::files::{read, tracked};

/// Which file of a crate imports which. The module `crate::a::b` is written `/a/b`.
type Imports = BTreeSet<(PathBuf, PathBuf)>;

/// The paths in the code of a module; `crate::a::{b, c::D}` is two of them. Those of other crates are relative.
fn paths(module: &Path, code: &str) -> Vec<PathBuf> {
    let (mut found, mut groups) = (Vec::new(), Vec::<PathBuf>::new());
    let is_end = |c: char| !c.is_alphanumeric() && !['_', ':'].contains(&c);
    for piece in code.split_inclusive(is_end) {
        let mut path = groups.last().cloned().unwrap_or_default();
        for name in piece.trim_end_matches(is_end).split("::") {
            if ["self", "super"].contains(&name) && !path.has_root() {
                path.push(module);
            }
            match name {
                "" | "self" => {}
                "crate" => path.push("/"),
                "super" => drop(path.pop()),
                _ => path.push(name),
            }
        }
        found.push(path.clone());
        if piece.ends_with('{') {
            groups.push(path);
        } else if piece.ends_with('}') {
            groups.pop();
        }
    }
    found
}

/// The imports among files. A re-export is no import, and neither is a module that the file is part of.
fn imports(files: &BTreeMap<PathBuf, String>) -> Imports {
    let mut found = Imports::new();
    for (module, text) in files {
        let code = text.split("#[cfg(test)]\nmod tests").next().unwrap_or("");
        let lines = code.lines().filter_map(|line| line.split("//").next());
        let code: String = lines.flat_map(|line| [line, "\n"]).collect();
        let statements = code.split(';').filter_map(|s| s.split("pub use ").next());
        for path in statements.flat_map(|statement| paths(module, statement)) {
            let file = path.ancestors().find(|file| files.contains_key(*file));
            let other = file.filter(|file| !module.starts_with(file));
            found.extend(other.map(|file| (module.clone(), file.to_owned())));
        }
    }
    found
}

/// The files of the crate in this directory. No file imports the crate's root, so the root is like any other.
fn files(src: &str) -> BTreeMap<PathBuf, String> {
    let files = tracked().into_iter().filter_map(|file| {
        let module = file.strip_prefix(src)?.strip_suffix(".rs")?;
        (!module.contains("/tests")).then(|| (module.into(), read(&file)))
    });
    files.collect()
}

/// The imports that are left when those of files that import nothing are taken away, again and again.
fn circles(mut imports: Imports) -> Imports {
    for _ in 0..imports.len() {
        let before = imports.clone();
        imports.retain(|(_, to)| before.iter().any(|(from, _)| from == to));
    }
    imports
}

#[test]
fn no_files_of_a_crate_import_each_other_round() {
    for file in tracked().iter().filter(|file| file.contains("src/")) {
        if let Some((src, "lib.rs" | "main.rs")) = file.rsplit_once('/') {
            assert_eq!(circles(imports(&files(src))), Imports::new(), "{src}");
        }
    }
    let round = [("/a", "use crate::{x, b};"), ("/b", "super::a::f()")];
    let round = round.map(|(module, text)| (module.into(), text.into()));
    assert_eq!(circles(imports(&round.into())).len(), 2);
}

#[test]
fn a_module_of_the_component_imports_none_of_a_floor_above_its_own() {
    // `cargo fmt` sorts modules on adjacent lines by their names: these are one floor, and an empty line begins the next.
    let root = read("src/lib.rs");
    let floor = |module: &Path| {
        let line = format!("pub mod {};", module.iter().nth(1).unwrap().display());
        let (above, _) = root.split_once(&line).expect("the module is on a floor");
        above.matches("\n\n").count()
    };
    let imports = imports(&files("src"));
    for (from, to) in &imports {
        assert!(floor(to) >= floor(from), "{from:?} imports {to:?}");
    }
    assert!(imports.len() > 200);
}
