//! What a request costs in CPU time: `cargo bench --profile dev --bench cpu_per_request`, after `cargo xtask build`.
//!
//! The component that was built runs in the host, from its own manifest, on a Tokio runtime whose threads have a name.
//! Only the CPU time of these threads is counted, as Linux accounts for it, so that neither the client nor the stand-in
//! for Stripe is part of it, nor what else the machine does at the time. What the host itself does is part of it;
//! `/healthz` shows how much that is.
//!
//! Every case is measured in every round, one after the other, and the median of the rounds is what counts: a machine
//! that is slower for a while is so for all cases.

use std::env;
use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt, Empty};
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use jwt_simple::prelude::{
    Claims, ECDSAP256KeyPairLike, ES256KeyPair, Ed25519KeyPair, EdDSAKeyPairLike, HS256Key,
    JWTClaims, MACLike, NoCustomClaims, RS256KeyPair, RSAKeyPairLike,
};
use portico_host::stripe_stand_in::StripeStandIn;
use portico_host::{Host, Manifest, Program};
use tokio::net::TcpStream;
use tokio::runtime::{Builder, Runtime};

/// Requests of one case in one round. An instance serves 128 before it is replaced, so that every case pays for two.
const REQUESTS: usize = 256;

/// Rounds that count. One more comes first, and does not.
const ROUNDS: usize = 11;

/// The name of the host's threads. Linux keeps 15 bytes of it.
const THREADS: &str = "measured-host";

const MANIFEST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/spin.toml");
const SECRET: &str = "bench-secret-0123456789abcdef0123";
const ISSUER: &str = "https://id.example.com/";
const AUDIENCE: &str = "portico-bench";
const CUSTOMER: &str = "cus_Bench";
const WITH_RECORD: &str = "with-record";
const WITHOUT_RECORD: &str = "without-record";

fn main() -> Result<()> {
    if !env::args().any(|argument| argument == "--bench") {
        println!("not measured: this is for `cargo bench`");
        return Ok(());
    }
    if !cfg!(target_os = "linux") {
        println!(
            "not measured: the CPU time of single threads is read from /proc, which is Linux's"
        );
        return Ok(());
    }
    let manifest = Manifest::load(MANIFEST)?;
    let wasm = Path::new(env!("CARGO_MANIFEST_DIR")).join(&manifest.component.source);
    let size = fs::metadata(&wasm)
        .context("there is no Wasm; build it with `cargo xtask build`")?
        .len();
    // Compiled before there is a runtime, so that the compiler's threads do not inherit the name that is looked for.
    let program = Program::load(&wasm)?;
    let keys = Keys::new()?;
    let outside = Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    let inside = Builder::new_multi_thread()
        .worker_threads(1)
        .thread_name(THREADS)
        // A thread that ends takes its CPU time with it.
        .thread_keep_alive(Duration::from_hours(1))
        .enable_all()
        .build()?;
    let stripe = outside.block_on(StripeStandIn::start("127.0.0.1:0"))?;
    stripe.add_customer(CUSTOMER, false);
    let host = start(&inside, program, &keys, &stripe)?;
    let mut cases = cases(&keys)?;
    for round in 0..=ROUNDS {
        for case in &mut cases {
            let spent = outside.block_on(case.run(&host))?;
            if round > 0 {
                case.spent.push(spent);
            }
        }
        stripe.clear();
    }
    let complaints = host.host_logs();
    ensure!(complaints.is_empty(), "the host complains: {complaints:?}");
    print(&cases, size);
    Ok(())
}

