//! A client that shows what really arrives: statuses, headers, half bodies, and how connections end.

use std::io;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::StripeStandIn;
use crate::stream::Stream;
use crate::wire::{self, Answer};

const SESSIONS: &str = "/v1/billing_portal/sessions";

impl Answer {
    pub(super) fn parsed(&self) -> Value {
        serde_json::from_slice(&self.body).expect("a JSON body")
    }

    pub(super) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("text")
    }
}

/// One connection.
pub(super) struct Client(Stream);

impl Client {
    pub(super) async fn connect(stripe: &StripeStandIn) -> Self {
        let socket = TcpStream::connect(stripe.addr()).await;
        Self(Stream::new(socket.expect("a listening stand-in")).expect("a connection"))
    }

    pub(super) async fn write(&mut self, bytes: &[u8]) {
        let written = self.0.socket.write_all(bytes).await;
        written.expect("an open connection");
    }

    /// Sends a request for a portal session.
    pub(super) async fn send(&mut self, headers: &[(&str, &str)], body: &str) {
        self.request("POST", SESSIONS, headers, body).await;
    }

    /// Sends a request; `headers` replace the usual ones of the same name.
    pub(super) async fn request(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) {
        let usual = [
            ("Authorization", "Bearer sk_test_51PorticoStandIn"),
            ("Content-Type", "application/x-www-form-urlencoded"),
        ];
        let length = body.len();
        let mut head =
            format!("{method} {path} HTTP/1.1\r\nHost: stripe\r\nContent-Length: {length}\r\n");
        let kept = usual
            .iter()
            .filter(|(name, _)| headers.iter().all(|(other, _)| other != name));
        for (name, value) in kept.chain(headers) {
            head.extend([*name, ": ", *value, "\r\n"]);
        }
        self.write(format!("{head}\r\n{body}").as_bytes()).await;
    }

    /// Receives an answer whole.
    pub(super) async fn receive(&mut self) -> io::Result<Answer> {
        wire::read_answer(&mut self.0).await
    }

    /// Receives all that comes, and says how it ends, if not in order; `TimedOut` stands for an end that does not come.
    pub(super) async fn receive_all(&mut self) -> (String, Option<io::ErrorKind>) {
        let mut received = Vec::new();
        let reading = async {
            while self.0.socket.read_buf(&mut received).await? > 0 {}
            io::Result::Ok(())
        };
        let end = tokio::time::timeout(Duration::from_millis(150), reading).await;
        let end = end.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
        let text = String::from_utf8_lossy(&received).into_owned();
        (text, end.err().map(|error| error.kind()))
    }
}

/// One request on a connection of its own, whose address may be whole.
pub(super) async fn ask(
    stripe: &StripeStandIn,
    method: &str,
    url: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Answer {
    let mut client = Client::connect(stripe).await;
    let path = url.strip_prefix(&stripe.origin()).unwrap_or(url);
    client.request(method, path, headers, body).await;
    client.receive().await.expect("an answer")
}

/// One request for a portal session on a connection of its own.
pub(super) async fn post(stripe: &StripeStandIn, headers: &[(&str, &str)], body: &str) -> Answer {
    ask(stripe, "POST", SESSIONS, headers, body).await
}

/// A call that is answered with 200, and its JSON.
#[track_caller]
pub(super) fn ok((status, json): (u16, Value)) -> Value {
    assert_eq!(status, 200, "{json}");
    json
}

/// The identifier of an object.
#[track_caller]
pub(super) fn id(object: &Value) -> &str {
    object["id"].as_str().expect("an identifier")
}

/// Expects members of an object, and of the objects and lists within.
#[track_caller]
pub(super) fn has(object: &Value, expected: &Value) {
    let fits = match (object, expected) {
        (Value::Object(members), Value::Object(expected)) => {
            for (name, expected) in expected {
                has(members.get(name).unwrap_or(&"is missing".into()), expected);
            }
            true
        }
        (Value::Array(items), Value::Array(expected)) => {
            for (item, expected) in items.iter().zip(expected) {
                has(item, expected);
            }
            items.len() == expected.len()
        }
        _ => object == expected,
    };
    assert!(fits, "{object} is not {expected}");
}

/// The status and the text that the control surface answers.
pub(super) async fn control(stripe: &StripeStandIn, method: &str, path: &str) -> (u16, String) {
    let path = format!("/stand-in/{path}");
    let answer = ask(stripe, method, &path, &[], "").await;
    (answer.status, answer.text().to_owned())
}
