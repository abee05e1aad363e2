//! The modules of a crate, and which file of it imports which other.
//!
//! A file imports another if one of its paths leads to what the other defines: below `crate`, `super` or `self`, by way
//! of a module that it declares, or by way of a name that a `use` gives it. A path through a re-export leads to where
//! the item is defined. Neither a declaration of a module nor a re-export of what is in it is an import: they say where
//! something is, and use nothing of it. A re-export with a `*` is one nevertheless, since it does not name what it stands
//! for, so that paths cannot be followed through it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::tokens::{Token, tokens};

/// The names of the modules on the way from the crate's root.
type ModulePath = Vec<String>;

/// Which file imports which other, and the path that does, as it is written.
pub(crate) type Imports = BTreeMap<PathBuf, BTreeMap<PathBuf, String>>;

/// A crate, as its text says.
#[derive(Debug, Default)]
pub(crate) struct Crate {
    modules: BTreeMap<ModulePath, Module>,
}

#[derive(Debug)]
struct Module {
    file: PathBuf,
    /// The modules that are declared in it.
    children: Vec<String>,
    uses: Vec<Use>,
    /// The paths outside of `use`.
    mentions: Vec<Vec<String>>,
}

/// One name that a `use` makes known.
#[derive(Debug)]
struct Use {
    path: Vec<String>,
    name: String,
    is_public: bool,
}

impl Crate {
    /// Reads a crate from its root file on. `read` returns the text of a file that is there.
    ///
    /// # Panics
    ///
    /// When a file is missing that a module is declared to be in.
    pub(crate) fn read(root: &Path, read: &dyn Fn(&Path) -> Option<String>) -> Self {
        let mut this = Self::default();
        let directory = root.parent().unwrap_or(Path::new(""));
        this.add_file(&mut Vec::new(), root, directory, read);
        this
    }

    /// The module right below the root that a file is of; none for the root.
    pub(crate) fn top_level_module(&self, file: &Path) -> Option<&str> {
        let (path, _) = self
            .modules
            .iter()
            .find(|(_, module)| module.file == file)?;
        path.first().map(String::as_str)
    }

    /// Every file, with what it imports.
    pub(crate) fn imports(&self) -> Imports {
        let mut imports = Imports::new();
        for (path, module) in &self.modules {
            let of_file = imports.entry(module.file.clone()).or_default();
            let uses = module.uses.iter().filter_map(|import| {
                let target = self.resolve(path, &import.path, 0)?;
                let is_named = !import.name.is_empty();
                let is_re_export = import.is_public && is_named && target.starts_with(path);
                (!is_re_export).then_some((target, &import.path))
            });
            let mentions = module.mentions.iter();
            let mentions =
                mentions.filter_map(|mention| self.resolve(path, mention, 0).zip(Some(mention)));
            for (target, written) in uses.chain(mentions) {
                let file = &self.modules[&target].file;
                if *file != module.file {
                    of_file
                        .entry(file.clone())
                        .or_insert_with(|| written.join("::"));
                }
            }
        }
        imports
    }

    /// The module that defines what a path leads to which is written in the module `from`. None outside of this crate.
    fn resolve(&self, from: &[String], path: &[String], depth: usize) -> Option<ModulePath> {
        // Names that lead to each other do not compile; text that does not compile shall not keep this busy forever.
        if depth > 32 {
            return None;
        }
        let (first, rest) = path.split_first()?;
        match first.as_str() {
            "crate" => Some(self.descend(&[], rest, depth)),
            "self" if rest.is_empty() => Some(from.to_vec()),
            "self" => self.resolve(from, rest, depth + 1),
            "super" => {
                let (_, parent) = from.split_last()?;
                match rest.first().map(String::as_str) {
                    Some("super" | "self") => self.resolve(parent, rest, depth + 1),
                    _ => Some(self.descend(parent, rest, depth)),
                }
            }
            name if self.is_child(from, name) => Some(self.descend(from, path, depth)),
            name => {
                let binding = self.binding(from, name)?;
                self.resolve(from, &[binding, rest].concat(), depth + 1)
            }
        }
    }

    /// Follows a path down from a module, through other modules and re-exports.
    fn descend(&self, from: &[String], path: &[String], depth: usize) -> ModulePath {
        let mut module = from.to_vec();
        for (at, name) in path.iter().enumerate() {
            if self.is_child(&module, name) {
                module.push(name.clone());
                continue;
            }
            let elsewhere = self.binding(&module, name).and_then(|binding| {
                self.resolve(&module, &[binding, &path[at + 1..]].concat(), depth + 1)
            });
            return elsewhere.unwrap_or(module);
        }
        module
    }

    fn is_child(&self, module: &[String], name: &str) -> bool {
        let children = self.modules.get(module).map(|module| &module.children);
        children.is_some_and(|children| children.iter().any(|child| child == name))
    }

    /// What a `use` in a module says that a name stands for.
    fn binding(&self, module: &[String], name: &str) -> Option<&[String]> {
        let uses = &self.modules.get(module)?.uses;
        let import = uses.iter().find(|import| import.name == name)?;
        Some(&import.path)
    }

