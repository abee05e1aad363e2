//! The host's side of `spin:key-value`.

use std::sync::Arc;

use wasmtime::Result;
use wasmtime::component::{Accessor, FutureReader, HasSelf, Resource, StreamReader};

use super::bindings::spin::key_value::key_value::{Error, Host, HostStore, HostStoreWithStore};
use crate::key_value::{Metered, StoreError};
use crate::state::InstanceState;
use crate::stores::{OpenError, OpenStore};

type Handle = Resource<OpenStore>;

impl From<OpenError> for Error {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::NoSuchStore => Self::NoSuchStore,
            OpenError::AccessDenied => Self::AccessDenied,
            OpenError::Other(text) => Self::Other(text),
        }
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        Self::Other(error.0)
    }
}

fn store<T: Send>(
    accessor: &Accessor<T, HasSelf<InstanceState>>,
    handle: &Handle,
) -> Result<Arc<Metered>> {
    accessor.with(|mut access| Ok(Arc::clone(&access.get().table.get(handle)?.0)))
}

impl Host for InstanceState {}

impl HostStore for InstanceState {
    fn drop(&mut self, handle: Handle) -> Result<()> {
        self.table.delete(handle)?;
        Ok(())
    }
}

impl<T: Send> HostStoreWithStore<T> for HasSelf<InstanceState> {
    async fn open(accessor: &Accessor<T, Self>, label: String) -> Result<Result<Handle, Error>> {
        let app = accessor.with(|mut access| access.get().app().clone());
        match app.stores.open(&label).await {
            Ok(store) => accessor.with(|mut access| Ok(Ok(access.get().table.push(store)?))),
            Err(error) => Ok(Err(error.into())),
        }
    }

    async fn get(
        accessor: &Accessor<T, Self>,
        handle: Handle,
        key: String,
    ) -> Result<Result<Option<Vec<u8>>, Error>> {
        let value = store(accessor, &handle)?.get(key).await;
        Ok(value.map_err(Error::from))
    }

    async fn set(
        accessor: &Accessor<T, Self>,
        handle: Handle,
        key: String,
        value: Vec<u8>,
    ) -> Result<Result<(), Error>> {
        let done = store(accessor, &handle)?.set(key, value).await;
        Ok(done.map_err(Error::from))
    }

    async fn delete(
        accessor: &Accessor<T, Self>,
        handle: Handle,
        key: String,
    ) -> Result<Result<(), Error>> {
        let done = store(accessor, &handle)?.delete(key).await;
        Ok(done.map_err(Error::from))
    }

    async fn exists(
        accessor: &Accessor<T, Self>,
        handle: Handle,
        key: String,
    ) -> Result<Result<bool, Error>> {
        let value = store(accessor, &handle)?.get(key).await;
        Ok(value.map(|value| value.is_some()).map_err(Error::from))
    }

    async fn get_keys(
        accessor: &Accessor<T, Self>,
        handle: Handle,
    ) -> Result<(StreamReader<String>, FutureReader<Result<(), Error>>)> {
        let (keys, result) = match store(accessor, &handle)?.keys().await {
            Ok(keys) => (keys, Ok(())),
            Err(error) => (Vec::new(), Err(Error::from(error))),
        };
        accessor.with(|mut access| {
            let keys = StreamReader::new(&mut access, keys)?;
            let result = FutureReader::new(&mut access, async { wasmtime::error::Ok(result) })?;
            Ok((keys, result))
        })
    }
}
