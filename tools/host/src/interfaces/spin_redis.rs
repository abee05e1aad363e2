//! The host's side of `spin:redis`.

use anyhow::Context as _;
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, Cmd, Value};
use wasmtime::Result;
use wasmtime::component::{Accessor, HasSelf, Resource};

use super::bindings::spin::redis::redis::{
    Error, Host, HostConnection, HostConnectionWithStore, RedisParameter, RedisResult,
};
use crate::state::InstanceState;

/// A connection to a server, which carries many commands at a time. Clones share it.
#[derive(Clone)]
#[expect(unreachable_pub, reason = "the generated code re-exports it")]
pub struct RedisConnection(MultiplexedConnection);

impl RedisConnection {
    /// Connects to a server. Nothing bounds how long that takes, and how long a command does: a caller who cares sets
    /// bounds, as on Spin.
    ///
    /// # Errors
    ///
    /// When the address is not that of a Redis server, or the server cannot be reached. The text does not tell the
    /// address, which may have a password.
    async fn open(address: &str) -> anyhow::Result<Self> {
        let client = Client::open(address)
            .ok()
            .context("not the URL of a Redis server")?;
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(None)
            .set_response_timeout(None);
        let connection = client.get_multiplexed_async_connection_with_config(&config);
        Ok(Self(connection.await.ok().context("cannot connect")?))
    }

    /// Runs a command, and returns the server's answer.
    async fn execute(mut self, command: Cmd) -> redis::RedisResult<Value> {
        command.query_async(&mut self.0).await
    }
}

type Handle = Resource<RedisConnection>;

impl Host for InstanceState {}

impl HostConnection for InstanceState {
    fn drop(&mut self, handle: Handle) -> Result<()> {
        self.table.delete(handle)?;
        Ok(())
    }
}

impl<T: Send> HostConnectionWithStore<T> for HasSelf<InstanceState> {
    async fn open(accessor: &Accessor<T, Self>, address: String) -> Result<Result<Handle, Error>> {
        let app = accessor.with(|mut access| access.get().app().clone());
        if !app.outbound.allows_redis(&address) {
            return Ok(Err(Error::InvalidAddress));
        }
        match RedisConnection::open(&address).await {
            Ok(opened) => accessor.with(|mut access| Ok(Ok(access.get().table.push(opened)?))),
            Err(error) => Ok(Err(Error::Other(error.to_string()))),
        }
    }

    async fn execute(
        accessor: &Accessor<T, Self>,
        handle: Handle,
        name: String,
        arguments: Vec<RedisParameter>,
    ) -> Result<Result<Vec<RedisResult>, Error>> {
        let connection = accessor.with(|mut access| {
            Ok::<_, wasmtime::Error>(access.get().table.get(&handle)?.clone())
        })?;
        let mut command = Cmd::new();
        command.arg(name);
        for argument in arguments {
            match argument {
                RedisParameter::Int64(number) => command.arg(number),
                RedisParameter::Binary(bytes) => command.arg(bytes),
            };
        }
        let answer = connection.execute(command).await;
        Ok(match answer {
            Ok(value) => results(value),
            Err(error) => Err(Error::Other(error.to_string())),
        })
    }
}

/// Splits an answer into results: a list is answered as its items, anything else as a list of itself.
fn results(value: Value) -> Result<Vec<RedisResult>, Error> {
    match value {
        Value::Array(items) => items.into_iter().map(result).collect(),
        other => Ok(vec![result(other)?]),
    }
}

fn result(value: Value) -> Result<RedisResult, Error> {
    match value {
        Value::Nil => Ok(RedisResult::Nil),
        Value::Okay => Ok(RedisResult::Status("OK".to_owned())),
        Value::SimpleString(status) => Ok(RedisResult::Status(status)),
        Value::Int(number) => Ok(RedisResult::Int64(number)),
        Value::BulkString(bytes) => Ok(RedisResult::Binary(bytes)),
        _ => Err(Error::TypeError),
    }
}
