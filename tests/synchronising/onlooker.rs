//! Somebody who tries, at any moment, which customer a user's session would open. It is Portico itself that answers, on a
//! platform that sees the world as it is and changes nothing.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use futures::FutureExt;
use http::{HeaderMap, Method, Response};
use portico::platform::{
    Clock, Counters, Fetch, FetchError, FetchLimits, NoRedis, Random, Store, Variables,
};
use portico::redis::RedisServer;
use portico::service::Service;
use serde_json::Value;

use crate::requests::as_user;
use crate::world::{NOW, World, variable};

pub(crate) struct Onlooker {
    service: Service<View>,
    opened: Rc<RefCell<Option<String>>>,
}

impl Onlooker {
    pub(crate) fn new(world: &Rc<RefCell<World>>) -> Self {
        let opened = Rc::default();
        Self {
            service: Service::new(View {
                world: Rc::clone(world),
                opened: Rc::clone(&opened),
            }),
            opened,
        }
    }

    /// The customer whose billing the user's session opens.
    pub(crate) fn opens(&self, user: &str) -> Option<String> {
        let path = "/api/v1/account/billing-portal";
        let served = as_user(&self.service, Method::POST, path, user)
            .now_or_never()
            .unwrap();
        let opened = self.opened.borrow_mut().take();
        assert_eq!(
            served.response.status().is_success(),
            opened.is_some(),
            "{}",
            served.log_line
        );
        opened
    }

    /// The user's plan, as the gate tells it.
    pub(crate) fn plan(&self, user: &str) -> String {
        let path = "/api/v1/account/balance";
        let served = as_user(&self.service, Method::GET, path, user)
            .now_or_never()
            .unwrap();
        let body: Value = serde_json::from_slice(served.response.body()).unwrap();
        body["plan"].as_str().unwrap().to_owned()
    }
}

struct View {
    world: Rc<RefCell<World>>,
    opened: Rc<RefCell<Option<String>>>,
}

impl Clock for View {
    fn now(&self) -> Duration {
        Duration::from_secs(NOW)
    }

    fn monotonic(&self) -> Duration {
        Duration::ZERO
    }

    async fn sleep(&self, _: Duration) {
        std::future::pending::<()>().await;
    }
}

impl Random for View {
    fn random_bytes(&self) -> [u8; 16] {
        [7; 16]
    }
}

impl Variables for View {
    async fn variable(&self, name: &str) -> anyhow::Result<Option<String>> {
        Ok(variable(name))
    }
}

impl Store for View {
    async fn check(&self) -> anyhow::Result<()> {
        Ok(())
    }

    async fn get(&self, key: &str) -> anyhow::Result<Option<Vec<u8>>> {
        Ok(self.world.borrow().values.get(key).cloned())
    }

    async fn set(&self, key: &str, _: &[u8]) -> anyhow::Result<()> {
        panic!("opening a session writes {key}");
    }

    async fn delete(&self, key: &str) -> anyhow::Result<()> {
        panic!("opening a session deletes {key}");
    }
}

impl Counters for View {
    fn count_on(&self, _: &RedisServer) -> Result<(), NoRedis> {
        Err(NoRedis)
    }

    async fn increment(&self, _: &str, _: i64) -> anyhow::Result<i64> {
        Ok(0)
    }

    async fn remove(&self, _: &str) -> anyhow::Result<()> {
        Ok(())
    }
}

impl Fetch for View {
    async fn fetch(
        &self,
        request: &http::Request<Vec<u8>>,
        _: FetchLimits,
        _: impl FnOnce(&HeaderMap),
    ) -> Result<Response<Vec<u8>>, FetchError> {
        let form = String::from_utf8(request.body().clone()).unwrap();
        let customer = form
            .split('&')
            .find_map(|pair| pair.strip_prefix("customer="));
        *self.opened.borrow_mut() = customer.map(str::to_owned);
        let answer = br#"{"object":"billing_portal.session","url":"https://billing.stripe.com/p/session/test_1"}"#;
        Ok(Response::new(answer.to_vec()))
    }
}
