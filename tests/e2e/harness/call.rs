//! A request, from its making to its answer.

use std::net::SocketAddr;
use std::panic::Location;

use http::{HeaderMap, Method, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;

use super::answer::Answer;
use super::portico::Portico;

/// A request under construction.
pub(crate) struct Call<'a> {
    portico: &'a Portico,
    method: Method,
    base_path: &'static str,
    path: String,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl<'a> Call<'a> {
    pub(super) fn new(portico: &'a Portico, method: Method, path: &str) -> Self {
        Self {
            portico,
            method,
            base_path: "",
            path: path.to_owned(),
            headers: HeaderMap::new(),
            body: Vec::new(),
        }
    }

    /// Sends it to where Portico is mounted.
    pub(crate) fn below(mut self, base_path: &'static str) -> Self {
        self.base_path = base_path;
        self
    }

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
        let caller = Location::caller();
        let addr = self.portico.host.addr();
        let mut request = Request::builder()
            .method(self.method)
            .uri(format!("{}{}", self.base_path, self.path))
            .header("host", addr.to_string());
        request.headers_mut().unwrap().extend(self.headers);
        let request = request.body(Full::new(Bytes::from(self.body))).unwrap();
        let path = &request.uri().path()[self.base_path.len()..];
        let (method, path) = (request.method().clone(), path.to_owned());
        async move {
            let response = match exchange(addr, request.clone()).await {
                // A loaded machine may reset a connection that the host has not looked at yet. It is tried again once;
                // what the host or the component does wrong, it does again.
                Err(error) if was_reset(&error) => exchange(addr, request).await,
                other => other,
            };
            let answer = Answer::new(response.unwrap());
            answer.keeps_its_promises(caller);
            answer.is_described(&method, &path, caller);
            if let Some(url) = answer.url() {
                self.portico.keep_secret(url);
            }
            answer
        }
    }

    /// Sends the request, whose answer must be a session and nothing else. Returns the session's URL.
    #[track_caller]
    pub(crate) fn opens_session(self) -> impl Future<Output = String> {
        let caller = Location::caller();
        let sent = self.send();
        async move { sent.await.session(caller) }
    }

    /// Sends the request, whose answer must be an error of this status and code.
    #[track_caller]
    pub(crate) fn fails(self, status: u16, code: &str) -> impl Future<Output = Answer> {
        let caller = Location::caller();
        let sent = self.send();
        async move {
            let answer = sent.await;
            answer.error(status, code, caller);
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
