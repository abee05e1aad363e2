//! As much of Stripe and of Portico as the program talks to, over HTTP/1.1.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use hmac_sha256::HMAC;
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use crate::harness::SECRET;

/// Longer than any test waits in vain.
const PATIENCE: Duration = Duration::from_mins(1);

/// The server. Its threads end with the test.
pub(crate) struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    received: Condvar,
}

#[derive(Default)]
struct State {
    /// The newest first, as Stripe lists them.
    customers: Vec<Value>,
    requests: Vec<Request>,
    rules: Vec<Rule>,
}

/// A function that answers in the server's place, by the number of earlier requests of this kind.
struct Rule {
    method: &'static str,
    path: &'static str,
    earlier: usize,
    reply: Box<Answerer>,
}

type Answerer = dyn Fn(&Request, usize) -> Option<Reply> + Send;

/// A request that was received.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

/// An answer, or the lack of one.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    Answer {
        status: u16,
        headers: Vec<(String, String)>,
        body: String,
    },
    /// The connection closes.
    Closed,
    /// Nothing, for as long as the connection lasts.
    Never,
}

impl Reply {
    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self::Answer {
            status,
            headers: Vec::new(),
            body: body.to_string(),
        }
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        if let Self::Answer { headers, .. } = &mut self {
            headers.push((name.to_owned(), value.to_owned()));
        }
        self
    }
}

impl Request {
    /// A header, by its name in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(candidate, _)| candidate == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Whether the body has this text.
    pub(crate) fn names(&self, text: &str) -> bool {
        String::from_utf8_lossy(&self.body).contains(&format!("\"{text}\""))
    }
}

impl Server {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Self {
            address: listener.local_addr().unwrap(),
            shared: Arc::default(),
        };
        let shared = Arc::clone(&server.shared);
        thread::spawn(move || {
            for connection in listener.incoming() {
                let shared = Arc::clone(&shared);
                // A client that is killed leaves a connection that breaks.
                thread::spawn(move || connection.and_then(|connection| serve(connection, &shared)));
            }
        });
        server
    }

    pub(crate) fn address(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn add_customer(&self, id: &str, user: Option<&str>) {
        let metadata = user.map_or_else(|| json!({}), |user| json!({ "user_id": user }));
        let customer = json!({
            "id": id,
            "object": "customer",
            "email": "jenny.rosen@example.com",
            "name": "Jenny Rosen",
            "metadata": metadata,
            "subscriptions": {"object": "list", "data": [], "has_more": false},
        });
        self.state().customers.insert(0, customer);
    }

    pub(crate) fn change(&self, id: &str, change: impl FnOnce(&mut Value)) {
        let mut state = self.state();
        change(
            state
                .customers
                .iter_mut()
                .find(|customer| customer["id"] == id)
                .unwrap(),
        );
    }

    /// The user that a customer's metadata names.
    pub(crate) fn user(&self, id: &str) -> Option<String> {
        let state = self.state();
        let customer = state
            .customers
            .iter()
            .find(|customer| customer["id"] == id)?;
        Some(customer["metadata"]["user_id"].as_str()?.to_owned())
    }

    /// The identifiers of all customers.
    pub(crate) fn customers(&self) -> BTreeSet<String> {
        let state = self.state();
        let ids = state
            .customers
            .iter()
            .filter_map(|customer| customer["id"].as_str());
        ids.map(str::to_owned).collect()
    }

    /// Answers such requests by a function, from now on; where it says nothing, as the server does.
    pub(crate) fn on(
        &self,
        method: &'static str,
        path: &'static str,
        reply: impl Fn(&Request, usize) -> Option<Reply> + Send + 'static,
    ) {
        let mut state = self.state();
        state
            .rules
            .retain(|rule| (rule.method, rule.path) != (method, path));
        state.rules.push(Rule {
            method,
            path,
            earlier: 0,
            reply: Box::new(reply),
        });
    }

    pub(crate) fn all_requests(&self) -> Vec<Request> {
        self.state().requests.clone()
    }

    pub(crate) fn requests(&self, method: &str, path: &str) -> Vec<Request> {
        let mut requests = self.all_requests();
        requests.retain(|request| request.method == method && request.path == path);
        requests
    }

    pub(crate) fn forget_requests(&self) {
        self.state().requests.clear();
    }

    /// The customers that an event was received for.
    pub(crate) fn rung(&self) -> BTreeSet<String> {
        let events = self.requests("POST", crate::WEBHOOK);
        let events = events
            .iter()
            .map(|event| serde_json::from_slice::<Value>(&event.body).unwrap());
        events
            .map(|event| event["data"]["object"]["id"].as_str().unwrap().to_owned())
            .collect()
    }

    /// Waits until such a request has been received.
    pub(crate) fn wait_for(&self, method: &str, path: &str, named: &str) {
        let awaited = |state: &mut State| {
            !state.requests.iter().any(|request| {
                request.method == method && request.path == path && request.names(named)
            })
        };
        let state = self.state();
        let waited = self
            .shared
            .received
            .wait_timeout_while(state, PATIENCE, awaited);
        assert!(
            !waited.unwrap().1.timed_out(),
            "{method} {path} did not come"
        );
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().unwrap()
    }
}

