//! The contenders: each is a program of its own, and all are told the same.

use std::env;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};
use serde_json::json;

use crate::tokens::{AUDIENCE, ISSUER, Keys, SECRET};

pub(crate) const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
/// The directory of everything that only one run needs.
pub(crate) const SCRATCH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/side-by-side");
/// The variable by which `cargo xtask bench` tells the path of Portico's host.
const HOST: &str = "PORTICO_BENCH_HOST";
/// The variable by which `cargo xtask bench` tells the path of the service in native Rust.
const AXUM: &str = "PORTICO_BENCH_AXUM";
/// The variable by which `cargo xtask bench` tells the path of the least component.
const FLOOR_WASM: &str = "PORTICO_BENCH_FLOOR";
/// The variable by which `cargo xtask bench` tells the path of the component with the SDK alone.
const PLAIN_WASM: &str = "PORTICO_BENCH_PLAIN";
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
/// The requests that the trial user has a minute.
pub(crate) const TRIAL_LIMIT: usize = 3;

/// The configuration, which is the same for all contenders.
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

    /// Returns the values by the names of Portico's variables; the others have them in capitals.
    fn variables(&self) -> [(&'static str, String); 9] {
        // The limits are counted, and reached by nobody who is measured.
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
            ("rate_limits", limits),
        ]
    }
}

/// Returns each user with the record.
fn records() -> [(&'static str, serde_json::Value); 2] {
    let record = |plan| json!({ "stripe_customer_id": CUSTOMER, "plan": plan });
    [(PAID_USER, record("paid")), (TRIAL_USER, record("trial"))]
}

/// The name of the contender that all the others are measured for.
pub(crate) const PORTICO: &str = "Portico";
/// The name of the service that the others are compared with.
pub(crate) const NODE: &str = "Node";
/// The name of the least component, which shows what its platform costs at the least.
pub(crate) const FLOOR: &str = "floor";
/// The name of the component that does the same with the SDK alone, which shows what its platform usually costs.
pub(crate) const PLAIN: &str = "plain component";

/// A program that is measured, with its name.
pub(crate) struct Contender {
    pub(crate) name: &'static str,
    kind: Kind,
}

enum Kind {
    /// The host with Portico, in a folder of its own.
    Portico {
        folder: PathBuf,
    },
    /// The same host with a component that opens sessions and does nothing else: its directory below
    /// `tools/bench/contenders`, and its Wasm.
    Bare {
        folder: PathBuf,
        source: &'static str,
        wasm: PathBuf,
    },
    Node,
    Axum(PathBuf),
}

impl Contender {
    /// Finds all contenders that are there, and returns a sentence for each that is not.
    pub(crate) fn all() -> Result<(Vec<Self>, Vec<String>)> {
        let mut absent = Vec::new();
        let folder = host_folder("portico")?;
        let kind = Kind::Portico { folder };
        let mut all = vec![Self {
            name: PORTICO,
            kind,
        }];
        for (name, source, wasm) in [(PLAIN, "plain", PLAIN_WASM), (FLOOR, "floor", FLOOR_WASM)] {
            match env::var_os(wasm) {
                Some(wasm) => all.push(Self {
                    name,
                    kind: Kind::Bare {
                        folder: host_folder(source)?,
                        source,
                        wasm: wasm.into(),
                    },
                }),
                None => absent.push(format!(
                    "the {name} is left out: `cargo xtask bench` builds it"
                )),
            }
        }
        let packages = Path::new(ROOT).join("tools/bench/contenders/node/node_modules");
        if packages.is_dir() && Command::new("node").arg("--version").output().is_ok() {
            all.push(Self {
                name: NODE,
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

    /// Returns true if it answers every request with a session, and does nothing else.
    pub(crate) fn is_bare(&self) -> bool {
        matches!(self.kind, Kind::Bare { .. })
    }

    /// Removes the code that was compiled before. Returns false where there is no such thing.
    pub(crate) fn forget_compiled_code(&self) -> Result<bool> {
        let (Kind::Portico { folder, .. } | Kind::Bare { folder, .. }) = &self.kind else {
            return Ok(false);
        };
        let cache = folder.join("compiled");
        if cache.exists() {
            fs::remove_dir_all(cache)?;
        }
        Ok(true)
    }

    /// Returns the command that starts it, on this core if one is given.
    pub(crate) fn command(
        &self,
        setting: &Setting,
        address: SocketAddr,
        core: Option<usize>,
    ) -> Command {
        let program = match &self.kind {
            Kind::Portico { folder, .. } | Kind::Bare { folder, .. } => folder.join(HOST_COPY),
            Kind::Axum(program) => program.clone(),
            Kind::Node => PathBuf::from("node"),
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
            Kind::Portico { .. } | Kind::Bare { .. } => {
                command.args(["up", "--listen", &address.to_string(), "--manifest"]);
                if let Kind::Bare { source, wasm, .. } = &self.kind {
                    let manifest = format!("tools/bench/contenders/{source}/spin.toml");
                    command.arg(Path::new(ROOT).join(manifest));
                    command.arg("--wasm").arg(wasm);
                    command.args(["--key-value", &format!("customer={CUSTOMER}")]);
                } else {
                    command.arg(Path::new(ROOT).join("spin.toml"));
                    for (user, record) in records() {
                        command.args(["--key-value", &format!("customer:{user}={record}")]);
                    }
                }
                for (name, value) in setting.variables() {
                    command.env(format!("SPIN_VARIABLE_{}", name.to_uppercase()), value);
                }
            }
            Kind::Node | Kind::Axum(_) => {
                if matches!(self.kind, Kind::Node) {
                    command.arg(Path::new(ROOT).join("tools/bench/contenders/node/server.mjs"));
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

/// Makes a folder with a copy of the host. The host keeps compiled code beside the tag by which Cargo marks its target
/// directory. With a tag of its own it has a cache of its own, which can be emptied.
fn host_folder(name: &str) -> Result<PathBuf> {
    let built = env::var_os(HOST)
        .with_context(|| format!("{HOST} is not set, as `cargo xtask bench` sets it"))?;
    let folder = Path::new(SCRATCH).join(name);
    fs::create_dir_all(&folder)?;
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
    Ok(folder)
}
