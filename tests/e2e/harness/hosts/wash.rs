//! wasmCloud, as `wash dev` runs it on one machine, with a Redis of its own for its store.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures::FutureExt as _;
use futures::future::BoxFuture;
use portico_host::KeyValue;

use super::process::{self, Kind, Process, Start};
use crate::redis::Server;

/// The place where it is installed.
pub(super) const PROGRAM: &str = "wash_cli/wash";

struct Wash {
    redis: Server,
    store: KeyValue,
    /// The project, which is nothing but a configuration and the component.
    directory: PathBuf,
}

pub(super) async fn start(start: Start) -> Process {
    static STARTED: AtomicUsize = AtomicUsize::new(0);
    let number = STARTED.fetch_add(1, Ordering::Relaxed);
    let directory = format!("portico-wash-{}-{number}", std::process::id());
    let directory = std::env::temp_dir().join(directory);
    let redis = Server::start()
        .await
        .expect("the store on wasmCloud needs redis-server, which `cargo xtask setup` installs");
    let wash = Wash {
        store: redis.patient_store(),
        redis,
        directory,
    };
    for (key, value) in &start.records {
        wash.set(key, value).await;
    }
    Process::start(wash, start)
}

impl Kind for Wash {
    fn command(&self, start: &Start, addr: SocketAddr) -> Command {
        std::fs::create_dir_all(self.directory.join(".wash")).unwrap();
        let configuration = self.configuration(start, addr);
        std::fs::write(self.directory.join(".wash/config.yaml"), configuration).unwrap();
        std::fs::copy(
            process::wasi_component(),
            self.directory.join("portico.wasm"),
        )
        .unwrap();
        let program = process::installed(PROGRAM);
        let program = program.unwrap_or_else(|missing| panic!("{} is missing", missing.what));
        let mut command = Command::new(program);
        command
            .args(["--non-interactive", "dev"])
            .current_dir(&self.directory);
        command
    }

    /// wasmCloud keeps the keys of the store `default` in Redis behind `default:`.
    fn set<'a>(&'a self, key: &'a str, value: &'a [u8]) -> BoxFuture<'a, bool> {
        async move {
            let key = format!("default:{key}");
            self.store.set(key, value.to_vec()).await.unwrap();
            true
        }
        .boxed()
    }
}

impl Wash {
    /// YAML, in which a JSON string is a string.
    fn configuration(&self, start: &Start, addr: SocketAddr) -> String {
        let quoted = |text: &str| serde_json::Value::from(text).to_string();
        let mut config = String::new();
        for (name, value) in &start.variables {
            let _ = writeln!(config, "    {name}: {}", quoted(value));
        }
        let allowed: Vec<String> = ["stripe_api_base", "jwt_jwks_origin"]
            .iter()
            .filter_map(|name| start.variables.get(name)?.split("://").nth(1))
            .map(quoted)
            .collect();
        format!(
            "build: {{command: \"true\", component_path: portico.wasm}}\n\
             dev:\n\
             \x20 address: {addr}\n\
             \x20 wasi_keyvalue_redis_url: {redis}\n\
             workload:\n\
             \x20 config:\n{config}\
             \x20 allowedHosts: [{allowed}]\n",
            redis = quoted(&self.redis.url()),
            allowed = allowed.join(", "),
        )
    }
}

impl Drop for Wash {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}
