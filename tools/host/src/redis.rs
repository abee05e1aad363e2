//! The component's outbound Redis.

use ::redis::aio::MultiplexedConnection;
use ::redis::{AsyncConnectionConfig, Client, Cmd, RedisResult, Value};
use anyhow::{Context as _, Result};

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
    pub(crate) async fn open(address: &str) -> Result<Self> {
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
    pub(crate) async fn execute(mut self, command: Cmd) -> RedisResult<Value> {
        command.query_async(&mut self.0).await
    }
}
