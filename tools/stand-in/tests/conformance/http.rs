//! Calls of an API over plain HTTP, each on a connection of its own.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use serde_json::Value;

/// A key that both stand-ins take.
pub(crate) const KEY: &str = "sk_test_PorticoStandIn";

/// The status and the JSON that a server answers. By HTTP/1.0, no server sends chunks.
pub(crate) fn call(address: &str, method: &str, target: &str, form: &str) -> (u16, Value) {
    let mut stream = TcpStream::connect(address).expect("it listens");
    let request = format!(
        "{method} {target} HTTP/1.0\r\nHost: {address}\r\nAuthorization: Bearer {KEY}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
        form.len()
    );
    stream.write_all(request.as_bytes()).expect("it reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
    let status = head
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok());
    let json = serde_json::from_str(body);
    (
        status.expect("a status"),
        json.unwrap_or_else(|error| panic!("{method} {target}: {error}: {answer}")),
    )
}
