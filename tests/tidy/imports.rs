//! Imports run downwards: no files of a crate import each other round, and no module of the component imports one of a
//! floor above its own. A path through a re-export leads to the file behind it, and a re-export is no import.

use std::collections::{BTreeMap, BTreeSet};

use crate::files::{read, tracked};

type Module = Vec<String>;
type Files = BTreeMap<Module, String>;
/// The modules that each file imports, with a path that does.
type Graph = BTreeMap<Module, BTreeMap<Module, String>>;

/// The paths of a text, each with whether a re-export has it.
fn paths(text: &str) -> Vec<(bool, Module)> {
    let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
    let lines = code.lines().map(|line| line.split("//").next().unwrap());
    let marked = lines
        .collect::<Vec<_>>()
        .join("\n")
        .replace("(in crate::", "(")
        .replace("::", "\u{b7}");
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let words: Vec<_> = marked
        .split_inclusive(|c| !is_part(c))
        .flat_map(|piece| {
            let (word, mark) = piece.split_at(piece.trim_end_matches(|c| !is_part(c)).len());
            [word, mark]
        })
        .filter(|word| !word.trim().is_empty() && *word != ",")
        .collect();
    let (mut found, mut at) = (Vec::new(), 0);
    while at < words.len() {
        let is_use = words[at] == "use";
        if is_use || words.get(at + 1) == Some(&"\u{b7}") {
            let public = is_use && at > 0 && ["pub", ")"].contains(&words[at - 1]);
            let mut tree = Vec::new();
            at = expand(&words, at + usize::from(is_use), Vec::new(), &mut tree).max(at + 1);
            found.extend(tree.into_iter().map(|path| (public, path)));
        } else {
            at += 1;
        }
    }
    found
}

/// Reads a path, or a tree of them, and returns where it ends.
fn expand(words: &[&str], mut at: usize, mut path: Module, found: &mut Vec<Module>) -> usize {
    loop {
        match words.get(at) {
            Some(&"{") => {
                at += 1;
                while words.get(at).is_some_and(|word| *word != "}") {
                    at = expand(words, at, path.clone(), found).max(at + 1);
                }
                return at + 1;
            }
            Some(&"self") if !path.is_empty() => at += 1,
            Some(word) if word.chars().all(|c| c.is_alphanumeric() || c == '_') => {
                path.push((*word).to_owned());
                at += 1;
            }
            _ => {}
        }
        match words.get(at) {
            Some(&"\u{b7}") => at += 1,
            next => {
                found.extend((!path.is_empty()).then_some(path));
                return at + 2 * usize::from(next == Some(&"as"));
            }
        }
    }
}

/// The module that a path leads to.
fn resolve(
    from: &[String],
    path: &[String],
    files: &Files,
    exports: &BTreeMap<Module, (Module, Module)>,
) -> Option<Module> {
    let ups = path.iter().take_while(|word| *word == "super").count();
    let (mut at, mut rest) = match path[0].as_str() {
        "crate" => (Vec::new(), &path[1..]),
        "self" => (from.to_vec(), &path[1..]),
        "super" => (from[..from.len().checked_sub(ups)?].to_vec(), &path[ups..]),
        _ => (from.to_vec(), path),
    };
    let is_relative = rest.len() == path.len();
    while let Some((name, after)) = rest.split_first() {
        let inner = [&at[..], std::slice::from_ref(name)].concat();
        if files.contains_key(&inner) {
            (at, rest) = (inner, after);
        } else if let Some((module, behind)) =
            exports.get(&inner).filter(|(_, behind)| behind != path)
        {
            return resolve(module, &[behind, after].concat(), files, exports);
        } else {
            break;
        }
    }
    // A name that begins a path is a module of this file, or that of another crate or a type.
    (!is_relative || rest.len() < path.len()).then_some(at)
}

fn graph(files: &Files) -> Graph {
    let mut exports = BTreeMap::new();
    for (module, text) in files {
        for (_, path) in paths(text).into_iter().filter(|(public, _)| *public) {
            let name = [&module[..], &path[path.len() - 1..]].concat();
            exports.insert(name, (module.clone(), path));
        }
    }
    let of_file = |(module, text): (&Module, &String)| {
        let found = paths(text).into_iter().filter_map(|(public, path)| {
            let to = resolve(module, &path, files, &exports)?;
            (to != *module && !(public && to.starts_with(module))).then(|| (to, path.join("::")))
        });
        (module.clone(), found.collect())
    };
    files.iter().map(of_file).collect()
}

/// The imports that are left when those are taken away, again and again, that lead nowhere or come from nowhere.
fn circles(mut graph: Graph) -> Graph {
    loop {
        let size = graph.values().map(BTreeMap::len).sum::<usize>() + graph.len();
        let imported: BTreeSet<_> = graph.values().flat_map(BTreeMap::keys).cloned().collect();
        graph.retain(|module, imports| !imports.is_empty() && imported.contains(module));
        let left: BTreeSet<_> = graph.keys().cloned().collect();
        for imports in graph.values_mut() {
            imports.retain(|module, _| left.contains(module));
        }
        if size == graph.values().map(BTreeMap::len).sum::<usize>() + graph.len() {
            return graph;
        }
    }
}

