//! The host's side of `wasi:keyvalue`.

use std::sync::Arc;

use wasmtime::Result;
use wasmtime::component::Resource;

use super::bindings::wasi::keyvalue::atomics::{self, CasError};
use super::bindings::wasi::keyvalue::store::{Error, Host, HostBucket, KeyResponse};
use crate::key_value::{Metered, StoreError};
use crate::state::InstanceState;
use crate::stores::Swap;
use crate::stores::{OpenError, OpenStore};

const NO_SWAP: &str = "compare-and-swap is not supported: on Spin's SQLite store a swap of an absent key always succeeds, \
                       and on its Redis store swaps are broken";

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

impl InstanceState {
    fn bucket(&self, handle: &Resource<OpenStore>) -> Result<Arc<Metered>> {
        Ok(Arc::clone(&self.table.get(handle)?.0))
    }
}

impl Host for InstanceState {
    async fn open(&mut self, identifier: String) -> Result<Result<Resource<OpenStore>, Error>> {
        let app = self.app().clone();
        match app.stores.open(&identifier).await {
            Ok(store) => Ok(Ok(self.table.push(store)?)),
            Err(error) => Ok(Err(error.into())),
        }
    }
}

impl HostBucket for InstanceState {
    async fn get(
        &mut self,
        handle: Resource<OpenStore>,
        key: String,
    ) -> Result<Result<Option<Vec<u8>>, Error>> {
        let value = self.bucket(&handle)?.get(key).await;
        Ok(value.map_err(Error::from))
    }

    async fn set(
        &mut self,
        handle: Resource<OpenStore>,
        key: String,
        value: Vec<u8>,
    ) -> Result<Result<(), Error>> {
        let done = self.bucket(&handle)?.set(key, value).await;
        Ok(done.map_err(Error::from))
    }

    async fn delete(
        &mut self,
        handle: Resource<OpenStore>,
        key: String,
    ) -> Result<Result<(), Error>> {
        let done = self.bucket(&handle)?.delete(key).await;
        Ok(done.map_err(Error::from))
    }

    async fn exists(
        &mut self,
        handle: Resource<OpenStore>,
        key: String,
    ) -> Result<Result<bool, Error>> {
        let value = self.bucket(&handle)?.get(key).await;
        Ok(value.map(|value| value.is_some()).map_err(Error::from))
    }

    async fn list_keys(
        &mut self,
        handle: Resource<OpenStore>,
        cursor: Option<String>,
    ) -> Result<Result<KeyResponse, Error>> {
        if cursor.is_some() {
            // All keys are on the first page, as on Spin, so nobody has a cursor.
            let text = "there is no page at this cursor".to_owned();
            return Ok(Err(Error::Other(text)));
        }
        let keys = self.bucket(&handle)?.keys().await;
        let page = |keys| KeyResponse { keys, cursor: None };
        Ok(keys.map(page).map_err(Error::from))
    }

    async fn drop(&mut self, handle: Resource<OpenStore>) -> Result<()> {
        self.table.delete(handle)?;
        Ok(())
    }
}

impl atomics::Host for InstanceState {
    async fn increment(
        &mut self,
        handle: Resource<OpenStore>,
        key: String,
        delta: i64,
    ) -> Result<Result<i64, Error>> {
        let sum = self.bucket(&handle)?.increment(key, delta).await;
        Ok(sum.map_err(Error::from))
    }

    async fn swap(&mut self, _: Resource<Swap>, _: Vec<u8>) -> Result<Result<(), CasError>> {
        Ok(Err(CasError::StoreError(Error::Other(NO_SWAP.to_owned()))))
    }
}

impl atomics::HostCas for InstanceState {
    async fn new(
        &mut self,
        _: Resource<OpenStore>,
        _: String,
    ) -> Result<Result<Resource<Swap>, Error>> {
        Ok(Err(Error::Other(NO_SWAP.to_owned())))
    }

    async fn current(&mut self, _: Resource<Swap>) -> Result<Result<Option<Vec<u8>>, Error>> {
        Ok(Err(Error::Other(NO_SWAP.to_owned())))
    }

    async fn drop(&mut self, handle: Resource<Swap>) -> Result<()> {
        self.table.delete(handle)?;
        Ok(())
    }
}
