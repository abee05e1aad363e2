//! One Portico with its surroundings, and the promises that every answer and every log line must keep.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Mutex;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::{HeaderMap, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use portico_host::stripe_stand_in::StripeStandIn;
use portico_host::{EngineOptions, Host, HostBuilder, KeyValue, Program, tokens};
use serde_json::{Value, json};
use tokio::net::TcpStream;

mod openapi;

pub(crate) const PORTAL: &str = "/api/v1/account/billing-portal";
pub(crate) const BALANCE: &str = "/api/v1/account/balance";
pub(crate) const SECRET: &str = "e2e-secret-0123456789abcdef012345";
pub(crate) const API_KEY: &str = "sk_test_e2e4eC39HqLyjWDarjtT1zdp7dc";
pub(crate) const FRONTEND: &str = "https://app.example.com";
pub(crate) const ISSUER: &str = "https://id.example.com/";
pub(crate) const AUDIENCE: &str = "portico-e2e";

/// A user with a customer, and the customer's identifier.
pub(crate) const USER: &str = "user|paid@example.com";
pub(crate) const CUSTOMER: &str = "cus_E2EPaid";

const MANIFEST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/spin.toml");

/// The only headers that an answer may have. A header that is not here is a leak until somebody decides otherwise.
const ANSWER_HEADERS: &[&str] = &[
    "access-control-allow-headers",
    "access-control-allow-methods",
    "access-control-allow-origin",
    "access-control-expose-headers",
    "access-control-max-age",
    "allow",
    "cache-control",
    "content-type",
    "ratelimit",
    "ratelimit-policy",
    "retry-after",
    "vary",
    "www-authenticate",
    "x-content-type-options",
    "x-request-id",
    // What HTTP itself needs, from Portico and from the host.
    "connection",
    "content-length",
    "date",
];

/// A running Portico. When it goes, its log is searched for what must never be in one.
pub(crate) struct Portico {
    pub(crate) host: Host,
    pub(crate) stripe: StripeStandIn,
    secrets: Mutex<Vec<String>>,
}

/// What to start, before it starts.
pub(crate) struct Setup {
    variables: BTreeMap<&'static str, String>,
    engine: EngineOptions,
    host: HostBuilder,
}

impl Portico {
    /// Portico as most tests want it: one user with a customer that Stripe knows.
    pub(crate) async fn start() -> Self {
        Self::setup().start().await
    }

    pub(crate) fn setup() -> Setup {
        let variables = [
            ("stripe_api_key", API_KEY),
            ("frontend_url", FRONTEND),
            ("jwt_issuer", ISSUER),
            ("jwt_audience", AUDIENCE),
            ("jwt_hs256_secret", SECRET),
            // Most tests send more requests than a person does; the tests of limits turn them on.
            ("rate_limits", "off"),
        ];
        Setup {
            variables: variables
                .map(|(name, value)| (name, value.to_owned()))
                .into(),
            engine: EngineOptions::default(),
            host: Host::builder(MANIFEST),
        }
    }

    /// Remembers a text that must not appear in the log.
    pub(crate) fn keep_secret(&self, text: impl Into<String>) {
        let text = text.into();
        if text.len() >= 8 {
            self.secrets.lock().unwrap().push(text);
        }
    }

    /// Stores a user's record.
    pub(crate) async fn set_record(&self, user: &str, record: impl AsRef<[u8]>) {
        let key = format!("customer:{user}");
        self.host
            .key_value()
            .set(key, record.as_ref().to_vec())
            .await
            .unwrap();
    }

