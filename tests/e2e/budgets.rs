//! Budgets: what a request may cost, and how large the component may be, by figures that are the same wherever the same
//! Wasm runs. `docs/performance.md` has the same table, and says what else was measured.

use std::io::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};

use http::Method;
use jwt_simple::prelude::{
    Claims, Duration, ECDSAP256KeyPairLike, ECDSAP384KeyPairLike, ES256KeyPair, ES384KeyPair,
    Ed25519KeyPair, EdDSAKeyPairLike, HS256Key, MACLike, RS256KeyPair, RSAKeyPairLike,
};
use portico_e2e::wasm;
use portico_host::EngineOptions;
use portico_host::key_value::Counts;
use serde_json::json;

use crate::harness::{AUDIENCE, BALANCE, CUSTOMER, HISTORY, ISSUER, PORTAL, Portico, SECRET, USER};

/// The percentage by which the fuel of a request may differ from its budget. Random keys and signatures move it by up
/// to one percent. A change that saves more than this must also lower the budget, or the next one could lose it again
/// unseen.
const FUEL_DRIFT_PERCENT: u64 = 3;

/// The percentage by which the size may differ from its budget, so that not every change has to write it anew.
const SIZE_DRIFT_PERCENT: u64 = 1;

/// The size of the Wasm, in bytes.
const SIZE: u64 = 1_303_000;

/// The budget of a request.
struct Budget {
    request: &'static str,
    /// Wasmtime's fuel: about the number of the component's instructions.
    fuel: u64,
    /// Reads of the store.
    gets: u64,
    /// Steps of the store's counters, which are what a store is slow at.
    increments: u64,
    /// The calls to Stripe.
    calls: u64,
}

const fn budget(
    request: &'static str,
    fuel: u64,
    (gets, increments, calls): (u64, u64, u64),
) -> Budget {
    Budget {
        request,
        fuel,
        gets,
        increments,
        calls,
    }
}

/// "First" is a token that the instance has not seen, "repeated" is one that it has. The instance's first request also
/// reads the configuration, with a key of each algorithm, and looks which windows there are counters of. The second
/// signature that is checked with an ES256 key makes the tables by which the key's later ones are checked.
const BUDGETS: &[Budget] = &[
    budget("the instance's first", 1_080_000, (3, 1, 1)),
    budget("GET /healthz", 39_400, (0, 0, 0)),
    budget("without a token", 50_300, (0, 0, 0)),
    budget("balance, repeated", 128_800, (4, 0, 0)),
    budget("no record, repeated", 123_400, (1, 1, 0)),
    budget("session, HS256 first", 311_100, (2, 1, 1)),
    budget("session, HS256 repeated", 236_600, (2, 1, 1)),
    budget("session, RS256 first", 3_967_000, (2, 1, 1)),
    budget("session, RS256 repeated", 261_200, (2, 1, 1)),
    budget("session, ES256, the key's first", 12_650_000, (2, 1, 1)),
    budget("session, ES256, the key's second", 28_440_000, (2, 1, 1)),
    budget("session, ES256 first", 3_782_000, (2, 1, 1)),
    budget("session, ES256 repeated", 246_000, (2, 1, 1)),
    budget("session, ES384 first", 72_740_000, (2, 1, 1)),
    budget("session, ES384 repeated", 246_000, (2, 1, 1)),
    budget("session, EdDSA first", 2_473_000, (2, 1, 1)),
    budget("session, EdDSA repeated", 246_000, (2, 1, 1)),
    budget("invoices, a page of 10", 5_174_000, (2, 1, 1)),
    budget("invoices, a page of 100", 49_920_000, (2, 1, 1)),
    budget("payments, a page of 20", 2_508_000, (2, 1, 1)),
];

/// Pages of invoices that are as long as Stripe's: ten lines each, so that a hundred are more than a megabyte.
const INVOICES_10: &str = "/api/v1/billing/invoices?limit=10";
const INVOICES_100: &str = "/api/v1/billing/invoices?limit=100";

/// The number of requests of a kind that are measured; the median counts.
const REQUESTS: usize = 7;

/// Requests of one kind.
struct Series {
    budget: &'static Budget,
    path: &'static str,
    /// One for each request; empty where none is sent.
    tokens: Vec<String>,
    /// The answer that they get.
    status: u16,
}

/// The cost of requests of one kind.
#[derive(Debug)]
struct Cost {
    fuel: u64,
    store: Counts,
    calls: u64,
}

struct Keys {
    hs256: HS256Key,
    rs256: RS256KeyPair,
    es256: ES256KeyPair,
    es384: ES384KeyPair,
    ed25519: Ed25519KeyPair,
}

impl Keys {
    fn new() -> Self {
        Self {
            hs256: HS256Key::from_bytes(SECRET.as_bytes()),
            rs256: RS256KeyPair::generate(2048).unwrap().with_key_id("rsa"),
            es256: ES256KeyPair::generate().with_key_id("ec"),
            es384: ES384KeyPair::generate().with_key_id("384"),
            ed25519: Ed25519KeyPair::generate().with_key_id("okp"),
        }
    }

