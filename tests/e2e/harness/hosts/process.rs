//! A host that runs as a program of its own. It ends with the test.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures::future::BoxFuture;

use crate::conformance::Missing;

/// The longest that a host may take until it serves. Some compile the component first, on a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(120);

/// The identifier of the requests by which it is found out whether a host serves.
const PROBE: &str = "the-harness-looks-whether-the-host-serves";

/// The settings that a host is started with.
#[derive(Default)]
pub(crate) struct Start {
    pub(crate) variables: BTreeMap<&'static str, String>,
    pub(crate) records: BTreeMap<String, Vec<u8>>,
}

/// The commands that start a host, and that put a record into its store.
pub(crate) trait Kind: Send + Sync {
    /// The command that serves at this address.
    fn command(&self, start: &Start, addr: SocketAddr) -> Command;
    /// The file that the component's log is written to, if it is not what the host writes.
    fn log_file(&self) -> Option<PathBuf> {
        None
    }
    /// Puts a record into the store while the host runs; `false` where it must be started anew for that.
    fn set<'a>(&'a self, key: &'a str, value: &'a [u8]) -> BoxFuture<'a, bool>;
}

/// A running host, as a process.
pub(crate) struct Process {
    kind: Box<dyn Kind>,
    running: Mutex<Running>,
    log: Arc<Mutex<Vec<String>>>,
}

struct Running {
    start: Start,
    child: Child,
    addr: SocketAddr,
}

impl Process {
    /// Starts a host and waits until it serves.
    pub(crate) fn start(kind: impl Kind + 'static, start: Start) -> Self {
        let log = Arc::default();
        let (child, addr) = serve(&kind, &start, &log);
        Self {
            kind: Box::new(kind),
            running: Mutex::new(Running { start, child, addr }),
            log,
        }
    }

    pub(crate) fn addr(&self) -> SocketAddr {
        self.running.lock().unwrap().addr
    }

    /// Puts a record into the store. A host that takes records when it starts is started anew.
    pub(super) async fn set(&self, key: String, value: Vec<u8>) {
        if self.kind.set(&key, &value).await {
            return;
        }
        let mut running = self.running.lock().unwrap();
        running.start.records.insert(key, value);
        end(&mut running.child);
        let (child, addr) = serve(&*self.kind, &running.start, &self.log);
        running.child = child;
        running.addr = addr;
    }

    /// The lines that the component has written. A host writes lines of its own between them.
    pub(super) fn component_log(&self) -> Vec<String> {
        let lines = match self.kind.log_file() {
            None => self.log.lock().unwrap().clone(),
            Some(file) => {
                let text = std::fs::read_to_string(file).unwrap_or_default();
                text.lines().map(str::to_owned).collect()
            }
        };
        lines
            .into_iter()
            .filter(|line| line.starts_with("{\"ts\":") && !line.contains(PROBE))
            .collect()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let running = self.running.get_mut();
        end(&mut running.unwrap_or_else(PoisonError::into_inner).child);
    }
}

fn end(child: &mut Child) {
    // Either may fail only because it has ended already.
    let _ = child.kill();
    let _ = child.wait();
}

/// Starts the host on a free port, again if somebody else takes the port meanwhile.
fn serve(kind: &dyn Kind, start: &Start, log: &Arc<Mutex<Vec<String>>>) -> (Child, SocketAddr) {
    for _ in 0..5 {
        let addr = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap();
        let mut child = kind
            .command(start, addr)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        keep(child.stdout.take().unwrap(), log);
        keep(child.stderr.take().unwrap(), log);
        let began = Instant::now();
        while child.try_wait().unwrap().is_none() {
            if is_served(addr) {
                return (child, addr);
            }
            assert!(
                began.elapsed() < PATIENCE,
                "the host does not serve: {log:?}"
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }
    panic!("the host ends instead of serving: {log:?}");
}

/// Reads what a program says to its end, or the pipe would fill up.
fn keep(output: impl Read + Send + 'static, log: &Arc<Mutex<Vec<String>>>) {
    let log = Arc::clone(log);
    std::thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            log.lock().unwrap().push(line);
        }
    });
}

/// Returns true if the component answers. Hosts answer before they have it, or take connections and leave them open.
fn is_served(addr: SocketAddr) -> bool {
    let ask = || {
        use std::io::Write as _;
        let timeout = Duration::from_secs(10);
        let mut stream = std::net::TcpStream::connect_timeout(&addr, timeout)?;
        stream.set_read_timeout(Some(timeout))?;
        write!(
            stream,
            "GET /healthz HTTP/1.1\r\nHost: {addr}\r\nX-Request-Id: {PROBE}\r\nConnection: close\r\n\r\n"
        )?;
        let mut head = [0; 12];
        stream.read_exact(&mut head)?;
        std::io::Result::Ok(head)
    };
    ask().is_ok_and(|head| head.ends_with(b" 200"))
}

/// A program that `cargo xtask test` installs.
pub(crate) fn installed(program: &str) -> Result<PathBuf, Missing> {
    let program = Path::new(portico_e2e::ROOT)
        .join("target/conformance/hosts")
        .join(program);
    if program.exists() {
        return Ok(program);
    }
    Err(Missing {
        what: program.display().to_string(),
        remedy: "install `python3` with pip, then run `cargo xtask test`",
    })
}

/// The component for hosts that are not Spin.
pub(crate) fn wasi_component() -> PathBuf {
    portico_e2e::wasm("portico-wasi")
}
