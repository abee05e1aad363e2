//! Circles among files that import each other.

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::modules::Imports;

/// Circles that have no file in common, one of each group of files that import each other round; none if and only if
/// there are none.
pub(crate) fn circles(imports: &Imports) -> Vec<Vec<PathBuf>> {
    let mut rest: BTreeSet<_> = imports.keys().cloned().collect();
    let mut circles = Vec::new();
    loop {
        keep_what_leads_on(&mut rest, imports);
        let Some(first) = rest.first() else {
            return circles;
        };
        // Every file that is left imports another one that is left, so going on must come round.
        let mut way = vec![first.clone()];
        let circle = loop {
            let last = &way[way.len() - 1];
            let next = imports[last].keys().find(|next| rest.contains(*next));
            let next = next.expect("a file that leads on").clone();
            if let Some(begin) = way.iter().position(|file| *file == next) {
                break way.split_off(begin);
            }
            way.push(next);
        };
        rest.retain(|file| !circle.contains(file));
        circles.push(circle);
    }
}

/// Removes files that import none of the others, until there is none of that kind.
fn keep_what_leads_on(files: &mut BTreeSet<PathBuf>, imports: &Imports) {
    loop {
        let before = files.clone();
        files.retain(|file| imports[file].keys().any(|next| before.contains(next)));
        if *files == before {
            return;
        }
    }
}