/// The files of each crate, by the directory that has its root.
fn crates() -> BTreeMap<String, Files> {
    let sources: Vec<_> = tracked()
        .into_iter()
        .filter(|file| file.ends_with(".rs"))
        .collect();
    let root_of = |file: &str| {
        file.strip_suffix("main.rs")
            .or_else(|| file.strip_suffix("lib.rs"))
            .map(str::to_owned)
    };
    let roots: BTreeSet<_> = sources.iter().filter_map(|file| root_of(file)).collect();
    let mut crates: BTreeMap<_, Files> = BTreeMap::new();
    for file in &sources {
        let Some(root) = roots
            .iter()
            .filter(|root| file.starts_with(*root))
            .max_by_key(|root| root.len())
        else {
            continue;
        };
        let path = file[root.len()..].trim_end_matches(".rs");
        let is_root =
            path == "lib" || path == "main" && !sources.contains(&format!("{root}lib.rs"));
        let parts = path
            .split('/')
            .filter(|part| !is_root && *part != "mod")
            .map(str::to_owned);
        let module: Module = parts.collect();
        if !module.iter().any(|part| part == "tests") {
            crates
                .entry(root.clone())
                .or_default()
                .insert(module, read(file));
        }
    }
    crates
}

/// The floor of each module that the component's root declares, counted from the top. `cargo fmt` sorts modules on
/// adjacent lines by their names, so these are one floor; a comment or an empty line begins the next one.
fn floors(root: &str) -> BTreeMap<&str, usize> {
    let (mut floors, mut floor) = (BTreeMap::new(), 0);
    for line in root.lines().map(str::trim) {
        if let Some(module) = line.trim_start_matches("pub ").strip_prefix("mod ") {
            floors.insert(module.trim_end_matches(';'), floor);
        } else if line.is_empty() || line.starts_with("//") {
            floor += usize::from(floors.values().any(|last| *last == floor));
        }
    }
    floors
}

#[test]
fn no_files_of_a_crate_import_each_other_round() {
    let crates = crates();
    assert!(crates.contains_key("src/") && crates.contains_key("tools/host/src/"));
    // Tests of a kind may use each other; what they test may not.
    for (root, files) in crates
        .into_iter()
        .filter(|(root, _)| root.ends_with("src/"))
    {
        let circles = circles(graph(&files));
        assert!(
            circles.is_empty(),
            "files of {root} import each other round: {circles:#?}"
        );
    }
}

#[test]
fn a_module_of_the_component_imports_none_of_a_floor_above_its_own() {
    let root = read("src/lib.rs");
    let floors = floors(&root);
    let graph = graph(&crates()["src/"]);
    let mut imports = 0;
    for (from, all) in &graph {
        let floor = |module: &Module| module.first().map(|name| floors[name.as_str()]);
        for (to, path) in all {
            assert!(
                floor(to) >= floor(from),
                "{} imports {path}, which is on a floor above",
                from.join("::")
            );
            imports += 1;
        }
    }
    assert!(imports > 200, "only {imports} imports were found");
}

#[test]
fn circles_are_found_and_imports_in_one_direction_are_none() {
    let circles_of = |a: &str, b: &str| {
        let parent = "pub(crate) mod c; pub use self::c::C; pub mod d; pub use d::D;";
        let files = [
            ("", "mod a; mod b;"),
            ("a", a),
            ("b", b),
            ("p", parent),
            ("p::c", "use super::D;"),
            ("p::d", ""),
        ];
        let module = |name: &str| {
            name.split("::")
                .filter(|part| !part.is_empty())
                .map(str::to_owned)
                .collect()
        };
        circles(graph(
            &files
                .map(|(name, text)| (module(name), text.to_owned()))
                .into(),
        ))
        .len()
    };
    for (a, b) in [
        ("use crate::b::B;", "fn f() { crate::a::f() }"),
        ("use super::{x, b::{self, B}};", "use super::a;"),
        (
            "pub(crate) use crate::b::*;",
            "use crate::{b as c, a as d};",
        ),
    ] {
        assert_eq!(circles_of(a, b), 2, "{a} / {b}");
    }
    for (a, b) in [
        ("use crate::b::B;", "use std::a::A; // crate::a"),
        (
            "use crate::b::B;",
            "#[cfg(test)]\nmod tests { use crate::a::A; }",
        ),
        ("use crate::b::B;", "use a::A; fn f() { a::f(); }"),
    ] {
        assert_eq!(circles_of(a, b), 0, "{a} / {b}");
    }
}
