//! A Redis server of a test's own, which keeps nothing and ends with the test.

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use portico_host::KeyValue;
use portico_host::runtime_config::RuntimeConfig;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use crate::conformance::{Missing, or_skip};

pub(crate) struct Server {
    child: Child,
    port: u16,
    directory: PathBuf,
}

impl Server {
    /// Starts a server on a free port; `None` where the test is to be skipped.
    pub(crate) async fn start() -> Option<Self> {
        static STARTED: AtomicUsize = AtomicUsize::new(0);
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        let directory = format!("portico-redis-{}-{number}", std::process::id());
        let directory = std::env::temp_dir().join(directory);
        loop {
            // The port is free until somebody else takes it before the server does. Then another one is tried.
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let port = listener.local_addr().unwrap().port();
            drop(listener);
            let mut server = Self {
                child: or_skip(spawn(port, &directory))?,
                port,
                directory: directory.clone(),
            };
            if server.is_up().await {
                return Some(server);
            }
        }
    }

    /// The address that it listens on.
    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// A store on this server, as a host of its own has it from its runtime configuration.
    pub(crate) fn store(&self) -> KeyValue {
        let text = format!(
            "[key_value_store.default]\ntype = 'redis'\nurl = '{}'",
            self.url()
        );
        let config = RuntimeConfig::parse(&text, &self.directory).unwrap();
        config.key_value_stores["default"].open("default").unwrap()
    }

    /// A store on this server for a test in which the server always answers, however busy the machine is.
    pub(crate) fn patient_store(&self) -> KeyValue {
        KeyValue::redis_within(&self.url(), Duration::from_secs(60)).unwrap()
    }

    /// Returns the server's reply to a command, as it comes over the wire.
    pub(crate) async fn command(&self, command: &str) -> String {
        let asking = async {
            let mut stream = TcpStream::connect(("127.0.0.1", self.port)).await?;
            let commands = format!("{command}\r\nQUIT\r\n");
            stream.write_all(commands.as_bytes()).await?;
            let mut answer = String::new();
            stream.read_to_string(&mut answer).await?;
            std::io::Result::Ok(answer)
        };
        let answer = timeout(Duration::from_secs(5), asking).await;
        answer.map_or_else(|_| String::new(), Result::unwrap_or_default)
    }

    /// Ends the server; what it had is gone.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Starts a server that was ended, at the same address.
    pub(crate) async fn restart(&mut self) {
        for _ in 0..50 {
            self.child = or_skip(spawn(self.port, &self.directory)).unwrap();
            if self.is_up().await {
                return;
            }
        }
        panic!("the port {} is no longer free", self.port);
    }

    /// Lets the server stand still, with its connections open, or go on.
    pub(crate) fn stand_still(&self, still: bool) {
        let signal = if still { "-STOP" } else { "-CONT" };
        let id = self.child.id().to_string();
        let status = Command::new("kill").args([signal, &id]).status().unwrap();
        assert!(status.success());
    }

    /// Waits until the server answers; `false` if it has ended instead, because the port is not free.
    async fn is_up(&mut self) -> bool {
        // Another test's server may answer at the port that this one did not get.
        let this_one = format!("\r\nprocess_id:{}\r\n", self.child.id());
        while self.child.try_wait().unwrap().is_none() {
            if self.command("INFO server").await.contains(&this_one) {
                return true;
            }
            sleep(Duration::from_millis(20)).await;
        }
        false
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have been killed by the test.
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

fn spawn(port: u16, directory: &PathBuf) -> Result<Child, Missing> {
    std::fs::create_dir_all(directory).unwrap();
    Command::new("redis-server")
        .args(["--bind", "127.0.0.1", "--port", &port.to_string()])
        .args(["--save", "", "--appendonly", "no"])
        .arg("--dir")
        .arg(directory)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .map_err(|_| {
            let _ = std::fs::remove_dir_all(directory);
            Missing {
                what: "redis-server".to_owned(),
                remedy: "install it by `cargo xtask setup`",
            }
        })
}
