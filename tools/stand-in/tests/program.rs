//! `portico-stand-in`, as a program.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStdout, Command, Output, Stdio};

const PROGRAM: &str = env!("CARGO_BIN_EXE_portico-stand-in");

/// A run of the program, which ends with its test.
struct Run {
    program: Child,
    output: BufReader<ChildStdout>,
    /// The address on which it listens, without the scheme.
    address: String,
}

impl Run {
    /// Starts it on a free port, and waits until it says where it listens.
    fn start(options: &[&str]) -> Self {
        let mut program = Command::new(PROGRAM)
            .args(["--listen", "127.0.0.1:0"])
            .args(options)
            .stdout(Stdio::piped())
            .spawn()
            .expect("it starts");
        let mut output = BufReader::new(program.stdout.take().expect("it is piped"));
        let mut line = String::new();
        output.read_line(&mut line).expect("a line");
        let (_, rest) = line.split_once("listens on http://").expect("its address");
        let (address, _) = rest.split_once(';').expect("its address");
        let address = address.to_owned();
        Self {
            program,
            output,
            address,
        }
    }

    /// Returns the output after the first line, up to a line that begins so.
    fn printed_until(&mut self, last: &str) -> String {
        let mut printed = String::new();
        while !printed
            .lines()
            .last()
            .is_some_and(|line| line.starts_with(last))
        {
            let read = self.output.read_line(&mut printed).expect("a line");
            assert!(read > 0, "it has ended: {printed}");
        }
        printed
    }

    /// Asks for a portal session of its customer with an API key, and returns the whole answer.
    fn ask(&self, api_key: &str) -> String {
        let body = "customer=cus_PaidDemo0001";
        let mut stream = TcpStream::connect(&self.address).expect("it listens");
        let request = format!(
            "POST /v1/billing_portal/sessions HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\
             Authorization: Bearer {api_key}\r\nContent-Type: application/x-www-form-urlencoded\r\n\
             Content-Length: {}\r\n\r\n{body}",
            self.address,
            body.len()
        );
        stream.write_all(request.as_bytes()).expect("it reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("it answers");
        answer
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

fn refused(options: &[&str]) -> String {
    let Output { status, stderr, .. } = Command::new(PROGRAM)
        .args(options)
        .output()
        .expect("it starts");
    assert!(!status.success());
    String::from_utf8(stderr).expect("text")
}

#[test]
fn it_says_how_portico_is_run_beside_it_and_opens_sessions_for_that_key_alone() {
    let mut run = Run::start(&[
        "--api-key",
        "rk_test_ofthisrun",
        "--frontend-url",
        "https://app.example.com",
        "--webhook-url",
        "http://127.0.0.1:9/webhook",
    ]);
    let printed = run.printed_until("curl -sS -X PUT ");
    for line in [
        format!(
            "export SPIN_VARIABLE_STRIPE_API_BASE='http://{}'",
            run.address
        ),
        "export SPIN_VARIABLE_STRIPE_API_KEY='rk_test_ofthisrun'".to_owned(),
        format!("export SPIN_VARIABLE_CHECKOUT_HOSTS='{},checkout.stripe.com'", run.address),
        "export SPIN_VARIABLE_CHECKOUT_PRICES='pro_monthly=price_DemoPro, pro_yearly=price_DemoProYearly, \
         team_monthly=price_DemoTeam'"
            .to_owned(),
        "# It delivers events to http://127.0.0.1:9/webhook.".to_owned(),
        "export SPIN_VARIABLE_FRONTEND_URL='https://app.example.com'".to_owned(),
        "export SPIN_VARIABLE_JWT_ISSUER='https://app.example.com/dev'".to_owned(),
    ] {
        assert!(
            printed.lines().any(|printed| printed == line),
            "{line}: {printed}"
        );
    }
    let session = run.ask("rk_test_ofthisrun");
    assert!(session.starts_with("HTTP/1.1 200 "), "{session}");
    assert!(
        session.contains(&format!("http://{}/p/session/", run.address)),
        "{session}"
    );
    assert!(run.ask("sk_test_other").starts_with("HTTP/1.1 401 "));
}

/// A program in the place of Spin, which writes down how it was called and goes on until it is ended.
#[cfg(unix)]
#[test]
fn a_spin_beside_it_has_the_variables_and_records_of_this_run_and_ends_with_it() {
    use std::os::unix::fs::PermissionsExt as _;

    let directory = std::env::temp_dir().join(format!("portico-fake-spin-{}", std::process::id()));
    std::fs::create_dir_all(&directory).expect("a directory");
    let (spin, written) = (directory.join("spin"), directory.join("called"));
    let script = format!(
        "#!/bin/sh\n{{ printf '%s\\n' \"$@\"; env | grep ^SPIN_VARIABLE_; echo done; }} > '{}'\nexec sleep 60\n",
        written.display()
    );
    std::fs::write(&spin, script).expect("a script");
    std::fs::set_permissions(&spin, std::fs::Permissions::from_mode(0o755)).expect("a program");
    let mut run = Run::start(&[
        "--spin",
        spin.to_str().expect("text"),
        "--manifest",
        "some/spin.toml",
        "--portico",
        "127.0.0.1:4567",
    ]);
    let printed = run.printed_until("curl -sS -X PUT ");
    assert!(printed.contains("on http://127.0.0.1:4567"), "{printed}");
    assert!(!printed.contains("spin up"), "{printed}");
    let called = loop {
        let called = std::fs::read_to_string(&written).unwrap_or_default();
        if called.ends_with("done\n") {
            break called;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    };
    let arguments = "up\n--from\nsome/spin.toml\n--listen\n127.0.0.1:4567\n--key-value\n";
    assert!(called.starts_with(arguments), "{called}");
    for line in [
        format!("SPIN_VARIABLE_STRIPE_API_BASE=http://{}", run.address),
        "SPIN_VARIABLE_JWT_AUDIENCE=".to_owned(),
        "customer:user_paid={".to_owned(),
    ] {
        assert!(
            called.lines().any(|called| called.starts_with(&line)),
            "{line}: {called}"
        );
    }
    // Asked to end, it ends Spin as well: the pipe that both write to is closed then.
    let id = run.program.id().to_string();
    let asked = Command::new("kill").args(["-TERM", &id]).status();
    assert!(asked.expect("kill runs").success());
    let mut rest = String::new();
    run.output.read_to_string(&mut rest).expect("it ends");
    assert!(run.program.wait().expect("it has ended").success());
    std::fs::remove_dir_all(directory).expect("it goes");
}

#[test]
fn options_that_make_no_sense_are_refused_with_what_does() {
    let message = refused(&["--api-key", "sk_live_verysecret"]);
    assert!(
        message.contains("test mode") && !message.contains("verysecret"),
        "{message}"
    );
    let message = refused(&[
        "--listen",
        "127.0.0.1:0",
        "--webhook-url",
        "https://example.com/",
    ]);
    assert!(message.contains("plain HTTP"), "{message}");
    let message = refused(&["--listen", "12111"]);
    assert!(message.contains("--listen <ADDRESS>"), "{message}");
}
