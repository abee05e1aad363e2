//! The host's side of `spin:variables`.

use wasmtime::Result;
use wasmtime::component::{Accessor, HasSelf};

use super::bindings::spin::variables::variables::{Error, Host, HostWithStore};
use crate::state::InstanceState;
use crate::variables::VariableError;

impl Host for InstanceState {}

impl<T: Send> HostWithStore<T> for HasSelf<InstanceState> {
    async fn get(accessor: &Accessor<T, Self>, name: String) -> Result<Result<String, Error>> {
        let result = accessor.with(|mut access| access.get().app().variables.get(&name));
        Ok(result.map_err(|error| match error {
            VariableError::InvalidName(text) => Error::InvalidName(text),
            VariableError::Undefined(text) => Error::Undefined(text),
            VariableError::Provider(text) => Error::Provider(text),
        }))
    }
}
