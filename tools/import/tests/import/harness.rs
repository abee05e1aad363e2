//! Runs the program in a folder of its own, and checks what holds for every run.

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::server::Server;

pub(crate) const TEST_KEY: &str = "rk_test_4eC39HqLyjWDarjtT1zdp7dc";
pub(crate) const LIVE_KEY: &str = "rk_live_4eC39HqLyjWDarjtT1zdp7dc";
pub(crate) const SECRET: &str = "whsec_0123456789abcdef";

/// The program, and how it is called.
pub(crate) struct Import {
    folder: PathBuf,
    address: String,
    key: String,
    secret: Option<&'static str>,
}

/// A run that has ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) output: String,
    pub(crate) errors: String,
}

/// A run that goes on.
pub(crate) struct Running(Child);

impl Import {
    pub(crate) fn of(server: &Server) -> Self {
        static FOLDERS: AtomicUsize = AtomicUsize::new(0);
        let number = FOLDERS.fetch_add(1, Ordering::Relaxed);
        let name = format!("import-{}-{number}", std::process::id());
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(&folder).unwrap();
        Self {
            folder,
            address: server.address(),
            key: TEST_KEY.to_owned(),
            secret: Some(SECRET),
        }
    }

    pub(crate) fn key(mut self, key: &str) -> Self {
        key.clone_into(&mut self.key);
        self
    }

    pub(crate) fn without_secret(mut self) -> Self {
        self.secret = None;
        self
    }

    /// Where the progress is kept by default.
    pub(crate) fn state(&self) -> PathBuf {
        self.folder.join("portico-import.json")
    }

    /// Writes a file, and returns its name as the program is told it.
    pub(crate) fn file(&self, name: &str, text: &str) -> String {
        fs::write(self.folder.join(name), text).unwrap();
        name.to_owned()
    }

    #[track_caller]
    pub(crate) fn run(&self, options: &[&str]) -> Ended {
        let output = self.command(options).output().unwrap();
        let ended = Ended {
            code: output.status.code(),
            output: String::from_utf8(output.stdout).unwrap(),
            errors: String::from_utf8(output.stderr).unwrap(),
        };
        let said = format!("{}{}", ended.output, ended.errors);
        for secret in [
            &self.key,
            SECRET,
            "4eC39HqLyjWDarjtT1zdp7dc",
            "@example.com",
            "Jenny",
        ] {
            assert!(!said.contains(secret), "the program shows {secret}: {said}");
        }
        ended
    }

    pub(crate) fn start(&self, options: &[&str]) -> Running {
        let mut command = self.command(options);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        Running(command.spawn().unwrap())
    }

    fn command(&self, options: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_portico-import"));
        command
            .current_dir(&self.folder)
            .env_clear()
            .env("STRIPE_API_KEY", &self.key)
            .args(["--api-base", &self.address, "--portico", &self.address])
            .args(options)
            .stdin(Stdio::null());
        if !options.contains(&"--rate") {
            command.args(["--rate", "100"]);
        }
        if let Some(secret) = self.secret {
            command.env("STRIPE_WEBHOOK_SECRET", secret);
        }
        command
    }
}

impl Drop for Import {
    fn drop(&mut self) {
        // A folder that stays behind is in the way of nobody.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

impl Running {
    /// Ends it at once, as nothing can be done about.
    pub(crate) fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It has ended already, or the test has failed.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
