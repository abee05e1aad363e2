//! `portico-stand-in`, as a program.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Command, Stdio};

const PROGRAM: &str = env!("CARGO_BIN_EXE_portico-stand-in");

/// A program in the place of Spin writes down how it was called, and goes on until it is ended.
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
    let mut program = Command::new(PROGRAM)
        .args(["--listen", "127.0.0.1:0", "--api-key", "rk_test_ofthisrun"])
        .args([
            "--manifest",
            "some/spin.toml",
            "--portico",
            "127.0.0.1:4567",
        ])
        .arg("--spin")
        .arg(&spin)
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut output = BufReader::new(program.stdout.take().expect("it is piped"));
    let mut line = String::new();
    output.read_line(&mut line).expect("a line");
    let (_, rest) = line.split_once("listens on http://").expect("its address");
    let (address, _) = rest.split_once(';').expect("its address");
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
        &format!("SPIN_VARIABLE_STRIPE_API_BASE=http://{address}"),
        "SPIN_VARIABLE_STRIPE_API_KEY=rk_test_ofthisrun",
        "SPIN_VARIABLE_JWT_AUDIENCE=portico-dev",
        "SPIN_VARIABLE_CHECKOUT_PRICES=pro_monthly=price_DemoPro, pro_yearly=price_DemoProYearly, \
         team_monthly=price_DemoTeam",
        "customer:user_paid={",
    ] {
        let is_there = called.lines().any(|called| called.starts_with(line));
        assert!(is_there, "{line}: {called}");
    }
    // Asked to end, it ends Spin as well: the pipe that both write to is closed then.
    let id = program.id().to_string();
    let asked = Command::new("kill").args(["-TERM", &id]).status();
    assert!(asked.expect("kill runs").success());
    let mut rest = String::new();
    output.read_to_string(&mut rest).expect("it ends");
    assert!(rest.contains("on http://127.0.0.1:4567"), "{rest}");
    assert!(program.wait().expect("it has ended").success());
    std::fs::remove_dir_all(directory).expect("it goes");
}
