//! `portico-componentize <module> <component>`: wraps a core module and writes the component.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use portico_componentize::componentize;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("portico-componentize: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let files: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [module, component] = files.as_slice() else {
        bail!("usage: portico-componentize <module> <component>");
    };
    let wasm =
        std::fs::read(module).with_context(|| format!("cannot read {}", module.display()))?;
    let wrapped = componentize(&wasm).with_context(|| module.display().to_string())?;
    std::fs::write(component, wrapped)
        .with_context(|| format!("cannot write {}", component.display()))
}
