//! Machine code that one process has compiled, kept for the next one.

use std::fmt::Write as _;
use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::Result;
use wasmtime::Engine;
use wasmtime::component::Component;

/// The most components that are kept: those of the last few builds, each for engines with and without options.
const KEPT: usize = 16;
const EXTENSION: &str = "cwasm";

/// A directory of compiled components.
pub(crate) struct Compiled(PathBuf);

impl Compiled {
    /// Finds the directory in the target directory that the running program is in, which Cargo tags as a cache; `None`
    /// where the program was not built by Cargo, or was moved.
    pub(crate) fn in_target_directory() -> Option<Self> {
        let program = std::env::current_exe().ok()?;
        let target = program
            .ancestors()
            .find(|directory| directory.join("CACHEDIR.TAG").is_file())?;
        Some(Self(target.join("compiled")))
    }

    /// Returns the component of this Wasm, for this engine: as it was compiled before, or else by `compile`. A
    /// directory that cannot be read or written only costs time.
    pub(crate) fn component(
        &self,
        engine: &Engine,
        wasm: &[&[u8]],
        compile: impl FnOnce() -> Result<Component>,
    ) -> Result<Component> {
        let path = self.0.join(name(engine, wasm));
        // SAFETY: whatever is in this directory under this name was written below, from a component of the same engine.
        // Another program that could write there could as well change the programs that Cargo keeps there.
        if let Ok(component) = unsafe { Component::deserialize_file(engine, &path) } {
            return Ok(component);
        }
        let component = compile()?;
        if let Ok(code) = component.serialize() {
            let _ = self.keep(&path, &code);
        }
        Ok(component)
    }

    /// Writes a file that other processes see whole or not at all, and removes those that are too many.
    fn keep(&self, written: &Path, code: &[u8]) -> std::io::Result<()> {
        fs::create_dir_all(&self.0)?;
        let unfinished = written.with_extension(std::process::id().to_string());
        fs::write(&unfinished, code)?;
        fs::rename(&unfinished, written)?;

        let mut files: Vec<(SystemTime, PathBuf)> = fs::read_dir(&self.0)?
            .filter_map(|entry| {
                let entry = entry.ok()?;
                let path = entry.path();
                let is_code = path
                    .extension()
                    .is_some_and(|extension| extension == EXTENSION);
                let is_other = is_code && path != written;
                is_other.then_some((entry.metadata().ok()?.modified().ok()?, path))
            })
            .collect();
        files.sort();
        // A process that runs one of these keeps what it has open.
        for (_, path) in files.iter().rev().skip(KEPT - 1) {
            fs::remove_file(path)?;
        }
        Ok(())
    }
}

/// Names the Wasm's file: no other Wasm has that name, nor the same Wasm for an engine that compiles it differently.
fn name(engine: &Engine, wasm: &[&[u8]]) -> String {
    let mut digest = hmac_sha256::Hash::new();
    for part in wasm {
        digest.update(part);
    }
    let mut compatibility = DefaultHasher::new();
    engine
        .precompile_compatibility_hash()
        .hash(&mut compatibility);
    let digest = digest
        .finalize()
        .iter()
        .fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        });
    format!("{digest}-{:016x}.{EXTENSION}", compatibility.finish())
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::fs;

    use wasmtime::component::Component;
    use wasmtime::{Config, Engine};

    use super::{Compiled, KEPT};

    /// An empty component: the preamble alone.
    const WASM: &[u8] = b"\0asm\x0d\0\x01\0";

    fn directory(name: &str) -> Compiled {
        let path = format!("portico-compiled-{name}-{}", std::process::id());
        Compiled(std::env::temp_dir().join(path))
    }

    #[test]
    fn a_component_is_compiled_once_for_each_wasm_and_engine() {
        let compiled = directory("once");
        let plain = Engine::default();
        let fuelled = Engine::new(Config::new().consume_fuel(true)).unwrap();
        let times = Cell::new(0);
        let load = |engine: &Engine, wasm: &[u8]| {
            let component = compiled.component(engine, &[wasm, b"adapter"], || {
                times.set(times.get() + 1);
                Ok(Component::new(engine, WASM)?)
            });
            component.unwrap();
            times.get()
        };
        assert_eq!(load(&plain, WASM), 1);
        assert_eq!(load(&plain, WASM), 1);
        assert_eq!(load(&fuelled, WASM), 2);
        assert_eq!(load(&plain, b"other"), 3);
        assert_eq!(load(&fuelled, WASM), 3);
        fs::remove_dir_all(&compiled.0).unwrap();
    }

    #[test]
    fn what_is_broken_is_compiled_again_and_what_is_too_much_is_removed() {
        let compiled = directory("bounded");
        let engine = Engine::default();
        for number in 0..=KEPT {
            let wasm = [u8::try_from(number).unwrap()];
            let load = || {
                let compile = || Ok(Component::new(&engine, WASM)?);
                compiled.component(&engine, &[&wasm], compile).unwrap();
            };
            load();
            let path = compiled.0.join(super::name(&engine, &[&wasm]));
            fs::write(&path, "broken").unwrap();
            load();
            assert!(fs::metadata(&path).unwrap().len() > 100);
        }
        assert_eq!(fs::read_dir(&compiled.0).unwrap().count(), KEPT);
        fs::remove_dir_all(&compiled.0).unwrap();
    }
}
