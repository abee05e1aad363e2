//! From a core module of WASI 0.1, as `rustc` writes it, to a component: Spin does this when it loads a module, and other
//! hosts want it done.

use std::borrow::Cow;

use anyhow::{Context, Result, bail};
use wasi_preview1_component_adapter_provider as preview1;
use wit_component::{ComponentEncoder, DecodedWasm, decode};

/// The adapter: it implements the functions of WASI 0.1, which a module calls, by those of WASI 0.2.
pub const ADAPTER: &[u8] = preview1::WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER;

/// Wraps a core module of WASI 0.1 as a component. A component stays as it is.
pub fn componentize(wasm: &[u8]) -> Result<Cow<'_, [u8]>> {
    if is_component(wasm) {
        return Ok(Cow::Borrowed(wasm));
    }
    let component = ComponentEncoder::default()
        .validate(true)
        .module(wasm)
        .context("the core module describes no component")?
        .adapter(preview1::WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME, ADAPTER)?
        .encode()
        .context("the core module is no component of WASI 0.1")?;
    Ok(Cow::Owned(component))
}

/// Returns the interfaces that Wasm asks of its host, with their versions, e.g. `wasi:http/client@0.3.0`. A core module
/// is wrapped first, as a host would.
pub fn imports(wasm: &[u8]) -> Result<Vec<String>> {
    let component = componentize(wasm)?;
    let DecodedWasm::Component(types, world) = decode(&component)? else {
        bail!("this is no component");
    };
    let world = types
        .worlds
        .get(world)
        .context("the component has no world")?;
    Ok(world
        .imports
        .keys()
        .map(|import| types.name_world_key(import))
        .collect())
}

/// Returns true if this is a component: the second half of Wasm's preamble tells it from a module.
fn is_component(wasm: &[u8]) -> bool {
    wasm.get(4..8) == Some(&[0x0d, 0, 1, 0])
}
