//! The HTTP server in front of the component.

use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::request::Parts;
use http::uri::{Authority, Scheme};
use http::{HeaderValue, Request, Response, StatusCode, Uri, header};
use http_body::Body;
use http_body_util::{BodyExt as _, Empty, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use wasmtime_wasi_http::handler::ProxyHandler;
use wasmtime_wasi_http::{Error, WasiBody};

use crate::body::WhileAlive;
use crate::closing::closed;
use crate::instance::{Assignment, Instances};
use crate::logs::Logs;
use crate::manifest::Route;

/// The time that the server waits when a connection cannot be accepted, for example because there are too many open
/// files.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// The parts by which a request is answered.
pub(crate) struct Server {
    pub(crate) handler: ProxyHandler<Instances>,
    pub(crate) front: Option<Front>,
    pub(crate) routes: Vec<Route>,
    pub(crate) logs: Logs,
}

/// Answers in front of the component, by the request's head.
pub(crate) type Front = Box<dyn Fn(&Parts) -> Option<Response<Bytes>> + Send + Sync>;

impl Server {
    /// Serves until `closing` is true, then until the last request in flight is answered.
    pub(crate) async fn run(
        self: Arc<Self>,
        listener: TcpListener,
        closing: watch::Receiver<bool>,
    ) {
        // The set aborts the connections when this future is dropped.
        let mut connections = JoinSet::new();
        let mut stop = pin!(closed(closing.clone()));
        loop {
            tokio::select! {
                accepted = listener.accept() => match accepted {
                    Ok((stream, _)) => {
                        connections.spawn(Arc::clone(&self).connection(stream, closing.clone()));
                    }
                    Err(error) => {
                        self.logs.tell(format!("cannot accept a connection: {error}"));
                        tokio::time::sleep(ACCEPT_PAUSE).await;
                    }
                },
                Some(_) = connections.join_next() => {}
                () = &mut stop => break,
            }
        }
        drop(listener);
        while connections.join_next().await.is_some() {}
    }

    async fn connection(self: Arc<Self>, stream: TcpStream, closing: watch::Receiver<bool>) {
        // As on Spin, without `TCP_NODELAY`: a component that sends several packets waits for the client's delayed
        // acknowledgement, so that measurements and tests show here what users of Spin get.
        let service = service_fn(|request| {
            let server = Arc::clone(&self);
            async move { Ok::<_, Infallible>(server.answer(request).await) }
        });
        let mut connection = pin!(
            http1::Builder::new()
                .timer(TokioTimer::new())
                .serve_connection(TokioIo::new(stream), service)
        );
        // An error here is the client's: it went away, or it does not speak HTTP.
        tokio::select! {
            _ = &mut connection => return,
            () = closed(closing) => connection.as_mut().graceful_shutdown(),
        }
        let _ = connection.await;
    }

    async fn answer(&self, mut request: Request<Incoming>) -> Response<WasiBody> {
        if let Some(front) = &self.front {
            let (parts, body) = request.into_parts();
            if let Some(response) = front(&parts) {
                return response.map(|body| whole(Full::new(body)));
            }
            request = Request::from_parts(parts, body);
        }
        let path = request.uri().path();
        if !self.routes.iter().any(|route| route.matches(path)) {
            return bare(StatusCode::NOT_FOUND);
        }
        let assignment = Assignment::default();
        let request = with_origin(request).map(|body| body.map_err(Error::from).boxed_unsync());
        match self.handler.handle(Arc::clone(&assignment), request).await {
            Ok(response) => match assignment.get() {
                Some(lost) => {
                    let lost = lost.clone();
                    response.map(|body| WhileAlive::new(body, lost).boxed_unsync())
                }
                None => response,
            },
            Err(error) => {
                self.logs.tell(format!("a request failed: {error:?}"));
                bare(StatusCode::INTERNAL_SERVER_ERROR)
            }
        }
    }
}

/// Gives the component an absolute address. Where the client has named no host, it is `localhost`.
fn with_origin(mut request: Request<Incoming>) -> Request<Incoming> {
    let host = request.headers().get(header::HOST);
    let authority = host
        .map(HeaderValue::as_bytes)
        .and_then(|host| Authority::try_from(host).ok())
        .unwrap_or_else(|| Authority::from_static("localhost"));
    let mut parts = std::mem::take(request.uri_mut()).into_parts();
    parts.scheme = Some(Scheme::HTTP);
    parts.authority.get_or_insert(authority);
    if parts.path_and_query.is_none() {
        parts.path_and_query = Some(http::uri::PathAndQuery::from_static("/"));
    }
    // All three parts are there, which is all that an address needs.
    *request.uri_mut() = Uri::from_parts(parts).unwrap_or_default();
    request
}

/// Makes an answer of the host itself.
fn bare(status: StatusCode) -> Response<WasiBody> {
    let mut response = Response::new(whole(Empty::new()));
    *response.status_mut() = status;
    response
}

/// Makes a body that is there already, and so cannot fail.
fn whole(body: impl Body<Data = Bytes, Error = Infallible> + Send + 'static) -> WasiBody {
    body.map_err(|never| match never {}).boxed_unsync()
}
