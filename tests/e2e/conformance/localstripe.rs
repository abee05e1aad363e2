//! [localstripe](https://github.com/adrienverge/localstripe), a Stripe that others wrote: it signs its events and delivers
//! them itself, and it is what Portico then asks. It has no prices, so that its subscriptions are of no plan here.

use std::io::Read as _;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{ask, or_skip, python_program};
use crate::harness::{Portico, WEBHOOK, WEBHOOK_SECRET};

/// The longest that localstripe may take to serve, and an event to arrive, on a machine that is busy. It waits a second
/// itself before it delivers an event.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running localstripe. It ends with the test.
struct LocalStripe {
    child: Child,
    address: String,
}

/// Starts it. It would keep what it is told in a file that all users of a machine share, and it keeps nothing here.
const START: &str = "
import localstripe.resources, localstripe.server
localstripe.resources.Store.dump_to_disk = lambda self: None
localstripe.server.start()
";

impl LocalStripe {
    /// Starts one on a free port, again if somebody else takes the port meanwhile; `None` where the test is to be
    /// skipped.
    fn start() -> Option<Self> {
        let requirements = include_str!("scripts/localstripe-requirements.txt");
        let python = or_skip(python_program("localstripe", requirements, "python"))?;
        let mut said = String::new();
        for _ in 0..5 {
            let port = TcpListener::bind("127.0.0.1:0").unwrap();
            let address = port.local_addr().unwrap();
            drop(port);
            let child = Command::new(&python)
                .args(["-c", START, "--from-scratch"])
                .args(["--port", &address.port().to_string()])
                .stdout(Stdio::null())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap();
            let mut stripe = Self {
                child,
                address: address.to_string(),
            };
            match stripe.wait(address) {
                Ok(()) => return Some(stripe),
                Err(why) => said = why,
            }
        }
        panic!("localstripe ends instead of serving: {said}");
    }

    /// Waits until it serves. Fails with what it says if it ends instead.
    fn wait(&mut self, address: SocketAddr) -> Result<(), String> {
        let began = Instant::now();
        loop {
            if self.child.try_wait().unwrap().is_some() {
                let mut said = String::new();
                let mut stderr = self.child.stderr.take().unwrap();
                stderr.read_to_string(&mut said).unwrap();
                return Err(said);
            }
            if TcpStream::connect(address).is_ok() {
                return Ok(());
            }
            assert!(began.elapsed() < PATIENCE, "localstripe does not serve");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Makes a call that changes something.
    async fn post(&self, path: &str, form: String) -> Value {
        let request = http::Request::post(path.to_owned())
            .header("content-type", "application/x-www-form-urlencoded");
        let answer = ask(&self.address, request, form).await;
        assert_eq!(answer.get("error"), None, "{answer}");
        answer
    }

    /// Makes a customer whose metadata names a user, and returns the customer's identifier.
    async fn customer_of(&self, user: &str) -> String {
        let customer = self
            .post("/v1/customers", format!("metadata[user_id]={user}"))
            .await;
        customer["id"].as_str().unwrap().to_owned()
    }
}

impl Drop for LocalStripe {
    fn drop(&mut self) {
        // Either may fail only because it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits until the log has this many events of a type, and returns their outcomes.
async fn outcomes(portico: &Portico, event_type: &str, count: usize) -> Vec<Value> {
    let began = Instant::now();
    loop {
        let outcomes: Vec<_> = portico
            .log_entries()
            .into_iter()
            .filter(|entry| entry["event_type"] == event_type)
            .map(|entry| entry["outcome"].clone())
            .collect();
        if outcomes.len() >= count {
            return outcomes;
        }
        assert!(
            began.elapsed() < PATIENCE,
            "{event_type} has not arrived: {:?}",
            portico.host.logs()
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn what_a_strangers_stripe_signs_and_delivers_is_synchronised() {
    let Some(stripe) = LocalStripe::start() else {
        return;
    };
    let portico = Portico::setup()
        .with_webhook()
        .variable("stripe_api_base", format!("http://{}", stripe.address))
        .start()
        .await;
    let url = format!("http://{}{WEBHOOK}", portico.host.addr());
    let webhook = format!("url={url}&secret={WEBHOOK_SECRET}");
    stripe.post("/_config/webhooks/portico", webhook).await;

    let customer = stripe.customer_of("first").await;
    let nobodys = stripe
        .post("/v1/customers", "email=somebody@example.com".to_owned())
        .await;
    let mut created = outcomes(&portico, "customer.created", 2).await;
    created.sort_by_key(Value::to_string);
    assert_eq!(created, ["synced", "unlinked"]);
    assert_eq!(
        portico.stored("customer:first").await.unwrap()["stripe_customer_id"],
        json!(customer)
    );
    assert_eq!(portico.account("first").send().await.json()["plan"], "free");

    // Its customer is given to another user.
    let path = format!("/v1/customers/{customer}");
    stripe
        .post(&path, "metadata[user_id]=second".to_owned())
        .await;
    assert_eq!(outcomes(&portico, "customer.updated", 1).await, ["synced"]);
    assert_eq!(portico.stored("customer:first").await, None);
    assert_eq!(
        portico.stored("customer:second").await.unwrap()["stripe_customer_id"],
        json!(customer)
    );
    let index = |id: &str| format!("stripe:{id}");
    assert_eq!(
        portico.stored(&index(&customer)).await,
        Some(json!({"user": "second", "by": "metadata"}))
    );
    let nobodys = nobodys["id"].as_str().unwrap();
    assert_eq!(portico.stored(&index(nobodys)).await, None);
}
