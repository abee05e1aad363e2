//! Counters on a Redis server, by Spin's outbound Redis. It is asynchronous: a server that stalls holds up the requests
//! that wait for it, and no other ones of the instance.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::anyhow;
use spin_sdk::redis::{Connection, Error, RedisParameter, RedisResult};

use portico::platform::{STORE_TIMEOUT, within};
use portico::redis::RedisServer;
use portico_wasip3::System;

/// Adds to a counter, and gives it a lifetime if this begins it. Both happen in one step, or a counter that lost its
/// instance in between would stay for ever.
const COUNT_FOR: &str = "\
local count = redis.call('INCRBY', KEYS[1], ARGV[1]) \
if count == tonumber(ARGV[1]) then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end \
return count";

/// A Redis server, with a connection that all requests of the instance share.
pub(super) struct Redis {
    server: RedisServer,
    connection: Mutex<Option<Arc<Connection>>>,
}

impl Redis {
    /// Makes a server that is connected to when it is first used.
    pub(super) fn new(server: RedisServer) -> Self {
        Self {
            server,
            connection: Mutex::default(),
        }
    }

    pub(super) async fn increment(&self, key: &str, delta: i64) -> anyhow::Result<i64> {
        self.run("INCRBY", vec![text(key), RedisParameter::Int64(delta)])
            .await
    }

    pub(super) async fn count_up_for(
        &self,
        key: &str,
        by: u32,
        lifetime: Duration,
    ) -> anyhow::Result<i64> {
        let lifetime = i64::try_from(lifetime.as_millis()).unwrap_or(i64::MAX);
        let arguments = vec![
            text(COUNT_FOR),
            RedisParameter::Int64(1),
            text(key),
            RedisParameter::Int64(by.into()),
            RedisParameter::Int64(lifetime),
        ];
        self.run("EVAL", arguments).await
    }

    pub(super) async fn remove(&self, key: &str) -> anyhow::Result<()> {
        self.run("DEL", vec![text(key)]).await.map(drop)
    }

    /// Runs a command that is answered with a number.
    async fn run(&self, command: &str, arguments: Vec<RedisParameter>) -> anyhow::Result<i64> {
        let answer = within(&System, STORE_TIMEOUT, self.execute(command, arguments)).await;
        let answer = answer.unwrap_or_else(|| Err(anyhow!("did not answer within 5 seconds")));
        if answer.is_err() {
            // The next one connects anew.
            self.hold(None);
        }
        answer.map_err(|error| anyhow!("the Redis server of counter_redis {error}"))
    }

    async fn execute(&self, command: &str, arguments: Vec<RedisParameter>) -> anyhow::Result<i64> {
        let connection = if let Some(held) = self.held() {
            held
        } else {
            let address = self.server.address().expose();
            let opened = Connection::open(address).await;
            let opened = Arc::new(opened.map_err(|error| kind_only(&error))?);
            self.hold(Some(Arc::clone(&opened)));
            opened
        };
        let answer = connection.execute(command, arguments).await;
        match answer.map_err(|error| kind_only(&error))?.as_slice() {
            [RedisResult::Int64(number)] => Ok(*number),
            _ => Err(anyhow!("answered something else than a number")),
        }
    }

    fn held(&self) -> Option<Arc<Connection>> {
        self.connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn hold(&self, connection: Option<Arc<Connection>>) {
        *self
            .connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = connection;
    }
}

fn text(text: &str) -> RedisParameter {
    RedisParameter::Binary(text.as_bytes().to_vec())
}

/// Names the kind of an error. The host's own words can hold the address, and with it the password, so nothing else
/// goes on.
fn kind_only(error: &Error) -> anyhow::Error {
    match error {
        Error::InvalidAddress => anyhow!("is not an allowed outbound host"),
        Error::TooManyConnections => anyhow!("has too many connections of this instance"),
        Error::TypeError | Error::Other(_) => anyhow!("failed"),
    }
}
