//! The component's outbound calls.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::Result;
use http_body_util::BodyExt as _;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::capture_connection;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::time::timeout;
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody, WasiHttpHooks};

use crate::allowed_hosts::{AllowedHostError, AllowedHosts};
use crate::body::{BetweenBytes, WhileAlive};
use crate::logs::Logs;
use crate::lost::Lost;

#[cfg(feature = "services")]
mod connector;
/// In place of the connections with TLS, in a host that has none.
#[cfg(not(feature = "services"))]
mod connector {
    pub(super) use hyper_util::client::legacy::connect::HttpConnector as Connector;

    pub(super) fn connector(roots: &[Vec<u8>]) -> anyhow::Result<Connector> {
        anyhow::ensure!(roots.is_empty(), "this host was built without TLS");
        Ok(Connector::new())
    }
}
mod errors;

use connector::Connector;

/// The time-outs that a request without options has, as on Spin.
const DEFAULT_TIMEOUT: Duration = Duration::from_mins(10);

type Response = http::Response<WasiBody>;

/// The way out for all instances of a running component: the hosts that they may call, and one pool of connections.
pub(crate) struct Outbound {
    client: Client<Connector, WasiBody>,
    allowed: Result<AllowedHosts, AllowedHostError>,
    logs: Logs,
    sent: AtomicU64,
    denied: AtomicU64,
}

impl Outbound {
    /// Makes the way out. `roots` are trusted in addition to the web's certificate authorities.
    pub(crate) fn new(
        allowed: Result<AllowedHosts, AllowedHostError>,
        roots: &[Vec<u8>],
        logs: Logs,
    ) -> Result<Self> {
        Ok(Self {
            client: Client::builder(TokioExecutor::new())
                .pool_timer(TokioTimer::new())
                .build(connector::connector(roots)?),
            allowed,
            logs,
            sent: AtomicU64::new(0),
            denied: AtomicU64::new(0),
        })
    }

    /// Returns the number of calls that were allowed, and thus attempted.
    pub(crate) fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    /// Returns the number of calls that were not allowed.
    pub(crate) fn denied(&self) -> u64 {
        self.denied.load(Ordering::Relaxed)
    }

    /// Decides whether the component may connect to this Redis server. It counts as a call.
    #[cfg(feature = "services")]
    pub(crate) fn allows_redis(&self, address: &str) -> bool {
        address.parse().is_ok_and(|uri| self.check(&uri).is_ok())
    }

    fn check(&self, uri: &http::Uri) -> Result<(), Error> {
        let why = match &self.allowed {
            Ok(hosts) if hosts.allows(uri) => {
                self.sent.fetch_add(1, Ordering::Relaxed);
                return Ok(());
            }
            Ok(_) => "the manifest does not allow it".to_owned(),
            Err(error) => error.to_string(),
        };
        self.denied.fetch_add(1, Ordering::Relaxed);
        // The path, the query and a password may be secret; the host alone tells the operator enough.
        let scheme = uri.scheme_str().unwrap_or_default();
        let host = uri.host().unwrap_or_default();
        let port = uri.port_u16().map(|port| format!(":{port}"));
        let port = port.unwrap_or_default();
        self.logs.tell(format!(
            "a call to {scheme}://{host}{port} was denied: {why}"
        ));
        Err(Error::HttpRequestDenied)
    }

    async fn send(
        &self,
        mut request: http::Request<WasiBody>,
        options: RequestOptions,
    ) -> Result<Response, Error> {
        self.check(request.uri())?;

        let mut connection = capture_connection(&mut request);
        let mut response = std::pin::pin!(self.client.request(request));
        // The client has no time-out for one request's connection, so wait for either: a connection, or the end of an
        // attempt without one.
        let connected = timeout(options.connect_timeout.unwrap_or(DEFAULT_TIMEOUT), async {
            tokio::select! {
                biased;
                response = &mut response => Some(response),
                _ = connection.wait_for_connection_metadata() => None,
            }
        });
        let early = connected.await.map_err(|_| Error::ConnectionTimeout)?;
        let response = match early {
            Some(response) => response,
            None => timeout(
                options.first_byte_timeout.unwrap_or(DEFAULT_TIMEOUT),
                response,
            )
            .await
            .map_err(|_| Error::ConnectionReadTimeout)?,
        }
        .map_err(|error| errors::from_client(&error))?;

        let between_bytes = options.between_bytes_timeout.unwrap_or(DEFAULT_TIMEOUT);
        Ok(response.map(|body| {
            // However a body breaks off, Spin calls it a violation of the protocol.
            let body = body.map_err(|_| Error::HttpProtocolError);
            BetweenBytes::new(body, between_bytes).boxed_unsync()
        }))
    }
}

/// The hooks that an instance's calls go through.
pub(crate) struct OutboundHooks {
    outbound: Arc<Outbound>,
    lost: Lost,
}

impl OutboundHooks {
    pub(crate) fn new(outbound: Arc<Outbound>, lost: Lost) -> Self {
        Self { outbound, lost }
    }
}

/// The end of a transmission, with an error if there was one.
type Transmission = Box<dyn Future<Output = Result<(), Error>> + Send>;

impl WasiHttpHooks for OutboundHooks {
    fn send_request(
        &mut self,
        request: http::Request<WasiBody>,
        options: Option<RequestOptions>,
        _: Transmission,
    ) -> Box<dyn Future<Output = Result<(Response, Transmission), Error>> + Send> {
        let outbound = Arc::clone(&self.outbound);
        let lost = self.lost.clone();
        let request = request.map(|body| WhileAlive::new(body, lost).boxed_unsync());
        Box::new(async move {
            let response = outbound.send(request, options.unwrap_or_default()).await?;
            // The connection belongs to the client, not to the request: it is driven to its end whether or not the
            // component keeps the future that tells it of the transmission, so that future has nothing to wait for.
            let done: Transmission = Box::new(std::future::ready(Ok(())));
            Ok((response, done))
        })
    }
}

#[cfg(test)]
mod tests;
