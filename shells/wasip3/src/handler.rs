//! From a request of `wasi:http` to its response.

use std::io::Write;

use http::{Method, Response};
use wasip3::http::types;
use wasip3::{spawn, wit_bindgen::yield_async};

use portico::inbound::{Head, Inbound};
use portico::platform::Platform;
use portico::service::Service;

use crate::body::{OutgoingBody, WasiBody};
use crate::fields::{fields, header_map};

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

fn outbound(response: Response<Vec<u8>>) -> Result<types::Response, types::ErrorCode> {
    let (mut parts, body) = response.into_parts();
    // RFC 9110, section 8.6: an answer without content has no length either.
    if !body.is_empty() {
        parts
            .headers
            .insert(http::header::CONTENT_LENGTH, body.len().into());
    }
    let fields = fields(&parts.headers).map_err(|_| refused("a header field"))?;
    let (outgoing, contents, trailers) = OutgoingBody::new(body);
    let (response, _transmission) = types::Response::new(fields, Some(contents), trailers);
    // Without its status, a refusal would be answered as a success.
    response
        .set_status_code(parts.status.as_u16())
        .map_err(|()| refused("the status"))?;
    spawn(outgoing.write());
    Ok(response)
}

fn refused(what: &str) -> types::ErrorCode {
    types::ErrorCode::InternalError(Some(format!("the host refuses {what}")))
}
