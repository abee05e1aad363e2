use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use wasmtime_wasi_http::{Error, RequestOptions};

use super::{Outbound, Response};
use crate::allowed_hosts::AllowedHosts;
use crate::logs::{LogSink, Logs};
use crate::manifest::Manifest;
use crate::variables::Variables;

/// A way out to one origin.
fn outbound(origin: &str) -> Outbound {
    let manifest = Manifest::parse(&format!(
        r#"
        spin_manifest_version = 2
        application = {{ name = "shop" }}
        [[trigger.http]]
        route = "/..."
        component = "shop"
        [component.shop]
        source = "shop.wasm"
        allowed_outbound_hosts = ["{origin}"]
        "#
    ))
    .unwrap();
    let variables = Variables::new(&manifest, BTreeMap::new()).unwrap();
    let allowed = AllowedHosts::resolve(&manifest.component.allowed_outbound_hosts, &variables);
    Outbound::new(allowed, &[], Logs::new(LogSink::Memory)).unwrap()
}

/// A server that answers the first request on each connection with these bytes and then either closes it or waits.
async fn server(answer: &'static str, closes: bool) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            tokio::spawn(async move {
                let mut request = [0; 4096];
                let read = stream.read(&mut request).await.unwrap();
                assert!(read > 0, "a connection without a request");
                stream.write_all(answer.as_bytes()).await.unwrap();
                if !closes {
                    std::future::pending::<()>().await;
                }
            });
        }
    });
    address
}

async fn post(outbound: &Outbound, uri: &str, options: RequestOptions) -> Result<Response, Error> {
    let body = Full::new(Bytes::from("body")).map_err(|never| match never {});
    let request = http::Request::post(uri).body(body.boxed_unsync()).unwrap();
    outbound.send(request, options).await
}

async fn answered(
    answer: &'static str,
    closes: bool,
    options: RequestOptions,
) -> Result<Bytes, Error> {
    let origin = format!("http://{}", server(answer, closes).await);
    let response = post(&outbound(&origin), &origin, options).await?;
    Ok(response.into_body().collect().await?.to_bytes())
}

const SOON: Option<Duration> = Some(Duration::from_millis(50));

#[tokio::test]
async fn a_whole_body_arrives() {
    let answer = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello";
    let body = answered(answer, false, RequestOptions::default()).await;
    assert_eq!(body.unwrap(), "hello");
}

#[tokio::test]
async fn a_body_that_ends_early_is_an_error() {
    for answer in [
        "HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n",
    ] {
        let body = answered(answer, true, RequestOptions::default()).await;
        assert!(matches!(body, Err(Error::HttpProtocolError)), "{body:?}");
    }
}

#[tokio::test]
async fn a_connection_that_closes_without_an_answer_is_an_error() {
    let body = answered("", true, RequestOptions::default()).await;
    assert!(matches!(body, Err(Error::HttpProtocolError)), "{body:?}");
}

#[tokio::test]
async fn an_answer_that_does_not_begin_in_time_is_an_error() {
    let options = RequestOptions {
        first_byte_timeout: SOON,
        ..RequestOptions::default()
    };
    let body = answered("", false, options).await;
    assert!(
        matches!(body, Err(Error::ConnectionReadTimeout)),
        "{body:?}"
    );
}

#[tokio::test]
async fn a_body_that_does_not_go_on_in_time_is_an_error() {
    let options = RequestOptions {
        between_bytes_timeout: SOON,
        ..RequestOptions::default()
    };
    let answer = "HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nhello";
    let body = answered(answer, false, options).await;
    assert!(
        matches!(body, Err(Error::ConnectionReadTimeout)),
        "{body:?}"
    );
}

#[tokio::test]
async fn a_connection_that_is_refused_is_an_error() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let response = post(&outbound(&origin), &origin, RequestOptions::default()).await;
    assert!(matches!(response, Err(Error::ConnectionRefused)));
}

/// Fills the queue of a listener that never accepts, so that the next connection hangs.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_connection_that_is_not_made_in_time_is_an_error() {
    use tokio::net::{TcpSocket, TcpStream};

    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    let mut queued = Vec::new();
    while let Ok(Ok(stream)) =
        tokio::time::timeout(Duration::from_millis(100), TcpStream::connect(address)).await
    {
        queued.push(stream);
    }
    let options = RequestOptions {
        connect_timeout: SOON,
        ..RequestOptions::default()
    };
    let origin = format!("http://{address}");
    let response = post(&outbound(&origin), &origin, options).await;
    assert!(matches!(response, Err(Error::ConnectionTimeout)));
}

#[tokio::test]
async fn an_answer_that_is_no_tls_is_an_error_of_tls() {
    let address = server("HTTP/1.1 400 Bad Request\r\n\r\n", true).await;
    let origin = format!("https://{address}");
    let response = post(&outbound(&origin), &origin, RequestOptions::default()).await;
    assert!(matches!(response, Err(Error::TlsProtocolError)));
}

#[tokio::test]
async fn a_host_that_is_not_allowed_is_not_called() {
    let outbound = outbound("https://api.stripe.com");
    let secret = "http://127.0.0.1:9/secret";
    let response = post(&outbound, secret, RequestOptions::default()).await;
    assert!(matches!(response, Err(Error::HttpRequestDenied)));
    assert_eq!((outbound.sent(), outbound.denied()), (0, 1));
    let logs = outbound.logs.host();
    assert!(
        logs[0].contains("http://127.0.0.1:9 was denied"),
        "{logs:?}"
    );
    assert!(!logs[0].contains("secret"), "{logs:?}");
}
