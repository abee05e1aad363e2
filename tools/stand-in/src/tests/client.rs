//! A client that shows what really arrives: statuses, headers, half bodies, and how connections end.

use std::io;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::StripeStandIn;

pub(super) const KEY: &str = "sk_test_51PorticoStandIn";

/// An answer that arrived whole.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

impl Answer {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers
            .find(|(other, _)| other.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    pub(super) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).expect("a JSON body")
    }
}

/// One connection.
pub(super) struct Client {
    stream: TcpStream,
    pub(super) received: Vec<u8>,
}

impl Client {
    pub(super) async fn connect(stripe: &StripeStandIn) -> Self {
        let stream = TcpStream::connect(stripe.addr())
            .await
            .expect("a listening stand-in");
        Self {
            stream,
            received: Vec::new(),
        }
    }

    pub(super) async fn write(&mut self, bytes: &[u8]) {
        self.stream
            .write_all(bytes)
            .await
            .expect("an open connection");
    }

    /// Sends a request for a session; `headers` replace the usual ones of the same name.
    pub(super) async fn send(&mut self, headers: &[(&str, &str)], body: &str) {
        let authorization = format!("Bearer {KEY}");
        let usual = [
            ("Authorization", authorization.as_str()),
            ("Content-Type", "application/x-www-form-urlencoded"),
        ];
        let mut head = format!(
            "POST /v1/billing_portal/sessions HTTP/1.1\r\nHost: stripe\r\nContent-Length: {}\r\n",
            body.len()
        );
        let kept = usual
            .iter()
            .filter(|(name, _)| headers.iter().all(|(other, _)| other != name));
        for (name, value) in kept.chain(headers) {
            head.extend([*name, ": ", *value, "\r\n"]);
        }
        self.write(format!("{head}\r\n{body}").as_bytes()).await;
    }

    /// Receives an answer whole. What has arrived of a broken one stays in `received`.
    pub(super) async fn receive(&mut self) -> io::Result<Answer> {
        let end = self
            .fill_until(|bytes| find(bytes, b"\r\n\r\n").map(|at| at + 4))
            .await?;
        let head = String::from_utf8_lossy(&self.received[..end]).into_owned();
        let mut lines = head.lines();
        let status = lines
            .next()
            .and_then(|line| line.split(' ').nth(1)?.parse().ok())
            .expect("a status");
        let headers = lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        self.received.drain(..end);
        let mut answer = Answer {
            status,
            headers,
            body: Vec::new(),
        };
        if answer.header("transfer-encoding").is_some() {
            answer.body = self.receive_chunks().await?;
        } else {
            let length = answer
                .header("content-length")
                .and_then(|length| length.parse().ok())
                .expect("a length");
            answer.body = self.take(length).await?;
        }
        Ok(answer)
    }

    async fn receive_chunks(&mut self) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let end = self
                .fill_until(|bytes| find(bytes, b"\r\n").map(|at| at + 2))
                .await?;
            let line = self.take(end).await?;
            let size = usize::from_str_radix(String::from_utf8_lossy(&line).trim(), 16)
                .expect("a chunk's size");
            let chunk = self.take(size + 2).await?;
            if size == 0 {
                return Ok(body);
            }
            body.extend(&chunk[..size]);
        }
    }

    async fn take(&mut self, length: usize) -> io::Result<Vec<u8>> {
        self.fill_until(|bytes| (bytes.len() >= length).then_some(length))
            .await?;
        Ok(self.received.drain(..length).collect())
    }

    async fn fill_until(&mut self, complete: impl Fn(&[u8]) -> Option<usize>) -> io::Result<usize> {
        loop {
            if let Some(end) = complete(&self.received) {
                return Ok(end);
            }
            if self.stream.read_buf(&mut self.received).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }
}

/// One request on a connection of its own.
pub(super) async fn post(stripe: &StripeStandIn, headers: &[(&str, &str)], body: &str) -> Answer {
    let mut client = Client::connect(stripe).await;
    client.send(headers, body).await;
    client.receive().await.expect("an answer")
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes
        .windows(wanted.len())
        .position(|window| window == wanted)
}

/// A call of the API on a connection of its own, with the test key: its status and its JSON.
pub(super) async fn call(
    stripe: &StripeStandIn,
    method: &str,
    path: &str,
    body: &str,
) -> (u16, serde_json::Value) {
    let mut client = Client::connect(stripe).await;
    let form = "application/x-www-form-urlencoded";
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: stripe\r\nAuthorization: Bearer {KEY}\r\nContent-Type: {form}\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    client.write(head.as_bytes()).await;
    let answer = client.receive().await.expect("an answer");
    (answer.status, answer.json())
}

/// A call that is answered with 200, and its JSON.
#[track_caller]
pub(super) fn ok((status, json): (u16, serde_json::Value)) -> serde_json::Value {
    assert_eq!(status, 200, "{json}");
    json
}

/// The identifier of an object.
#[track_caller]
pub(super) fn id(object: &serde_json::Value) -> &str {
    object["id"].as_str().expect("an identifier")
}
