//! Spin's interfaces, implemented for an instance.

use std::collections::BTreeMap;
use std::sync::Arc;

use wasmtime::component::{HasSelf, Linker};

use crate::instance::InstanceState;
use crate::key_value::Metered;

mod spin_key_value;
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
            "spin:key-value/key-value.store": super::OpenStore,
            "wasi:keyvalue/store.bucket": super::OpenStore,
            "wasi:keyvalue/atomics.cas": super::wasi_keyvalue::Swap,
        },
    });
}

/// A store that an instance has opened.
#[expect(unreachable_pub, reason = "the generated code re-exports it")]
pub struct OpenStore(Arc<Metered>);

/// The stores of a component.
#[derive(Clone, Default)]
pub(crate) struct Stores {
    /// The labels that the manifest lists.
    pub(crate) allowed: Vec<String>,
    /// The stores there are, by label.
    pub(crate) existing: BTreeMap<String, Arc<Metered>>,
}

/// Why a store cannot be opened.
enum OpenError {
    NoSuchStore,
    AccessDenied,
    Other(String),
}

impl Stores {
    async fn open(&self, label: &str) -> Result<OpenStore, OpenError> {
        if !self.allowed.iter().any(|allowed| allowed == label) {
            return Err(OpenError::AccessDenied);
        }
        let store = self.existing.get(label).ok_or(OpenError::NoSuchStore)?;
        match store.open().await {
            Ok(()) => Ok(OpenStore(Arc::clone(store))),
            Err(error) => Err(OpenError::Other(error.to_string())),
        }
    }
}

/// Adds the interfaces to a linker.
pub(crate) fn add_to_linker(linker: &mut Linker<InstanceState>) -> wasmtime::Result<()> {
    use bindings::{spin, wasi};

    fn own(state: &mut InstanceState) -> &mut InstanceState {
        state
    }
    spin::key_value::key_value::add_to_linker::<_, HasSelf<_>>(linker, own)?;
    spin::variables::variables::add_to_linker::<_, HasSelf<_>>(linker, own)?;
    wasi::keyvalue::store::add_to_linker::<_, HasSelf<_>>(linker, own)?;
    wasi::keyvalue::atomics::add_to_linker::<_, HasSelf<_>>(linker, own)?;
    Ok(())
}