    fn public(&self) -> String {
        let keys = [
            self.rs256.public_key().to_jwk(),
            self.es256.public_key().to_jwk(),
            self.es384.public_key().to_jwk(),
            self.ed25519.public_key().to_jwk(),
        ];
        format!("{{\"keys\":[{}]}}", keys.join(","))
    }

    /// Tokens that differ from all others, but not in length.
    fn tokens(&self, algorithm: &str, user: &str) -> Vec<String> {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);

        let token = |_| {
            let number = NUMBER.fetch_add(1, Ordering::Relaxed);
            let claims = Claims::create(Duration::from_mins(10))
                .with_issuer(ISSUER)
                .with_audience(AUDIENCE)
                .with_subject(user)
                .with_jwt_id(format!("{number:04}"));
            match algorithm {
                "HS256" => self.hs256.authenticate(claims),
                "RS256" => self.rs256.sign(claims),
                "ES256" => self.es256.sign(claims),
                "ES384" => self.es384.sign(claims),
                "EdDSA" => self.ed25519.sign(claims),
                _ => panic!("no algorithm {algorithm}"),
            }
            .unwrap()
        };
        (0..REQUESTS).map(token).collect()
    }
}

/// All kinds, in the order of the budgets. Each repeated token is one that was sent before.
fn series(keys: &Keys) -> Vec<Series> {
    let hs256 = keys.tokens("HS256", USER);
    let unknown = keys.tokens("HS256", "nobody");
    let none = vec![String::new(); REQUESTS];
    let mut all = vec![
        (PORTAL, hs256[..1].to_vec(), 200),
        ("/healthz", none.clone(), 200),
        (PORTAL, none, 401),
        (BALANCE, vec![hs256[0].clone(); REQUESTS], 200),
        (PORTAL, vec![unknown[0].clone(); REQUESTS], 400),
    ];
    for algorithm in ["HS256", "RS256", "ES256", "ES384", "EdDSA"] {
        let mut first = keys.tokens(algorithm, USER);
        let repeated = vec![first[0].clone(); REQUESTS];
        if algorithm == "ES256" {
            all.extend(first.drain(..2).map(|token| (PORTAL, vec![token], 200)));
        }
        all.push((PORTAL, first, 200));
        all.push((PORTAL, repeated, 200));
    }
    for path in [INVOICES_10, INVOICES_100, HISTORY] {
        all.push((path, vec![hs256[0].clone(); REQUESTS], 200));
    }
    assert_eq!(all.len(), BUDGETS.len());
    all.into_iter()
        .zip(BUDGETS)
        .map(|((path, tokens, status), budget)| Series {
            budget,
            path,
            tokens,
            status,
        })
        .collect()
}

/// Sends all requests, one after the other, and returns the median cost of each kind.
async fn measure() -> Vec<(&'static Budget, Cost)> {
    let keys = Keys::new();
    let portico = Portico::setup()
        .variable("jwt_public_keys", keys.public())
        // Limits that are applied, and never reached.
        .variable("rate_limits", "free=1000000/86400,paid=1000000/86400")
        .engine(EngineOptions {
            fuel: true,
            ..EngineOptions::default()
        })
        .start()
        .await;
    portico
        .set_balance(USER, &json!({"current_balance": 1200}))
        .await;
    portico.add_long_invoices(100);
    for number in 0..20 {
        let id = format!("ch_Long{number:020}");
        let charge = json!({"id": id, "created": 1_793_534_400});
        portico.stripe.add_charge(CUSTOMER, &charge);
    }
    let all = series(&keys);
    let mut observed: Vec<Vec<(Counts, u64)>> = Vec::new();
    for series in &all {
        let mut of_series = Vec::new();
        for token in &series.tokens {
            let before = (
                portico.host.key_value().counts(),
                portico.host.outbound_calls(),
            );
            series.send(&portico, token).await;
            let store = portico.host.key_value().counts() - before.0;
            of_series.push((store, portico.host.outbound_calls() - before.1));
        }
        observed.push(of_series);
    }
    // A request is charged until the next one begins, so there is one more.
    portico.request(Method::GET, "/healthz").send().await;

    let mut fuel = portico.host.fuel().into_iter();
    all.iter()
        .zip(observed)
        .map(|(series, mut observed)| {
            let mut fuel: Vec<u64> = fuel.by_ref().take(observed.len()).flatten().collect();
            assert!(!fuel.is_empty(), "no fuel was counted");
            fuel.sort_unstable();
            let (store, calls) = observed.swap_remove(observed.len() / 2);
            let fuel = fuel[fuel.len() / 2];
            (series.budget, Cost { fuel, store, calls })
        })
        .collect()
}

impl Series {
    async fn send(&self, portico: &Portico, token: &str) {
        let method = if self.path == PORTAL {
            Method::POST
        } else {
            Method::GET
        };
        let mut call = portico.request(method, self.path);
        if !token.is_empty() {
            call = call.bearer(token);
        }
        let answer = call.send().await;
        assert_eq!(
            answer.status, self.status,
            "{}: {answer:?}",
            self.budget.request
        );
    }
}