    /// A request to be sent.
    pub(crate) fn request(&self, method: Method, path: &str) -> Call<'_> {
        Call {
            portico: self,
            method,
            path: path.to_owned(),
            headers: HeaderMap::new(),
            body: Vec::new(),
        }
    }

    /// Stores a user's balance.
    pub(crate) async fn set_balance(&self, user: &str, record: &Value) {
        let key = format!("balance:{user}");
        let record = record.to_string().into_bytes();
        self.host.key_value().set(key, record).await.unwrap();
    }

    /// Asks the plan gate for a user.
    pub(crate) fn account(&self, user: &str) -> Call<'_> {
        let call = self.request(Method::GET, BALANCE);
        call.bearer(&token(&claims_of(user)))
    }

    /// A portal request without a token.
    pub(crate) fn portal(&self) -> Call<'_> {
        self.request(Method::POST, PORTAL)
    }

    /// A portal request of the user with a customer.
    pub(crate) fn portal_as_user(&self) -> Call<'_> {
        self.portal().bearer(&token(&claims()))
    }

    /// The log entry of a request, by its identifier. A line is written before the answer is sent, but may still be on
    /// its way through the host.
    pub(crate) async fn log_entry(&self, request_id: &str) -> Value {
        for _ in 0..200 {
            let entry = self
                .log_entries()
                .into_iter()
                .find(|entry| entry["request_id"] == request_id);
            if let Some(entry) = entry {
                return entry;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("no log entry of {request_id}: {:?}", self.host.logs());
    }

    /// All log entries so far.
    pub(crate) fn log_entries(&self) -> Vec<Value> {
        let parse = |line: &String| {
            serde_json::from_str(line).unwrap_or_else(|_| panic!("not a JSON line: {line}"))
        };
        self.host.logs().iter().map(parse).collect()
    }
}

impl Drop for Portico {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        let mut secrets = self.secrets.lock().unwrap().clone();
        secrets.extend([SECRET, API_KEY, USER, CUSTOMER, "paid@example.com"].map(str::to_owned));
        for line in self.host.logs() {
            for secret in &secrets {
                assert!(
                    !line.contains(secret.as_str()),
                    "the log tells {secret}: {line}"
                );
            }
            assert!(
                !line.contains("/p/session/"),
                "the log has a portal URL: {line}"
            );
            let mut words = line.split(|c: char| !c.is_ascii_alphanumeric() && !"._-".contains(c));
            let token = words.find(|word| word.starts_with("eyJ") && word.contains('.'));
            assert_eq!(token, None, "the log has what looks like a token: {line}");
        }
        // As on Spin, a required variable without a value is the host's concern, too. Nothing else is.
        let host_logs = self.host.host_logs();
        let expected =
            |line: &String| line.contains("outbound calls will be denied: the required variable");
        assert!(
            host_logs.iter().all(expected),
            "the host has something to say: {host_logs:?}"
        );
    }
}

impl Setup {
    /// Sets a variable.
    pub(crate) fn variable(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.variables.insert(name, value.into());
        self
    }

    /// Uses this store.
    pub(crate) fn on(mut self, store: &KeyValue) -> Self {
        self.host = self.host.key_value(store.clone());
        self
    }

    /// Runs the component by an engine with these options.
    pub(crate) fn engine(mut self, options: EngineOptions) -> Self {
        self.engine = options;
        self
    }

    /// Leaves a variable to its default.
    pub(crate) fn without(mut self, name: &str) -> Self {
        self.variables.remove(name);
        self
    }

    pub(crate) async fn start(self) -> Portico {
        let stripe = StripeStandIn::start("127.0.0.1:0").await.unwrap();
        stripe.add_customer(CUSTOMER, false);
        let program = Program::load_with(wasm(), self.engine)
            .expect("run the tests by `cargo xtask test`, which builds the component");
        let mut host = self.host.program(program);
        if !self.variables.contains_key("stripe_api_base") {
            host = host.variable("stripe_api_base", stripe.origin());
        }
        for (name, value) in self.variables {
            host = host.variable(name, value);
        }
        let portico = Portico {
            host: host.start().await.unwrap(),
            stripe,
            secrets: Mutex::default(),
        };
        let record = json!({"stripe_customer_id": CUSTOMER, "plan": "paid", "livemode": false});
        portico.set_record(USER, record.to_string()).await;
        portico
    }
}

/// The component as the manifest names it.
pub(crate) fn wasm() -> std::path::PathBuf {
    let manifest = portico_host::Manifest::load(MANIFEST).unwrap();
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(&manifest.component.source)
}

/// Seconds since the Unix epoch.
pub(crate) fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs()
}

/// The claims of a good token.
pub(crate) fn claims() -> Value {
    json!({"iss": ISSUER, "aud": AUDIENCE, "sub": USER, "iat": now(), "exp": now() + 600})
}

/// The claims of a good token of another user.
pub(crate) fn claims_of(user: &str) -> Value {
    let mut claims = claims();
    claims["sub"] = user.into();
    claims
}

/// A token with these claims.
pub(crate) fn token(claims: &Value) -> String {
    tokens::hs256(claims, SECRET.as_bytes())
}