    fn add_file(
        &mut self,
        path: &mut ModulePath,
        file: &Path,
        directory: &Path,
        read: &dyn Fn(&Path) -> Option<String>,
    ) {
        let text = read(file).unwrap_or_else(|| panic!("there is no {}", file.display()));
        self.add_module(path, file, directory, &tokens(&text), read);
    }

    /// Adds the module that these tokens are, and the modules in it. Files of the latter are in `directory`.
    fn add_module(
        &mut self,
        path: &mut ModulePath,
        file: &Path,
        directory: &Path,
        tokens: &[Token],
        read: &dyn Fn(&Path) -> Option<String>,
    ) {
        let mut module = Module {
            file: file.to_path_buf(),
            children: Vec::new(),
            uses: Vec::new(),
            mentions: Vec::new(),
        };
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            let after = &tokens[at + 1..];
            match (token, after) {
                (token, [Token::Word(name), Token::Mark(mark @ (';' | '{')), ..])
                    if token.is_word("mod") =>
                {
                    module.children.push(name.clone());
                    path.push(name.clone());
                    let inside = directory.join(name);
                    if *mark == ';' {
                        let beside = directory.join(format!("{name}.rs"));
                        let is_there = read(&beside).is_some();
                        let file = if is_there {
                            beside
                        } else {
                            inside.join("mod.rs")
                        };
                        self.add_file(path, &file, &inside, read);
                        at += 3;
                    } else {
                        let end = at + 3 + length_of_body(&tokens[at + 3..]);
                        self.add_module(path, file, &inside, &tokens[at + 3..end], read);
                        at = end;
                    }
                    path.pop();
                }
                // `use<…>` is about lifetimes.
                (token, [next, ..]) if token.is_word("use") && *next != Token::Mark('<') => {
                    let is_public = match &tokens[..at] {
                        [.., last] if last.is_word("pub") => true,
                        [.., open, _, Token::Mark(')')] => *open == Token::Mark('('),
                        _ => false,
                    };
                    at += 1;
                    at += uses(after, &[], &mut |path, name| {
                        module.uses.push(Use {
                            path,
                            name,
                            is_public,
                        });
                    });
                }
                (Token::Word(first), [Token::Path, ..]) => {
                    let is_continued = at > 0 && tokens[at - 1] == Token::Path;
                    let is_visibility = tokens[..at].ends_with(&visibility());
                    let mention = mention(first, after);
                    at += 2 * mention.len() - 1;
                    if !is_continued && !is_visibility {
                        module.mentions.push(mention);
                    }
                }
                _ => at += 1,
            }
        }
        self.modules.insert(path.clone(), module);
    }
}

/// The beginning of `pub(in crate::a)`, which imports nothing.
fn visibility() -> [Token; 3] {
    let word = |word: &str| Token::Word(word.to_owned());
    [word("pub"), Token::Mark('('), word("in")]
}

/// How many tokens there are before the `}` that ends a body which has begun.
fn length_of_body(tokens: &[Token]) -> usize {
    let mut depth = 1_usize;
    let end = tokens.iter().position(|token| {
        match token {
            Token::Mark('{') => depth += 1,
            Token::Mark('}') => depth -= 1,
            _ => {}
        }
        depth == 0
    });
    end.unwrap_or(tokens.len())
}

/// The whole of a path, by its first word and the tokens after it.
fn mention(first: &str, after: &[Token]) -> Vec<String> {
    let mut path = vec![first.to_owned()];
    for pair in after.chunks_exact(2) {
        let [Token::Path, Token::Word(name)] = pair else {
            break;
        };
        path.push(name.clone());
    }
    path
}

/// Reads a tree of `use` behind a path, calls `found` with each path and the name that stands for it, and returns how
/// many tokens the tree has. With a `*`, the name is empty.
fn uses(tokens: &[Token], before: &[String], found: &mut dyn FnMut(Vec<String>, String)) -> usize {
    let mut path = before.to_vec();
    let mut at = 0;
    loop {
        match &tokens[at..] {
            [Token::Path, ..] => at += 1,
            [Token::Mark('*'), ..] => {
                found(path, String::new());
                return at + 1;
            }
            [Token::Mark('{'), ..] => {
                at += 1;
                while !matches!(tokens.get(at), None | Some(Token::Mark('}'))) {
                    if tokens[at] == Token::Mark(',') {
                        at += 1;
                    } else {
                        // What is no `use` does not move on, and shall not keep this busy forever.
                        at += uses(&tokens[at..], &path, found).max(1);
                    }
                }
                return at + 1;
            }
            [keyword, Token::Word(name), ..] if keyword.is_word("as") => {
                found(path, name.clone());
                return at + 2;
            }
            [Token::Word(name), ..] => {
                // `{self}` stands for the path before it.
                if name != "self" || path.is_empty() {
                    path.push(name.clone());
                }
                at += 1;
            }
            _ => {
                let name = path.last().cloned().unwrap_or_default();
                found(path, name);
                return at;
            }
        }
    }
}
