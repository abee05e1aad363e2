//! A whole platform, made of the parts that all hosts have in common and of those that a shell adds.

use std::time::Duration;

use http::{HeaderMap, Request, Response};
use portico::platform::{
    Clock, Counters, Fetch, FetchError, FetchLimits, NoRedis, Random, Store, Variables,
};
use portico::redis::RedisServer;

use crate::System;

/// A host: the store, the counters and the variables of a shell, and the rest from WASI 0.3.
#[derive(Debug, Default)]
pub struct Host<S>(pub S);

impl<S> Clock for Host<S> {
    fn now(&self) -> Duration {
        System.now()
    }

    fn monotonic(&self) -> Duration {
        System.monotonic()
    }

    fn sleep(&self, duration: Duration) -> impl Future<Output = ()> {
        System.sleep(duration)
    }
}

impl<S> Random for Host<S> {
    fn random_bytes(&self) -> [u8; 16] {
        System.random_bytes()
    }
}

impl<S> Fetch for Host<S> {
    fn fetch(
        &self,
        request: &Request<Vec<u8>>,
        limits: FetchLimits,
        on_head: impl FnOnce(&HeaderMap),
    ) -> impl Future<Output = Result<Response<Vec<u8>>, FetchError>> {
        System.fetch(request, limits, on_head)
    }
}

impl<S: Variables> Variables for Host<S> {
    fn variable(&self, name: &str) -> impl Future<Output = anyhow::Result<Option<String>>> {
        self.0.variable(name)
    }
}

impl<S: Store> Store for Host<S> {
    fn check(&self) -> impl Future<Output = anyhow::Result<()>> {
        self.0.check()
    }

    fn get(&self, key: &str) -> impl Future<Output = anyhow::Result<Option<Vec<u8>>>> {
        self.0.get(key)
    }

    fn set(&self, key: &str, value: &[u8]) -> impl Future<Output = anyhow::Result<()>> {
        self.0.set(key, value)
    }

    fn delete(&self, key: &str) -> impl Future<Output = anyhow::Result<()>> {
        self.0.delete(key)
    }
}

impl<S: Counters> Counters for Host<S> {
    fn count_on(&self, server: &RedisServer) -> Result<(), NoRedis> {
        self.0.count_on(server)
    }

    fn shared(&self) -> bool {
        self.0.shared()
    }

    fn increment(&self, key: &str, delta: i64) -> impl Future<Output = anyhow::Result<i64>> {
        self.0.increment(key, delta)
    }

    fn count_up(&self, key: &str, by: u32) -> impl Future<Output = anyhow::Result<i64>> {
        self.0.count_up(key, by)
    }

    fn expire(&self) -> bool {
        self.0.expire()
    }

    fn count_up_for(
        &self,
        key: &str,
        by: u32,
        lifetime: Duration,
    ) -> impl Future<Output = anyhow::Result<i64>> {
        self.0.count_up_for(key, by, lifetime)
    }

    fn remove(&self, key: &str) -> impl Future<Output = anyhow::Result<()>> {
        self.0.remove(key)
    }
}
