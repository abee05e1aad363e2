//! Imports run downwards: no files of a crate import each other round, and no module of the component imports one of a
//! floor above its own.

use std::collections::{BTreeMap, BTreeSet};

use crate::files::{read, tracked};

type Module = Vec<String>;

/// The paths of a tree such as `a::{b, c::D}`, behind the names that lead to it. Returns the text behind the tree.
fn leaves<'t>(mut text: &'t str, mut path: Module, found: &mut Vec<Module>) -> &'t str {
    loop {
        if let Some(group) = text.strip_prefix('{') {
            let mut rest = group.trim_start();
            while !rest.is_empty() && !rest.starts_with('}') {
                rest = leaves(rest, path.clone(), found);
                rest = rest.trim_start_matches(|c| c != ',' && c != '}');
                rest = rest.strip_prefix(',').unwrap_or(rest).trim_start();
            }
            return rest.strip_prefix('}').unwrap_or(rest);
        }
        let end = text.find(|c: char| !c.is_alphanumeric() && c != '_');
        let (name, rest) = text.split_at(end.unwrap_or(text.len()));
        path.push(name.to_owned());
        let Some(deeper) = rest.strip_prefix("::") else {
            found.push(path);
            return rest;
        };
        text = deeper;
    }
}

/// The modules that a file imports. A re-export is no import, and neither is a module that the file is part of.
fn imports(module: &Module, text: &str, files: &BTreeMap<Module, String>) -> BTreeSet<Module> {
    let code = text
        .split("#[cfg(test)]\nmod tests {")
        .next()
        .unwrap_or_default();
    let lines = code
        .lines()
        .map(|line| line.split("//").next().unwrap_or_default());
    let code = lines
        .collect::<Vec<_>>()
        .join("\n")
        .replace("in crate::", "");
    let mut found = Vec::new();
    for (at, _) in code.match_indices("::") {
        let start = code[..at].rfind(|c: char| !c.is_alphanumeric() && c != '_');
        let start = start.map_or(0, |before| before + 1);
        let is_root = ["crate", "self", "super"].contains(&&code[start..at]);
        if is_root && !code[..start].ends_with("::") && !code[..start].ends_with("pub use ") {
            leaves(&code[start..], Module::new(), &mut found);
        }
    }
    let resolved = found.into_iter().map(|path| {
        let ups = path.iter().filter(|name| *name == "super").count();
        let base = if path[0] == "crate" {
            0
        } else {
            module.len().saturating_sub(ups)
        };
        let names = path.into_iter().skip(ups.max(1));
        let mut to: Module = module[..base].iter().cloned().chain(names).collect();
        while !to.is_empty() && !files.contains_key(&to) {
            to.pop();
        }
        to
    });
    resolved.filter(|to| !module.starts_with(to)).collect()
}

/// The imports of each file of the crate whose root lies in this directory.
fn graph(root: &str) -> BTreeMap<Module, BTreeSet<Module>> {
    let files = tracked().into_iter().filter_map(|file| {
        let path = file.strip_prefix(root)?.strip_suffix(".rs")?.to_owned();
        let names = path
            .split('/')
            .filter(|name| !["lib", "main"].contains(name));
        let module: Module = names.map(str::to_owned).collect();
        (!module.contains(&"tests".to_owned())).then(|| (module, read(&file)))
    });
    let files: BTreeMap<_, _> = files.collect();
    let of_file = |module: &Module| (module.clone(), imports(module, &files[module], &files));
    files.keys().map(of_file).collect()
}

/// The files that are left when those are taken away, again and again, that import none of the others.
fn circles(mut graph: BTreeMap<Module, BTreeSet<Module>>) -> BTreeMap<Module, BTreeSet<Module>> {
    loop {
        let left: BTreeSet<_> = graph.keys().cloned().collect();
        graph.retain(|_, imports| imports.iter().any(|module| left.contains(module)));
        if graph.len() == left.len() {
            return graph;
        }
    }
}

#[test]
fn no_files_of_a_crate_import_each_other_round() {
    let roots = tracked();
    let roots = roots.iter().filter_map(|file| {
        let root = file.strip_suffix("lib.rs").or(file.strip_suffix("main.rs"));
        root.filter(|root| root.ends_with("src/"))
    });
    for root in roots {
        let circles = circles(graph(root));
        assert!(
            circles.is_empty(),
            "{root} has imports in circles: {circles:#?}"
        );
    }
    let files = ["a", "b"].map(|name| (vec![name.to_owned()], String::new()));
    let of = |name: &str, text| imports(&vec![name.to_owned()], text, &files.clone().into());
    let [a, b] = [
        ("a", "use crate::{b::B, x};"),
        ("b", "fn f() { super::a::f() }"),
    ];
    let round = [a, b].map(|(name, text)| (vec![name.to_owned()], of(name, text)));
    assert_eq!(circles(round.into()).len(), 2);
}

#[test]
fn a_module_of_the_component_imports_none_of_a_floor_above_its_own() {
    // `cargo fmt` sorts modules on adjacent lines by their names: these are one floor, and an empty line begins the next.
    let root = read("src/lib.rs");
    let floors = root.split("\n\n").enumerate();
    let floors = floors.flat_map(|(floor, lines)| lines.lines().map(move |line| (line, floor)));
    let floors: BTreeMap<_, _> = floors
        .filter_map(|(line, floor)| {
            Some((line.strip_prefix("pub mod ")?.strip_suffix(';')?, floor))
        })
        .collect();
    let graph = graph("src/");
    for (from, to) in graph
        .iter()
        .flat_map(|(from, all)| all.iter().map(move |to| (from, to)))
    {
        let floor = |module: &Module| module.first().map(|name| floors[name.as_str()]);
        assert!(
            floor(to) >= floor(from),
            "{from:?} imports {to:?}, on a floor above"
        );
    }
    assert!(graph.values().map(BTreeSet::len).sum::<usize>() > 200);
}
