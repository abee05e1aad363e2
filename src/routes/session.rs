//! Steps of the routes that open a page at Stripe: a small JSON object comes in, the page's URL goes out.

use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::answer::Reply;
use crate::error::Failure;
use crate::platform::{Platform, RequestBody};
use crate::strict_json;
use crate::stripe::link::Link;
use crate::trip::{BodyLimit, Trip};

/// The problem with a body: one sentence for the developer who wrote the request.
pub(super) type Invalid = &'static str;

#[derive(Serialize)]
struct Session<'a> {
    url: &'a str,
}

/// Answers with a session's URL.
pub(super) fn reply(url: &Link) -> Result<Reply, Failure> {
    Reply::json(StatusCode::OK, &Session { url: url.expose() })
}

/// Reads the request's body.
pub(super) async fn read_body<P: Platform>(
    trip: &Trip<'_, P>,
    body: impl RequestBody,
) -> Result<Vec<u8>, Failure> {
    let limit = BodyLimit {
        bytes: trip.config.max_body_bytes,
        too_long: "The body is longer than max_body_bytes.",
    };
    trip.read_body(body, limit).await
}

/// Returns the members of a body that is a JSON object.
pub(super) fn members(headers: &HeaderMap, body: &[u8]) -> Result<Map<String, Value>, Invalid> {
    if !is_json(headers) {
        return Err("A body must have the Content-Type application/json.");
    }
    match strict_json::parse(body) {
        Ok(Value::Object(members)) => Ok(members),
        _ => Err("The body must be a JSON object in which no member comes twice."),
    }
}

/// Checks that an object has no other members than these.
pub(super) fn only(
    members: &Map<String, Value>,
    known: &[&str],
    message: Invalid,
) -> Result<(), Invalid> {
    if members.keys().all(|name| known.contains(&name.as_str())) {
        Ok(())
    } else {
        Err(message)
    }
}

/// Returns the one of these locales that a value is.
pub(super) fn locale(
    value: &Value,
    locales: &[&'static str],
    message: Invalid,
) -> Result<&'static str, Invalid> {
    let mut known = locales.iter();
    known
        .find(|locale| value == **locale)
        .copied()
        .ok_or(message)
}

/// Returns true if there is exactly one content type and it is JSON; its parameters do not matter (RFC 8259, section
/// 11).
fn is_json(headers: &HeaderMap) -> bool {
    let mut values = headers.get_all(CONTENT_TYPE).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return false;
    };
    let essence = value
        .as_bytes()
        .split(|&b| b == b';')
        .next()
        .unwrap_or_default();
    essence
        .trim_ascii()
        .eq_ignore_ascii_case(b"application/json")
}