fn is_within(value: u64, budget: u64, percent: u64) -> bool {
    value.abs_diff(budget) * 100 <= budget * percent
}

/// Returns whether the Wasm is the one that is deployed, which the budgets are for. If not, this says so.
fn is_deployed() -> bool {
    let profile = portico_e2e::profile();
    let is_deployed = profile == portico_e2e::RELEASE;
    if !is_deployed {
        // Text that goes through `eprintln!` is only shown for tests that fail.
        let _ = writeln!(
            std::io::stderr(),
            "budgets are skipped on the profile {profile}: `cargo xtask test --release --test e2e budgets::` measures them"
        );
    }
    is_deployed
}

#[tokio::test]
async fn every_request_keeps_its_budget() {
    if !is_deployed() {
        return;
    }
    let costs = measure().await;
    let table: Vec<String> = costs
        .iter()
        .map(|(budget, cost)| {
            let within = is_within(cost.fuel, budget.fuel, FUEL_DRIFT_PERCENT);
            let mark = if within { " " } else { "!" };
            format!(
                "{mark} {:28} {:>10} (budget {})",
                budget.request, cost.fuel, budget.fuel
            )
        })
        .collect();
    println!("{}", table.join("\n"));
    assert!(
        costs
            .iter()
            .all(|(budget, cost)| is_within(cost.fuel, budget.fuel, FUEL_DRIFT_PERCENT)),
        "the fuel of a request is more than {FUEL_DRIFT_PERCENT} % from its budget. If that is meant, write the new \
         figure into BUDGETS and into docs/performance.md:\n{}",
        table.join("\n")
    );
    for (budget, cost) in &costs {
        assert_eq!(
            (cost.store.gets, cost.store.increments, cost.calls),
            (budget.gets, budget.increments, budget.calls),
            "reads, counts and calls to Stripe: {}",
            budget.request
        );
    }
}

/// The most that a session may cost with a token that the instance has not seen: a signature that is checked by the
/// wrong arithmetic costs several times as much.
const LIMITS: &[(&str, u64)] = &[
    ("session, HS256 first", 330_000),
    ("session, HS256 repeated", 240_000),
    ("session, RS256 first", 4_300_000),
    ("session, ES256, the key's first", 13_000_000),
    ("session, ES256 first", 5_200_000),
    ("session, ES384 first", 75_000_000),
    ("session, EdDSA first", 2_700_000),
];

fn of(request: &str) -> &'static Budget {
    BUDGETS
        .iter()
        .find(|budget| budget.request == request)
        .unwrap()
}

#[test]
fn no_budget_is_above_its_limit() {
    for (request, limit) in LIMITS {
        assert!(of(request).fuel <= *limit, "{request}");
    }
}

#[test]
fn the_budgets_of_sessions_keep_what_is_promised() {
    let reference = of("session, HS256 first").fuel;
    for algorithm in ["HS256", "RS256", "ES256", "ES384", "EdDSA"] {
        let [first, repeated] =
            ["first", "repeated"].map(|time| of(&format!("session, {algorithm} {time}")));
        for budget in [first, repeated] {
            assert!(budget.gets <= 3, "{}", budget.request);
            assert!(budget.increments <= 1, "{}", budget.request);
            assert_eq!(budget.calls, 1, "{}", budget.request);
        }
        assert!(
            repeated.fuel * 2 <= reference * 3,
            "{algorithm}: a repeated token costs more than 1.5 times what HS256 costs"
        );
    }
}

#[test]
fn the_wasm_keeps_its_size() {
    if !is_deployed() {
        return;
    }
    let size = std::fs::metadata(wasm("portico")).unwrap().len();
    println!("{size} bytes");
    assert!(
        is_within(size, SIZE, SIZE_DRIFT_PERCENT),
        "the Wasm has {size} bytes, which is more than {SIZE_DRIFT_PERCENT} % from its budget of {SIZE}. If that is \
         meant, write the new figure into SIZE and into docs/performance.md"
    );
}

/// The memory with which an instance serves pages of a hundred invoices, one after the other.
const MEMORY: usize = 8 << 20;

/// The memory with which it serves as many of them at a time as Spin gives an instance.
const MEMORY_OF_16: usize = 48 << 20;

#[tokio::test]
async fn a_page_of_a_hundred_invoices_fits_into_the_memory() {
    for (bytes, at_a_time) in [(MEMORY, 1), (MEMORY_OF_16, 16)] {
        // However long the stand-in takes for so many.
        let portico = Portico::setup()
            .variable("stripe_timeout_ms", "120000")
            .max_memory(bytes)
            .start()
            .await;
        portico.add_long_invoices(100);
        for _ in 0..3 {
            let calls = (0..at_a_time).map(|_| portico.get_as(INVOICES_100, USER).send());
            for answer in futures::future::join_all(calls).await {
                assert_eq!(answer.status, 200, "{answer:?}");
            }
        }
    }
}
