//! A request to a webhook endpoint, over plain HTTP.

use std::io;

use http::Uri;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use crate::stream::Stream;
use crate::wire::{self, Answer};

/// Posts a body, on a connection of its own, and returns the answer. Redirects are not followed, as Stripe follows none.
///
/// Fails when there is no whole answer.
pub(super) async fn post(url: &Uri, signature: &str, body: &[u8]) -> io::Result<Answer> {
    let authority = url.authority().map_or("", |authority| authority.as_str());
    let host = url.host().unwrap_or_default();
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let target = url.path_and_query().map_or("/", |target| target.as_str());
    let head = format!(
        "POST {target} HTTP/1.1\r\nHost: {authority}\r\nUser-Agent: Stripe/1.0 (+https://stripe.com/docs/webhooks)\r\n\
         Accept: */*; q=0.5, application/xml\r\nCache-Control: no-cache\r\n\
         Content-Type: application/json; charset=utf-8\r\nContent-Length: {}\r\nStripe-Signature: {signature}\r\n\
         Connection: close\r\n\r\n",
        body.len()
    );
    let socket = TcpStream::connect((host, url.port_u16().unwrap_or(80))).await?;
    let mut stream = Stream::new(socket)?;
    let request = [head.as_bytes(), body].concat();
    stream.socket.write_all(&request).await?;
    wire::read_answer(&mut stream).await
}
