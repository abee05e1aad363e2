//! The set-up of a host that does not run yet.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use http::Response;
use http::request::Parts;
use tokio::net::TcpListener;
use tokio::sync::watch;
use wasmtime_wasi_http::handler::ProxyHandler;

use crate::allowed_hosts::AllowedHosts;
use crate::clock::Clock;
use crate::engine::EngineOptions;
use crate::fuel::FuelGauge;
use crate::host::Host;
use crate::instance::Instances;
use crate::key_value::KeyValue;
use crate::logs::{LogSink, Logs};
use crate::manifest::Manifest;
use crate::outbound::Outbound;
use crate::program::Program;
use crate::server::{Front, Server};
use crate::state::{App, Limits};
use crate::stores::Stores;
use crate::variables::Variables;

/// The set-up of a host: the application, and the way to run it.
#[must_use = "a builder does nothing until it is started"]
pub struct HostBuilder {
    manifest: PathBuf,
    program: Option<Program>,
    wasm: Option<PathBuf>,
    engine: EngineOptions,
    overrides: BTreeMap<String, String>,
    from_env: bool,
    runtime_config: Option<PathBuf>,
    key_value: Option<KeyValue>,
    records: Vec<(String, Vec<u8>)>,
    roots: Vec<Vec<u8>>,
    sink: LogSink,
    address: SocketAddr,
    listener: Option<TcpListener>,
    front: Option<Front>,
    clock: Clock,
    limits: Limits,
}

impl Host {
    /// Sets up a host for the application of a manifest, by the path of its `spin.toml`.
    pub fn builder(manifest: impl Into<PathBuf>) -> HostBuilder {
        HostBuilder {
            manifest: manifest.into(),
            program: None,
            wasm: None,
            engine: EngineOptions::default(),
            overrides: BTreeMap::new(),
            from_env: false,
            runtime_config: None,
            key_value: None,
            records: Vec::new(),
            roots: Vec::new(),
            sink: LogSink::default(),
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
            listener: None,
            front: None,
            clock: Clock::default(),
            limits: Limits::default(),
        }
    }
}

impl HostBuilder {
    /// Runs this Wasm file in place of the component's source.
    pub fn wasm(mut self, path: impl Into<PathBuf>) -> Self {
        self.wasm = Some(path.into());
        self
    }

    /// Runs the component's source, or the Wasm file that takes its place, by an engine with these options.
    pub fn engine(mut self, options: EngineOptions) -> Self {
        self.engine = options;
        self
    }

    /// Runs this program in place of the component's source.
    pub fn program(mut self, program: Program) -> Self {
        self.program = Some(program);
        self
    }

    /// Sets an application variable. It wins over the environment.
    pub fn variable(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.overrides.insert(name.into(), value.into());
        self
    }

    /// Lets the environment variables `SPIN_VARIABLE_<NAME>` set application variables.
    pub fn variables_from_env(mut self) -> Self {
        self.from_env = true;
        self
    }

    /// Takes the key-value stores from a `runtime-config.toml`. Without one, the `default` store is in memory.
    pub fn runtime_config(mut self, path: impl Into<PathBuf>) -> Self {
        self.runtime_config = Some(path.into());
        self
    }

    /// Uses this as the `default` store, whatever the runtime configuration says.
    pub fn key_value(mut self, store: KeyValue) -> Self {
        self.key_value = Some(store);
        self
    }

    /// Writes a record to the `default` store before anything is served.
    pub fn record(mut self, key: impl Into<String>, value: impl Into<Vec<u8>>) -> Self {
        self.records.push((key.into(), value.into()));
        self
    }

    /// Trusts a certificate authority, in DER, in addition to those of the web.
    pub fn extra_root_certificate(mut self, der: impl Into<Vec<u8>>) -> Self {
        self.roots.push(der.into());
        self
    }

    /// Sets where the component's lines go; [`LogSink::Memory`] if it is not called.
    pub fn logs(mut self, sink: LogSink) -> Self {
        self.sink = sink;
        self
    }

    /// Listens on this address; port 0 is any free port. Without it, any free port of 127.0.0.1.
    pub fn listen(mut self, address: SocketAddr) -> Self {
        self.address = address;
        self
    }