/// Serves a connection until it ends.
fn serve(mut connection: TcpStream, shared: &Shared) -> std::io::Result<()> {
    let mut reader = BufReader::new(connection.try_clone()?);
    while let Some(request) = receive(&mut reader)? {
        let reply = {
            let mut state = shared.state.lock().unwrap();
            state.requests.push(request.clone());
            state.reply(&request)
        };
        shared.received.notify_all();
        match reply {
            Reply::Closed => return Ok(()),
            Reply::Never => {
                // Until the client is gone.
                let _ = reader.read_to_end(&mut Vec::new());
                return Ok(());
            }
            Reply::Answer {
                status,
                headers,
                body,
            } => {
                let mut answer = Vec::new();
                write!(
                    answer,
                    "HTTP/1.1 {status} Status\r\nContent-Length: {}\r\n",
                    body.len()
                )?;
                for (name, value) in headers {
                    write!(answer, "{name}: {value}\r\n")?;
                }
                write!(answer, "Content-Type: application/json\r\n\r\n{body}")?;
                connection.write_all(&answer)?;
            }
        }
    }
    Ok(())
}

/// The next request of a connection; none at its end.
fn receive(reader: &mut BufReader<TcpStream>) -> std::io::Result<Option<Request>> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let mut words = line.split(' ');
    let method = words.next().unwrap_or_default().to_owned();
    let target = words.next().unwrap_or_default();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let (path, query) = (path.to_owned(), query.to_owned());
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(':') else {
            break;
        };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let length = length
        .and_then(|(_, value)| value.parse().ok())
        .unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok(Some(Request {
        method,
        path,
        query,
        headers,
        body,
    }))
}

impl State {
    fn reply(&mut self, request: &Request) -> Reply {
        let rule = self
            .rules
            .iter_mut()
            .find(|rule| rule.method == request.method && rule.path == request.path);
        if let Some(rule) = rule {
            let reply = (rule.reply)(request, rule.earlier);
            rule.earlier += 1;
            if let Some(reply) = reply {
                return reply;
            }
        }
        match (request.method.as_str(), request.path.as_str()) {
            ("POST", crate::WEBHOOK) => portico(request),
            ("GET", "/v1/customers") => self.page(request),
            (method, path) => match path.strip_prefix("/v1/customers/") {
                Some(id) => self.customer(method, id, request),
                None => missing(),
            },
        }
    }

    /// Stripe's list (Stripe API, Pagination).
    fn page(&self, request: &Request) -> Reply {
        let parameter = |name: &str| {
            let mut parameters = request
                .query
                .split('&')
                .filter_map(|pair| pair.split_once('='));
            parameters
                .find(|(candidate, _)| *candidate == name)
                .map(|(_, value)| value)
        };
        let begin = match parameter("starting_after") {
            None => 0,
            Some(after) => match self
                .customers
                .iter()
                .position(|customer| customer["id"] == after)
            {
                Some(position) => position + 1,
                None => return missing(),
            },
        };
        let limit: usize = parameter("limit").unwrap().parse().unwrap();
        let data: Vec<_> = self.customers.iter().skip(begin).take(limit).collect();
        let has_more = begin + data.len() < self.customers.len();
        Reply::json(
            200,
            &json!({"object": "list", "data": data, "has_more": has_more}),
        )
    }

    fn customer(&mut self, method: &str, id: &str, request: &Request) -> Reply {
        let Some(customer) = self
            .customers
            .iter_mut()
            .find(|customer| customer["id"] == id)
        else {
            return missing();
        };
        if method == "POST" {
            let body = String::from_utf8(request.body.clone()).unwrap();
            let (name, value) = body.split_once('=').unwrap();
            let decode = |text| percent_decode_str(text).decode_utf8().unwrap().into_owned();
            let name = decode(name);
            let key = name
                .strip_prefix("metadata[")
                .unwrap()
                .strip_suffix(']')
                .unwrap();
            customer["metadata"][key] = Value::String(decode(value));
        }
        Reply::json(200, customer)
    }
}

fn missing() -> Reply {
    Reply::json(
        404,
        &json!({"error": {"code": "resource_missing", "type": "invalid_request_error"}}),
    )
}

/// Takes an event that is signed as Stripe signs, a short time ago.
fn portico(request: &Request) -> Reply {
    let signature = request.header("stripe-signature").unwrap_or_default();
    let parts = signature
        .strip_prefix("t=")
        .and_then(|rest| rest.split_once(",v1="));
    let (time, mac) = parts.unwrap_or_default();
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs();
    let is_young = time
        .parse::<u64>()
        .is_ok_and(|time| now.abs_diff(time) < 60);
    let signed = [time.as_bytes(), b".", &request.body].concat();
    let expected = HMAC::mac(signed, SECRET);
    let byte = |digits: &[u8]| u8::from_str_radix(str::from_utf8(digits).ok()?, 16).ok();
    let mac: Option<Vec<u8>> = mac.as_bytes().chunks(2).map(byte).collect();
    if is_young && mac.as_deref() == Some(&expected[..]) {
        Reply::json(200, &json!({"received": true}))
    } else {
        Reply::json(400, &json!({"error": "invalid_signature"}))
    }
}
