//! Spin's interfaces, implemented for an instance.

use wasmtime::component::{HasSelf, Linker};

use crate::state::InstanceState;

mod spin_key_value;
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
            "spin:redis/redis.connection": crate::redis::RedisConnection,
            "wasi:keyvalue/store.bucket": crate::stores::OpenStore,
            "wasi:keyvalue/atomics.cas": crate::stores::Swap,
        },
    });
}

/// Adds the interfaces to a linker.
pub(crate) fn add_to_linker(linker: &mut Linker<InstanceState>) -> wasmtime::Result<()> {
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
