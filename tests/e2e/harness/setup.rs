//! The set-up of a Portico, before it starts.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use portico_e2e::wasm;
use portico_host::{Clock, EngineOptions, Host, HostBuilder, KeyValue, Program};
use portico_stand_in::StripeStandIn;
use serde_json::json;

use super::hosts::{Start, TestHost, Which};
use super::portico::Portico;
use super::tokens::{AUDIENCE, ISSUER, SECRET};
use super::{CUSTOMER, USER, WEBHOOK, WEBHOOK_SECRET};

pub(crate) const API_KEY: &str = "sk_test_e2e4eC39HqLyjWDarjtT1zdp7dc";
pub(crate) const FRONTEND: &str = "https://app.example.com";

const MANIFEST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../spin.toml");

/// A new store in a file of this name.
pub(crate) fn store_in_a_file(name: &str) -> KeyValue {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.sqlite"));
    let _ = std::fs::remove_file(&file);
    KeyValue::sqlite(&file).unwrap()
}

/// A Portico and its Stripe, which have not started yet.
pub(crate) struct Setup {
    variables: BTreeMap<&'static str, String>,
    engine: EngineOptions,
    clock: Clock,
    host: HostBuilder,
    /// The Wasm, where it is not the one that the manifest names.
    wasm: Option<PathBuf>,
    /// Why it takes our own host, if it does.
    own: Option<&'static str>,
}

impl Portico {
    /// Portico as most tests want it: one user with a customer that Stripe knows.
    pub(crate) async fn start() -> Self {
        Self::setup().start().await
    }

    pub(crate) fn setup() -> Setup {
        let variables = [
            ("stripe_api_key", API_KEY),
            ("frontend_url", FRONTEND),
            ("jwt_issuer", ISSUER),
            ("jwt_audience", AUDIENCE),
            ("jwt_hs256_secret", SECRET),
            // Most tests send more requests than a person does; the tests of limits turn them on.
            ("rate_limits", "off"),
        ];
        Setup {
            variables: variables
                .map(|(name, value)| (name, value.to_owned()))
                .into(),
            engine: EngineOptions::default(),
            clock: Clock::default(),
            host: Host::builder(MANIFEST),
            wasm: None,
            own: None,
        }
    }
}

impl Setup {
    /// Sets a variable.
    pub(crate) fn variable(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.variables.insert(name, value.into());
        self
    }

    /// Receives Stripe's events.
    pub(crate) fn with_webhook(self) -> Self {
        self.variable("stripe_webhook_secrets", WEBHOOK_SECRET)
    }

    /// Leaves a variable to its default.
    pub(crate) fn without(mut self, name: &str) -> Self {
        self.variables.remove(name);
        self
    }

    /// Uses this store.
    pub(crate) fn on(mut self, store: &KeyValue) -> Self {
        self.host = self.host.key_value(store.clone());
        self.own = Some("it has a store that it shares");
        self
    }

    /// Tells the time by this clock, so that several hosts have the same.
    pub(crate) fn clock(mut self, clock: &Clock) -> Self {
        self.clock = clock.clone();
        self.own = Some("it has a clock of its own");
        self
    }

    /// Runs the component by an engine with these options.
    pub(crate) fn engine(mut self, options: EngineOptions) -> Self {
        self.engine = options;
        self.own = Some("it sets the engine's options");
        self
    }

    /// Runs another build of the component.
    pub(crate) fn build(mut self, wasm: PathBuf) -> Self {
        self.wasm = Some(wasm);
        self.own = Some("it runs another build");
        self
    }

    /// Gives an instance so much memory, in bytes.
    pub(crate) fn max_memory(mut self, bytes: usize) -> Self {
        self.host = self.host.max_memory(bytes);
        self
    }

    pub(crate) async fn start(self) -> Portico {
        let clock = self.clock.clone();
        let stripe = StripeStandIn::builder()
            .clock(move || clock.now())
            .start("127.0.0.1:0")
            .await
            .unwrap();
        stripe.add_customer(CUSTOMER, false);
        let mut variables = self.variables;
        variables
            .entry("stripe_api_base")
            .or_insert_with(|| stripe.origin());
        let key = format!("customer:{USER}");
        let record = json!({"stripe_customer_id": CUSTOMER, "plan": "paid", "livemode": false});
        let which = Which::of_this_test(self.own);
        if which != Which::Own {
            let records = [(key, which.record(&record))].into();
            let host = which.start(Start { variables, records }).await;
            return Portico::new(host, stripe);
        }
        let program = Program::load_with(self.wasm.unwrap_or_else(|| wasm("portico")), self.engine)
            .expect("run the tests by `cargo xtask test`, which builds the component");
        let mut host = self.host.program(program).clock(&self.clock);
        for (name, value) in variables {
            host = host.variable(name, value);
        }
        let host = TestHost::Own(host.start().await.unwrap());
        host.set(key, which.record(&record)).await;
        let webhook = format!("http://{}{WEBHOOK}", host.addr());
        stripe.set_webhook(&webhook, WEBHOOK_SECRET).unwrap();
        Portico::new(host, stripe)
    }
}
