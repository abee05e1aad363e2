//! From a request of `wasi:http` to its response.

use std::io::Write;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response};
use wasip3::http::types::{self, Fields, HeaderError};
use wasip3::{spawn, wit_bindgen::yield_async};

use portico::inbound::{Head, Inbound};
use portico::platform::Platform;
use portico::service::Service;

use crate::body::{OutgoingBody, WasiBody};

/// Serves a request, and writes its line of log to standard error.
///
/// # Errors
/// The host refuses to build a response at all. Every other outcome is a response.
pub async fn handle<P: Platform>(
    service: &Service<P>,
    request: types::Request,
) -> Result<types::Response, types::ErrorCode> {
    let served = service.serve(inbound(request)).await;
    // One write for the whole line: lines of concurrent requests must not run into each other. If standard error is
    // gone, there is nobody left to tell.
    let _ = std::io::stderr().write_all(format!("{}\n", served.log_line).as_bytes());
    let response = outbound(served.response)?;
    // Spin sends headers and body as two packets unless the body is already being written when the handler returns; the
    // second one would then wait for a delayed acknowledgement, some 40 ms.
    yield_async().await;
    yield_async().await;
    Ok(response)
}

fn inbound(request: types::Request) -> Inbound<WasiBody> {
    let mut path = request.get_path_with_query().unwrap_or_default();
    let query = path.split_once('?').map(|(_, query)| query.to_owned());
    if let Some(query) = &query {
        path.truncate(path.len().saturating_sub(query.len() + 1));
    }
    Inbound {
        head: Head {
            method: Method::try_from(request.get_method()).unwrap_or(Method::TRACE),
            path,
            query,
            headers: header_map(&request.get_headers()),
        },
        body: WasiBody(request),
    }
}

/// The header fields; the host has checked their form, and what is not a header field by `http`'s rules is left out.
pub(crate) fn header_map(headers: &types::Headers) -> HeaderMap {
    headers
        .copy_all()
        .into_iter()
        .filter_map(|(name, value)| {
            Some((
                HeaderName::from_bytes(name.as_bytes()).ok()?,
                HeaderValue::from_maybe_shared(Bytes::from(value)).ok()?,
            ))
        })
        .collect()
}

/// Header fields as a host takes them.
///
/// # Errors
/// The host refuses one of them.
pub(crate) fn fields(headers: &HeaderMap) -> Result<Fields, HeaderError> {
    let entries: Vec<_> = headers
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec()))
        .collect();
    Fields::from_list(&entries)
}

fn outbound(response: Response<Vec<u8>>) -> Result<types::Response, types::ErrorCode> {
    let (mut parts, body) = response.into_parts();
    // RFC 9110, section 8.6: an answer without content has no length either.
    if !body.is_empty() {
        parts
            .headers
            .insert(http::header::CONTENT_LENGTH, body.len().into());
    }
    let fields = fields(&parts.headers).map_err(|_| {
        types::ErrorCode::InternalError(Some("the host refuses a header field".to_owned()))
    })?;
    let (outgoing, contents, trailers) = OutgoingBody::new(body);
    let (response, _transmission) = types::Response::new(fields, Some(contents), trailers);
    // The status is one of HTTP's, which is all that a host asks for.
    let _ = response.set_status_code(parts.status.as_u16());
    spawn(outgoing.write());
    Ok(response)
}
