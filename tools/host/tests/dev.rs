//! `portico-host dev`, as a program: what `cargo xtask dev` runs.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStdout, Command, Stdio};

const MANIFEST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../spin.toml");

/// A development run, which ends with its test.
struct Run {
    program: Child,
    /// The end that is read of its output. Were it closed, the program would fail at the next line that it prints.
    _output: BufReader<ChildStdout>,
    /// The address on which it listens, without the scheme.
    address: String,
}

impl Run {
    /// Starts it on free ports, and waits until it says where it listens.
    fn start() -> Self {
        let mut program = Command::new(env!("CARGO_BIN_EXE_portico-host"))
            .args(["dev", "--listen", "127.0.0.1:0", "--stand-in-port", "0"])
            .args(["--manifest", MANIFEST])
            .arg("--wasm")
            .arg(portico_e2e::wasm("portico"))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the host starts");
        let mut output = BufReader::new(program.stdout.take().expect("it is piped"));
        let address = output
            .by_ref()
            .lines()
            .map_while(Result::ok)
            .find_map(|line| {
                let (_, rest) = line.split_once("Open http://")?;
                let (address, _) = rest.split_once('/')?;
                Some(address.to_owned())
            })
            .expect("it says where the page is");
        Self {
            program,
            _output: output,
            address,
        }
    }

    /// Sends a request, and returns the status line and headers, and the body.
    fn ask(&self, method: &str, path: &str, headers: &str) -> (String, String) {
        let mut stream = TcpStream::connect(&self.address).expect("it listens");
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n{headers}\r\n",
            self.address
        );
        stream.write_all(head.as_bytes()).expect("it reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("it answers");
        let (head, body) = answer.split_once("\r\n\r\n").expect("a whole answer");
        (head.to_owned(), body.to_owned())
    }

    fn token(&self, user: &str) -> String {
        let (head, body) = self.ask("POST", &format!("/dev/tokens/{user}"), "");
        assert!(head.starts_with("HTTP/1.1 200"), "{head}");
        let body: serde_json::Value = serde_json::from_str(&body).expect("JSON");
        body["token"].as_str().expect("a token").to_owned()
    }

    fn open_portal(&self, user: &str) -> (String, serde_json::Value) {
        let authorization = format!("Authorization: Bearer {}\r\n", self.token(user));
        let (head, body) = self.ask("POST", "/api/v1/account/billing-portal", &authorization);
        (head, serde_json::from_str(&body).expect("JSON"))
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

#[test]
fn the_page_the_sign_in_and_the_component_are_on_one_address() {
    let run = Run::start();

    let (head, page) = run.ask("GET", "/", "");
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    assert!(head.contains("content-type: text/html"), "{head}");
    assert!(page.contains("<title>Billing"), "{page}");

    let (head, session) = run.open_portal("user_paid");
    assert!(head.starts_with("HTTP/1.1 200"), "{head} {session}");
    let url = session["url"].as_str().unwrap_or_default();
    assert!(url.starts_with("http://127.0.0.1:"), "{session}");

    let (head, error) = run.open_portal("user_free");
    assert!(head.starts_with("HTTP/1.1 400"), "{head} {error}");
    assert_eq!(error["error"], "no_stripe_customer");

    let (head, error) = run.ask("GET", "/nothing", "");
    assert!(head.starts_with("HTTP/1.1 404"), "{head}");
    assert!(error.contains("not_found"), "{error}");
}
