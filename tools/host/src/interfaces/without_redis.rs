//! `spin:redis` in a host that was built without Redis: it opens no connection.

use wasmtime::Result;
use wasmtime::component::{Accessor, HasSelf, Resource};

use super::bindings::spin::redis::redis::{
    Error, Host, HostConnection, HostConnectionWithStore, RedisParameter, RedisResult,
};
use crate::state::InstanceState;

#[expect(unreachable_pub, reason = "the generated code re-exports it")]
pub enum RedisConnection {}

impl Host for InstanceState {}

impl HostConnection for InstanceState {
    fn drop(&mut self, handle: Resource<RedisConnection>) -> Result<()> {
        match self.table.delete(handle)? {}
    }
}

impl<T: Send> HostConnectionWithStore<T> for HasSelf<InstanceState> {
    async fn open(
        _: &Accessor<T, Self>,
        _: String,
    ) -> Result<Result<Resource<RedisConnection>, Error>> {
        let why = "this host was built without the feature `services`";
        Ok(Err(Error::Other(why.to_owned())))
    }

    async fn execute(
        accessor: &Accessor<T, Self>,
        handle: Resource<RedisConnection>,
        _: String,
        _: Vec<RedisParameter>,
    ) -> Result<Result<Vec<RedisResult>, Error>> {
        accessor.with(|mut access| match *access.get().table.get(&handle)? {})
    }
}