    /// Serves on this listener, for a caller who needs the address before the host starts.
    pub fn listener(mut self, listener: TcpListener) -> Self {
        self.listener = Some(listener);
        self
    }

    /// Answers requests itself where `front` has an answer, as another component of the application would. The
    /// component gets the others.
    pub fn front(
        mut self,
        front: impl Fn(&Parts) -> Option<Response<Bytes>> + Send + Sync + 'static,
    ) -> Self {
        self.front = Some(Box::new(front));
        self
    }

    /// Tells the instances the time by this clock, which may be shared; by one of the host's own if it is not called.
    pub fn clock(mut self, clock: &Clock) -> Self {
        self.clock = clock.clone();
        self
    }

    /// Sets the longest that the component may take for a response; 60 seconds if it is not called. A request that
    /// takes longer is answered with a bare 500.
    pub fn request_timeout(mut self, timeout: Duration) -> Self {
        self.limits.request_timeout = timeout;
        self
    }

    /// Sets the most memory that an instance may have, in bytes; 128 MiB if it is not called.
    pub fn max_memory(mut self, bytes: usize) -> Self {
        self.limits.max_memory = bytes;
        self
    }

    /// Reads the manifest, compiles the component and starts to serve it. To be called within a Tokio runtime, which
    /// then runs the host.
    ///
    /// # Errors
    ///
    /// When the manifest, the Wasm or the runtime configuration cannot be read or is not what this host supports, when
    /// a variable was set that the manifest does not declare, when a store that the manifest lists does not exist, or
    /// when the address cannot be listened on. A required variable without a value is *not* among them: as on Spin,
    /// the component gets the error when it asks for the variable.
    pub async fn start(self) -> Result<Host> {
        let manifest = Manifest::load(&self.manifest)?;
        let program = self.load_program(&manifest).await?;

        let logs = Logs::new(self.sink);
        let mut variables = Variables::new(&manifest, self.overrides)?;
        if self.from_env {
            variables = variables.or_from(|key| std::env::var(key).ok());
        }
        let entries = &manifest.component.allowed_outbound_hosts;
        AllowedHosts::check_defaults(entries, &variables)?;
        let allowed = AllowedHosts::resolve(entries, &variables);
        if let Err(error) = &allowed {
            ensure!(!error.is_unsupported(), "{error}");
            logs.tell(format!("all outbound calls will be denied: {error}"));
        }
        let (key_value, stores) = Stores::new(
            manifest.component.key_value_stores,
            self.key_value,
            self.runtime_config.as_deref(),
        )?;
        for (key, value) in self.records {
            key_value.set(key, value).await?;
        }

        let listener = match self.listener {
            Some(listener) => listener,
            None => TcpListener::bind(self.address)
                .await
                .with_context(|| format!("cannot listen on {}", self.address))?,
        };
        let address = listener.local_addr()?;

        let app = Arc::new(App {
            variables,
            stores,
            outbound: Arc::new(Outbound::new(allowed, &self.roots, logs.clone())?),
            logs: logs.clone(),
            clock: self.clock,
            fuel: FuelGauge::default(),
            limits: self.limits,
        });
        let (closing, closing_receiver) = watch::channel(false);
        let server = Arc::new(Server {
            handler: ProxyHandler::new(Instances {
                program,
                app: Arc::clone(&app),
                closing: closing_receiver.clone(),
            }),
            front: self.front,
            routes: manifest.routes,
            logs,
        });
        Ok(Host {
            address,
            app,
            key_value,
            closing,
            server: tokio::spawn(server.run(listener, closing_receiver)),
        })
    }

    async fn load_program(&self, manifest: &Manifest) -> Result<Program> {
        if let Some(program) = &self.program {
            return Ok(program.clone());
        }
        let directory = self.manifest.parent().unwrap_or(Path::new(""));
        let path = match &self.wasm {
            Some(path) => path.clone(),
            None => directory.join(&manifest.component.source),
        };
        let options = self.engine;
        tokio::task::spawn_blocking(move || Program::load_with(path, options)).await?
    }
}
