//! The command of `docs/deploy/wasmtime/portico.service`, run as it stands but for its paths and its address.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use portico_host::runtime_config::RuntimeConfig;

use crate::conformance::or_skip;
use crate::harness::hosts::{Kind, Process, Start, WASMTIME, installed, wasi_component};

struct Unit;

fn file(name: &str) -> String {
    let path = format!("{}/docs/deploy/wasmtime/{name}", portico_e2e::ROOT);
    std::fs::read_to_string(path).unwrap()
}

impl Kind for Unit {
    fn command(&self, _: &Start, addr: SocketAddr) -> Command {
        let unit = file("portico.service");
        let command = unit
            .lines()
            .find_map(|line| line.strip_prefix("ExecStart="));
        let mut arguments = command.unwrap().split(' ').skip(1);
        let program = installed(WASMTIME).unwrap_or_else(|missing| panic!("{}", missing.what));
        let mut command = Command::new(program);
        while let Some(argument) = arguments.next() {
            match argument {
                "--addr" => {
                    arguments.next();
                    command.args(["--addr", &addr.to_string()])
                }
                "/opt/portico/portico-wasi.wasm" => command.arg(wasi_component()),
                other => command.arg(other),
            };
        }
        let environment = file("portico.env");
        let settings = environment.lines().filter(|line| !line.starts_with('#'));
        command.envs(settings.filter_map(|line| line.split_once('=')));
        command
    }

    fn set<'a>(&'a self, _: &'a str, _: &'a [u8]) -> BoxFuture<'a, bool> {
        async { false }.boxed()
    }
}

#[tokio::test]
async fn the_command_of_wasmtimes_unit_serves_with_the_variables_of_its_environment() {
    if or_skip(installed(WASMTIME)).is_none() {
        return;
    }
    let process = Process::start(Unit, Start::default());
    let addr = process.addr();
    let answer = std::thread::spawn(move || {
        use std::io::{Read as _, Write as _};
        let mut stream = std::net::TcpStream::connect(addr).unwrap();
        let path = "/api/v1/account/balance";
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nHost: {addr}\r\nConnection: close\r\n\r\n"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    });
    let answer = answer.join().unwrap();
    // With a variable missing it would be 500.
    assert!(answer.starts_with("HTTP/1.1 401 "), "{answer}");
}

#[test]
fn the_runtime_configuration_for_spin_is_read() {
    let file = Path::new(portico_e2e::ROOT).join("docs/deploy/spin/runtime-config.toml");
    let config = RuntimeConfig::load(file).unwrap();
    assert!(config.key_value_stores.contains_key("default"));
}
