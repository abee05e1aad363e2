//! The interfaces that a component may import: Spin's, implemented here for an instance, and WASI's, by Wasmtime.

use wasmtime::component::{HasSelf, Linker};
use wasmtime_wasi::cli::{WasiCli, WasiCliView as _};
use wasmtime_wasi::filesystem::{WasiFilesystem, WasiFilesystemView as _};
use wasmtime_wasi::{p2, p3};

use crate::state::InstanceState;

mod spin_key_value;
#[cfg(not(feature = "services"))]
#[path = "interfaces/without_redis.rs"]
mod spin_redis;
#[cfg(feature = "services")]
mod spin_redis;
mod spin_variables;
mod wasi_keyvalue;

mod bindings {
    wasmtime::component::bindgen!({
        path: "wit",
        world: "portico:host/interfaces",
        imports: {
            "spin:key-value/key-value.[method]store.get-keys": trappable,
            // Spin, too, holds the instance while such an operation runs: the functions are not asynchronous in WIT.
            "wasi:keyvalue/store": async | trappable,
            "wasi:keyvalue/atomics": async | trappable,
            default: trappable,
        },
        with: {
            "spin:key-value/key-value.store": crate::stores::OpenStore,
            "spin:redis/redis.connection": super::spin_redis::RedisConnection,
            "wasi:keyvalue/store.bucket": crate::stores::OpenStore,
            "wasi:keyvalue/atomics.cas": crate::stores::Swap,
        },
    });
}

/// Adds the interfaces to a linker.
pub(crate) fn add_to_linker(linker: &mut Linker<InstanceState>) -> wasmtime::Result<()> {
    add_wasi(linker)?;
    add_spin(linker)
}

/// Adds the part of WASI that a component of Rust's target `wasm32-wasip1` imports. Wasmtime compiles each interface anew
/// for each host: all of WASI, with its sockets, would double the time that it takes to build this one.
fn add_wasi(linker: &mut Linker<InstanceState>) -> wasmtime::Result<()> {
    use p2::bindings::{cli, filesystem};

    p2::add_to_linker_proxy_interfaces_async(linker)?;
    cli::environment::add_to_linker::<_, WasiCli>(linker, InstanceState::cli)?;
    cli::exit::add_to_linker::<_, WasiCli>(linker, InstanceState::cli)?;
    filesystem::preopens::add_to_linker::<_, WasiFilesystem>(linker, InstanceState::filesystem)?;
    filesystem::types::add_to_linker::<_, WasiFilesystem>(linker, InstanceState::filesystem)?;
    p3::bindings::cli::stdin::add_to_linker::<_, WasiCli>(linker, InstanceState::cli)?;
    p3::clocks::add_to_linker(linker)?;
    p3::random::add_to_linker(linker)?;
    wasmtime_wasi_http::p3::add_to_linker(linker)
}

fn add_spin(linker: &mut Linker<InstanceState>) -> wasmtime::Result<()> {
    use bindings::{spin, wasi};

    fn own(state: &mut InstanceState) -> &mut InstanceState {
        state
    }
    spin::key_value::key_value::add_to_linker::<_, HasSelf<_>>(linker, own)?;
    spin::redis::redis::add_to_linker::<_, HasSelf<_>>(linker, own)?;
    spin::variables::variables::add_to_linker::<_, HasSelf<_>>(linker, own)?;
    wasi::keyvalue::store::add_to_linker::<_, HasSelf<_>>(linker, own)?;
    wasi::keyvalue::atomics::add_to_linker::<_, HasSelf<_>>(linker, own)?;
    Ok(())
}
