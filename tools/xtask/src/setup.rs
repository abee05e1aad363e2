//! `cargo xtask setup`: the programs of the system that tests and fuzzing need, by the system's package manager.

use std::env;
use std::env::consts::EXE_SUFFIX;
use std::fmt;
use std::process::Command;

use anyhow::{Result, bail};

use crate::command::{output, run as run_program};

/// A program that this project runs and does not build.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Program {
    /// The names under which it may be on the path; a name with a directory is looked for there alone.
    names: &'static [&'static str],
    /// The arguments with which it succeeds if all of it is there; none where its presence is enough.
    probe: &'static [&'static str],
    /// Debian's package for it.
    package: &'static str,
    /// The tests that are skipped without it.
    needed_by: &'static str,
}

/// The programs that tests run.
const FOR_TESTS: [Program; 9] = [
    Program {
        names: &["node"],
        probe: &[],
        package: "nodejs",
        needed_by: "the tests of cli, sdk/js, tests/packages, tests/browser and tests/e2e/conformance/scripts",
    },
    Program {
        names: &["npm"],
        probe: &[],
        package: "npm",
        needed_by: "the tests of cli, sdk/js, tests/packages, tests/browser and tests/e2e/conformance/scripts",
    },
    Program {
        names: &["go"],
        probe: &[],
        package: "golang-go",
        needed_by: "the tests with stripe-mock and golang-jwt",
    },
    Program {
        names: &["openssl"],
        probe: &[],
        package: "openssl",
        needed_by: "the tests of keys that OpenSSL writes",
    },
    Program {
        names: &["ssh-keygen"],
        probe: &[],
        package: "openssh-client",
        needed_by: "the tests of keys that OpenSSH writes",
    },
    Program {
        names: &["pip3", "pip"],
        probe: &[],
        package: "python3-pip",
        needed_by: "the tests on Wasmtime and wasmCloud",
    },
    Program {
        names: &["redis-server"],
        probe: &[],
        package: "redis-server",
        needed_by: "the tests with Redis",
    },
    Program {
        names: &["python3"],
        // Debian has the modules that make environments in a package of their own.
        probe: &["-c", "import ensurepip, venv"],
        package: "python3-venv",
        needed_by: "the tests with Schemathesis and localstripe",
    },
    Program {
        names: &[
            "chromium",
            "chromium-browser",
            "google-chrome",
            "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
        ],
        probe: &[],
        package: "chromium",
        needed_by: "the tests of tests/browser",
    },
];

/// The compiler with which `cargo fuzz` builds its targets.
const FOR_FUZZING: Program = Program {
    names: &["c++"],
    probe: &[],
    package: "g++",
    needed_by: "fuzzing",
};

/// Installs all missing programs, as root on Debian. Elsewhere this fails with a list of them.
pub(crate) fn run() -> Result<()> {
    let all = [&FOR_TESTS[..], &[FOR_FUZZING]].concat();
    let missing = missing(&all);
    if missing.is_empty() {
        eprintln!("all programs that tests and fuzzing need are there");
        return Ok(());
    }
    if !can_install()? {
        eprintln!("missing, as Debian names them:");
        for program in missing {
            eprintln!("  {program}");
        }
        bail!("only root on Debian can have them installed by this command");
    }
    install(&missing)
}

/// Returns true if this user can install Debian's packages: root, where there is `apt-get`.
pub(crate) fn can_install() -> Result<bool> {
    Ok(is_on_path("apt-get") && output(Command::new("id").arg("-u"))?.trim() == "0")
}

/// Installs Debian's packages of these programs, after it has said which these are.
pub(crate) fn install(programs: &[Program]) -> Result<()> {
    eprintln!("apt-get is going to install:");
    for program in programs {
        eprintln!("  {program}");
    }
    run_program(Command::new("apt-get").args(["update", "-qq"]))?;
    let packages = programs.iter().map(|program| program.package);
    run_program(
        Command::new("apt-get")
            .args(["install", "-qq", "--yes", "--no-install-recommends"])
            .args(packages)
            .env("DEBIAN_FRONTEND", "noninteractive"),
    )?;
    if let Some(program) = missing(programs).first() {
        let Program { package, names, .. } = program;
        bail!("apt-get has installed {package}, and still there is none of {names:?}");
    }
    Ok(())
}

/// Returns the programs that `cargo xtask test` needs and does not find.
pub(crate) fn missing_for_tests() -> Vec<Program> {
    missing(&FOR_TESTS)
}

/// Returns true if there is a program of this name on the path.
pub(crate) fn is_on_path(name: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).any(|directory| directory.join(format!("{name}{EXE_SUFFIX}")).is_file())
}

fn succeeds(program: &str, arguments: &[&str]) -> bool {
    let output = Command::new(program).args(arguments).output();
    output.is_ok_and(|output| output.status.success())
}

fn missing(programs: &[Program]) -> Vec<Program> {
    let is_missing = |program: &&Program| {
        let works = |name: &str| program.probe.is_empty() || succeeds(name, program.probe);
        let mut names = program.names.iter();
        !names.any(|name| is_on_path(name) && works(name))
    };
    programs.iter().filter(is_missing).copied().collect()
}

impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, for {}", self.package, self.needed_by)
    }
}