/// The host with all keys at once, so that all cases share its instances.
fn start(runtime: &Runtime, program: Program, keys: &Keys, stripe: &StripeStandIn) -> Result<Host> {
    let builder = Host::builder(MANIFEST)
        .program(program)
        .variable("stripe_api_base", stripe.origin())
        .variable("stripe_api_key", "sk_test_bench4eC39HqLyjWDarjtT1zdp7dc")
        .variable("frontend_url", "https://app.example.com")
        .variable("jwt_issuer", ISSUER)
        .variable("jwt_audience", AUDIENCE)
        .variable("jwt_hs256_secret", SECRET)
        .variable("jwt_public_keys", keys.public()?)
        // Limits that are applied, and never reached.
        .variable("rate_limits", "free=1000000/60,paid=1000000/60");
    // What is spawned belongs to the runtime, but what `block_on` is given runs on this thread, and is not counted.
    runtime.block_on(async {
        let host = builder.start().await?;
        let record = format!(r#"{{"stripe_customer_id":"{CUSTOMER}","plan":"paid"}}"#);
        let key = format!("customer:{WITH_RECORD}");
        host.key_value().set(key, record.into_bytes()).await?;
        Ok(host)
    })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Algorithm {
    Hs256,
    Rs256,
    Es256,
    EdDsa,
}

impl Algorithm {
    const ALL: [Self; 4] = [Self::Hs256, Self::Rs256, Self::Es256, Self::EdDsa];

    fn name(self) -> &'static str {
        match self {
            Self::Hs256 => "HS256",
            Self::Rs256 => "RS256",
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
        }
    }
}

struct Keys {
    hs256: HS256Key,
    rs256: RS256KeyPair,
    es256: ES256KeyPair,
    ed25519: Ed25519KeyPair,
}

impl Keys {
    fn new() -> Result<Self> {
        Ok(Self {
            hs256: HS256Key::from_bytes(SECRET.as_bytes()),
            rs256: RS256KeyPair::generate(2048)?.with_key_id("rsa"),
            es256: ES256KeyPair::generate().with_key_id("ec"),
            ed25519: Ed25519KeyPair::generate().with_key_id("okp"),
        })
    }

    fn public(&self) -> Result<String> {
        let [rsa, ec, okp] = [
            self.rs256.public_key().to_jwk(),
            self.es256.public_key().to_jwk(),
            self.ed25519.public_key().to_jwk(),
        ];
        let set = format!(r#"{{"keys":[{rsa},{ec},{okp}]}}"#);
        serde_json::from_str::<serde_json::Value>(&set)?;
        Ok(set)
    }

    /// A token of its own for every number.
    fn token(&self, algorithm: Algorithm, user: &str, number: usize) -> Result<String> {
        let claims: JWTClaims<NoCustomClaims> =
            Claims::create(jwt_simple::prelude::Duration::from_hours(1))
                .with_issuer(ISSUER)
                .with_audience(AUDIENCE)
                .with_subject(user)
                .with_jwt_id(number.to_string());
        match algorithm {
            Algorithm::Hs256 => self.hs256.authenticate(claims),
            Algorithm::Rs256 => self.rs256.sign(claims),
            Algorithm::Es256 => self.es256.sign(claims),
            Algorithm::EdDsa => self.ed25519.sign(claims),
        }
    }
}

/// What is asked, and what is to come of it.
struct Case {
    name: String,
    group: Group,
    /// The case that the others of its group are compared with.
    is_reference: bool,
    method: Method,
    path: &'static str,
    /// One for each request. None where none is sent.
    tokens: Vec<String>,
    expected: StatusCode,
    /// CPU time of one request, by round.
    spent: Vec<Duration>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Group {
    Floor,
    /// The token is verified and the user's record looked up; there is none.
    Verification,
    /// The whole way: a session is opened at Stripe.
    Session,
}

fn cases(keys: &Keys) -> Result<Vec<Case>> {
    let mut cases = vec![Case {
        name: "`GET /healthz`".to_owned(),
        group: Group::Floor,
        is_reference: false,
        method: Method::GET,
        path: "/healthz",
        tokens: Vec::new(),
        expected: StatusCode::OK,
        spent: Vec::new(),
    }];
    for (group, user, expected) in [
        (Group::Verification, WITHOUT_RECORD, StatusCode::BAD_REQUEST),
        (Group::Session, WITH_RECORD, StatusCode::OK),
    ] {
        for algorithm in Algorithm::ALL {
            // A token comes back in the next round, when the instance that has seen it is long gone.
            let fresh = (0..REQUESTS)
                .map(|number| keys.token(algorithm, user, number))
                .collect::<Result<Vec<_>>>()?;
            let same = vec![keys.token(algorithm, user, REQUESTS)?; REQUESTS];
            for (time, tokens) in [("first", fresh), ("repeated", same)] {
                cases.push(Case {
                    name: format!("{}, {time}", algorithm.name()),
                    group,
                    is_reference: algorithm == Algorithm::Hs256 && time == "first",
                    method: Method::POST,
                    path: "/api/v1/account/billing-portal",
                    tokens,
                    expected,
                    spent: Vec::new(),
                });
            }
        }
    }
    Ok(cases)
}

impl Case {
    /// Sends the requests one after the other over one connection, and returns the CPU time of one.
    async fn run(&self, host: &Host) -> Result<Duration> {
        let stream = TcpStream::connect(host.addr()).await?;
        stream.set_nodelay(true)?;
        let (mut client, connection) = handshake(TokioIo::new(stream)).await?;
        let driver = tokio::spawn(connection);
        let before = cpu_time()?;
        for number in 0..REQUESTS {
            self.ask(&mut client, host, number).await?;
        }
        let spent = cpu_time()?.saturating_sub(before);
        drop(client);
        driver.await??;
        Ok(spent / u32::try_from(REQUESTS)?)
    }

    async fn ask(
        &self,
        client: &mut SendRequest<Empty<Bytes>>,
        host: &Host,
        number: usize,
    ) -> Result<()> {
        let mut request = Request::builder()
            .method(&self.method)
            .uri(self.path)
            .header("host", host.addr().to_string());
        if let Some(token) = self.tokens.get(number) {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        client.ready().await?;
        let response = client.send_request(request.body(Empty::new())?).await?;
        let status = response.status();
        let body = response.into_body().collect().await?.to_bytes();
        if status != self.expected {
            bail!("{}: {status} {}", self.name, String::from_utf8_lossy(&body));
        }
        Ok(())
    }

    fn median(&self) -> Duration {
        let mut spent = self.spent.clone();
        spent.sort_unstable();
        spent.get(spent.len() / 2).copied().unwrap_or_default()
    }

    /// The median of the rounds' ratios: what a round was slower by is then in both numbers.
    fn ratio(&self, reference: &Self) -> f64 {
        let mut ratios: Vec<f64> = self
            .spent
            .iter()
            .zip(&reference.spent)
            .map(|(this, reference)| this.div_duration_f64(*reference))
            .collect();
        ratios.sort_by(f64::total_cmp);
        ratios.get(ratios.len() / 2).copied().unwrap_or_default()
    }
}

/// The CPU time that the host's threads have used so far.
fn cpu_time() -> Result<Duration> {
    let mut nanoseconds = 0_u64;
    for task in fs::read_dir("/proc/self/task")? {
        let task = task?.path();
        if fs::read_to_string(task.join("comm"))?.trim_end() == THREADS {
            let accounts = fs::read_to_string(task.join("schedstat"))
                .context("this kernel does not account for the CPU time of single threads")?;
            let on_cpu = accounts.split_whitespace().next().unwrap_or_default();
            nanoseconds += on_cpu.parse::<u64>()?;
        }
    }
    ensure!(nanoseconds > 0, "the host's threads were not found");
    Ok(Duration::from_nanos(nanoseconds))
}

fn print(cases: &[Case], size: u64) {
    println!("Median of {ROUNDS} rounds of {REQUESTS} requests; Wasm of {size} bytes.");
    let floor = cases.iter().find(|case| case.group == Group::Floor);
    let floor = floor.map(Case::median).unwrap_or_default();
    for (group, title) in [
        (Group::Floor, "Nothing but the way through the host"),
        (Group::Verification, "Token verified, no record (400)"),
        (Group::Session, "Session opened at Stripe (200)"),
    ] {
        println!("\n| {title} | Ratio | CPU time, µs | Above `/healthz`, µs | Rounds, µs |");
        println!("| --- | ---: | ---: | ---: | ---: |");
        let group: Vec<&Case> = cases.iter().filter(|case| case.group == group).collect();
        for case in &group {
            let reference = group.iter().find(|case| case.is_reference);
            let ratio = reference.map_or_else(String::new, |reference| {
                format!("{:.2}", case.ratio(reference))
            });
            println!(
                "| {} | {ratio} | {} | {} | {} to {} |",
                case.name,
                case.median().as_micros(),
                case.median().saturating_sub(floor).as_micros(),
                case.spent.iter().min().map_or(0, Duration::as_micros),
                case.spent.iter().max().map_or(0, Duration::as_micros),
            );
        }
    }
}