/// A request under construction.
pub(crate) struct Call<'a> {
    portico: &'a Portico,
    method: Method,
    path: String,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Call<'_> {
    pub(crate) fn header(mut self, name: &'static str, value: impl AsRef<[u8]>) -> Self {
        let value = http::HeaderValue::from_bytes(value.as_ref()).unwrap();
        self.headers.append(name, value);
        self
    }

    pub(crate) fn bearer(self, token: &str) -> Self {
        self.portico.keep_secret(token);
        self.header("authorization", format!("Bearer {token}"))
    }

    pub(crate) fn json(self, body: &Value) -> Self {
        self.body("application/json", body.to_string())
    }

    pub(crate) fn body(mut self, content_type: &'static str, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self.portico
            .keep_secret(String::from_utf8_lossy(&self.body));
        self.header("content-type", content_type)
    }

    /// Sends the request and sees to the promises that every answer must keep.
    #[track_caller]
    pub(crate) fn send(self) -> impl Future<Output = Answer> {
        let caller = std::panic::Location::caller();
        let addr = self.portico.host.addr();
        let mut request = Request::builder()
            .method(self.method)
            .uri(&self.path)
            .header("host", addr.to_string());
        request.headers_mut().unwrap().extend(self.headers);
        let request = request.body(Full::new(Bytes::from(self.body))).unwrap();
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        async move {
            let response = match exchange(addr, request.clone()).await {
                // A loaded machine may reset a connection that the host has not looked at yet. It is tried again once;
                // what the host or the component does wrong, it does again.
                Err(error) if was_reset(&error) => exchange(addr, request).await,
                other => other,
            };
            let (parts, body) = response.unwrap().into_parts();
            let answer = Answer {
                status: parts.status,
                headers: parts.headers,
                body: body.to_vec(),
            };
            answer.keeps_its_promises(caller);
            let described = openapi::OpenApi::of_the_repository().validate(
                &method,
                &path,
                answer.status,
                &answer.headers,
                &answer.body,
            );
            if let Err(problem) = described {
                panic!("{caller}: docs/openapi.yaml does not describe this: {problem}: {answer:?}");
            }
            if let Some(url) = answer.url() {
                self.portico.keep_secret(url);
            }
            answer
        }
    }
}

/// Sends a request over a connection of its own, and reads the whole answer.
async fn exchange(
    addr: SocketAddr,
    request: Request<Full<Bytes>>,
) -> hyper::Result<Response<Bytes>> {
    let stream = TcpStream::connect(addr).await.unwrap();
    let (mut client, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    let driver = tokio::spawn(connection);
    let (parts, body) = client.send_request(request).await?.into_parts();
    let body = body.collect().await?.to_bytes();
    drop(client);
    let _ = driver.await;
    Ok(Response::from_parts(parts, body))
}

fn was_reset(error: &hyper::Error) -> bool {
    std::error::Error::source(error)
        .and_then(|source| source.downcast_ref::<std::io::Error>())
        .is_some_and(|error| error.kind() == std::io::ErrorKind::ConnectionReset)
}

/// An answer.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let body = String::from_utf8_lossy(&self.body);
        write!(f, "{} {:?} {body}", self.status, self.headers)
    }
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("not JSON: {self:?}"))
    }

    pub(crate) fn request_id(&self) -> &str {
        self.header("x-request-id").unwrap()
    }

    /// The session's URL, if the answer has one.
    pub(crate) fn url(&self) -> Option<String> {
        let body: Value = serde_json::from_slice(&self.body).ok()?;
        Some(body.get("url")?.as_str()?.to_owned())
    }

    /// Asserts that the answer is an error of this status and code.
    #[track_caller]
    pub(crate) fn is_error(&self, status: u16, code: &str) -> &Self {
        assert_eq!(
            (self.status.as_u16(), self.json()["error"].as_str()),
            (status, Some(code)),
            "{self:?}"
        );
        self
    }

    /// Asserts that the answer is a session and nothing else, and returns its URL.
    #[track_caller]
    pub(crate) fn is_session(&self) -> String {
        assert_eq!(self.status, 200, "{self:?}");
        let url = self.url().unwrap_or_else(|| panic!("no URL: {self:?}"));
        assert_eq!(self.json(), json!({ "url": url }));
        url
    }

    fn keeps_its_promises(&self, caller: &std::panic::Location<'_>) {
        for (name, _) in &self.headers {
            assert!(
                ANSWER_HEADERS.contains(&name.as_str()),
                "{caller}: unknown header {name}: {self:?}"
            );
            let values = self.headers.get_all(name).iter().count();
            assert_eq!(values, 1, "{caller}: {name} comes {values} times: {self:?}");
        }
        for (name, value) in [
            ("content-type", "application/json"),
            ("cache-control", "no-store"),
            ("x-content-type-options", "nosniff"),
        ] {
            assert_eq!(self.header(name), Some(value), "{caller}: {name}: {self:?}");
        }
        let id = self.header("x-request-id").unwrap_or_default();
        let valid = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        assert!(
            (1..=64).contains(&id.len()) && id.chars().all(valid),
            "{caller}: {self:?}"
        );
        if self.status == 204 {
            assert!(
                self.body.is_empty() && self.header("content-length").is_none(),
                "{caller}: {self:?}"
            );
            return;
        }
        assert_eq!(
            self.header("content-length"),
            Some(self.body.len().to_string().as_str()),
            "{caller}"
        );
        if self.status.as_u16() >= 400 && self.status != 503 {
            let body = self.json();
            assert_eq!(body["request_id"], id, "{caller}: {self:?}");
            assert!(
                body["message"]
                    .as_str()
                    .is_some_and(|message| !message.is_empty()),
                "{caller}: {self:?}"
            );
            if self.header("content-type").is_some() && body["error"] != "insufficient_balance" {
                assert_eq!(body.as_object().unwrap().len(), 3, "{caller}: {self:?}");
            }
        }
    }
}
