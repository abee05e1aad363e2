//! Who is measured: each contender is a program of its own, and all are told the same.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};
use serde_json::json;

use crate::tokens::{AUDIENCE, ISSUER, Keys, SECRET};

pub(crate) const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
/// Everything that only one run needs is below this directory.
pub(crate) const SCRATCH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/side-by-side");
/// Where `cargo xtask bench` says that Portico's host is.
const HOST: &str = "PORTICO_BENCH_HOST";
/// Where `cargo xtask bench` says that the service in native Rust is.
const AXUM: &str = "PORTICO_BENCH_AXUM";
/// The component for hosts that know wide arithmetic, where `cargo xtask build --wide-arithmetic` puts it.
const WIDE: &str = "target/wide-arithmetic/wasm32-wasip1/release/portico.wasm";
/// The file name of Portico's host in the folder of a contender.
const HOST_COPY: &str = "portico-host";

pub(crate) const FRONTEND: &str = "https://app.example.com";
pub(crate) const CUSTOMER: &str = "cus_Bench";
/// A user with a customer, whose limit is never reached.
pub(crate) const PAID_USER: &str = "user-with-record";
/// A user without a record.
pub(crate) const FREE_USER: &str = "user-without-record";
/// A user with a customer and few requests a minute.
pub(crate) const TRIAL_USER: &str = "user-on-trial";
/// How many they are.
pub(crate) const TRIAL_LIMIT: usize = 3;

/// What all contenders are told.
pub(crate) struct Setting {
    stripe: String,
    public_keys: String,
}

impl Setting {
    pub(crate) fn new(stripe: String, keys: &Keys) -> Result<Self> {
        Ok(Self {
            stripe,
            public_keys: keys.public()?,
        })
    }

    /// By the names of Portico's variables; the others have them in capitals.
    fn variables(&self) -> [(&'static str, String); 9] {
        let limits = format!("free=1000000/60,paid=1000000/60,trial={TRIAL_LIMIT}/60");
        [
            ("stripe_api_base", self.stripe.clone()),
            (
                "stripe_api_key",
                "sk_test_bench4eC39HqLyjWDarjtT1zdp7dc".to_owned(),
            ),
            ("stripe_api_version", "2026-10-28.endive".to_owned()),
            ("frontend_url", FRONTEND.to_owned()),
            ("jwt_issuer", ISSUER.to_owned()),
            ("jwt_audience", AUDIENCE.to_owned()),
            ("jwt_hs256_secret", SECRET.to_owned()),
            ("jwt_public_keys", self.public_keys.clone()),
            // Limits that are counted, and reached by nobody who is measured.
            ("rate_limits", limits),
        ]
    }
}

/// User and record.
fn records() -> [(&'static str, serde_json::Value); 2] {
    let record = |plan| json!({ "stripe_customer_id": CUSTOMER, "plan": plan });
    [(PAID_USER, record("paid")), (TRIAL_USER, record("trial"))]
}

/// The name of the contender that the others are compared with.
pub(crate) const REFERENCE: &str = "Node";

/// A program that is measured.
pub(crate) struct Contender {
    pub(crate) name: &'static str,
    kind: Kind,
}

enum Kind {
    /// The host, in a folder of its own, with options beyond those of the setting.
    Portico {
        folder: PathBuf,
        more: Vec<OsString>,
    },
    Node,
    Axum(PathBuf),
}

impl Contender {
    /// All that are there, and a sentence for each that is not.
    pub(crate) fn all() -> Result<(Vec<Self>, Vec<String>)> {
        let mut absent = Vec::new();
        let mut all = vec![Self::portico("Portico", "portico", Vec::new())?];
        let wide = Path::new(ROOT).join(WIDE);
        if wide.is_file() {
            let more = vec!["--wide-arithmetic".into(), "--wasm".into(), wide.into()];
            all.push(Self::portico("Portico, wide", "portico-wide", more)?);
        }
        let packages = Path::new(ROOT).join("benches/contenders/node/node_modules");
        if packages.is_dir() && Command::new("node").arg("--version").output().is_ok() {
            all.push(Self {
                name: REFERENCE,
                kind: Kind::Node,
            });
        } else {
            absent.push("Node is left out: `node` (20 or later, with `npm`) is missing".to_owned());
        }
        match env::var_os(AXUM) {
            Some(program) => all.push(Self {
                name: "axum",
                kind: Kind::Axum(program.into()),
            }),
            None => absent.push("axum is left out: `cargo xtask bench` builds it".to_owned()),
        }
        Ok((all, absent))
    }

    fn portico(name: &'static str, folder: &str, more: Vec<OsString>) -> Result<Self> {
        let built = env::var_os(HOST)
            .with_context(|| format!("{HOST} is not set, as `cargo xtask bench` sets it"))?;
        let folder = Path::new(SCRATCH).join(folder);
        fs::create_dir_all(&folder)?;
        // The host keeps compiled code beside the tag by which Cargo marks its target directory. With a tag of its own
        // it has a cache of its own, which can be emptied.
        fs::write(
            folder.join("CACHEDIR.TAG"),
            "Signature: 8a477f597d28d172789f06886806bc55\n",
        )?;
        let program = folder.join(HOST_COPY);
        if program.exists() {
            fs::remove_file(&program)?;
        }
        fs::copy(&built, &program)
            .with_context(|| format!("cannot copy {}", Path::new(&built).display()))?;
        Ok(Self {
            name,
            kind: Kind::Portico { folder, more },
        })
    }

    /// Removes the code that was compiled before. False where there is no such thing.
    pub(crate) fn forget_compiled_code(&self) -> Result<bool> {
        let Kind::Portico { folder, .. } = &self.kind else {
            return Ok(false);
        };
        let cache = folder.join("wasmtime-cache");
        if cache.exists() {
            fs::remove_dir_all(cache)?;
        }
        Ok(true)
    }

    /// The command that starts it, on this core if one is given.
    pub(crate) fn command(
        &self,
        setting: &Setting,
        address: SocketAddr,
        core: Option<usize>,
    ) -> Command {
        let program = match &self.kind {
            Kind::Portico { folder, .. } => folder.join(HOST_COPY),
            Kind::Node => PathBuf::from("node"),
            Kind::Axum(program) => program.clone(),
        };
        let mut command = match core {
            None => Command::new(program),
            Some(core) => {
                let mut taskset = Command::new("taskset");
                taskset.args(["--cpu-list", &core.to_string()]).arg(program);
                taskset
            }
        };
        command
            .env_clear()
            .envs(env::var_os("PATH").map(|path| ("PATH", path)));
        match &self.kind {
            Kind::Portico { more, .. } => {
                command.args(["up", "--listen", &address.to_string(), "--manifest"]);
                command.arg(Path::new(ROOT).join("spin.toml")).args(more);
                for (user, record) in records() {
                    command.args(["--key-value", &format!("customer:{user}={record}")]);
                }
                for (name, value) in setting.variables() {
                    command.env(format!("SPIN_VARIABLE_{}", name.to_uppercase()), value);
                }
            }
            Kind::Node | Kind::Axum(_) => {
                if matches!(self.kind, Kind::Node) {
                    command.arg(Path::new(ROOT).join("benches/contenders/node/server.mjs"));
                    command.env("NODE_ENV", "production");
                }
                command.env("PORT", address.port().to_string());
                let records: serde_json::Map<_, _> = records()
                    .map(|(user, record)| (user.to_owned(), record))
                    .into_iter()
                    .collect();
                command.env("CUSTOMERS", serde_json::Value::Object(records).to_string());
                for (name, value) in setting.variables() {
                    command.env(name.to_uppercase(), value);
                }
            }
        }
        command
    }
}
