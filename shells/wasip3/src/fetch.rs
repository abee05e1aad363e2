//! Outbound HTTP through `wasi:http`.

use std::future::Future;
use std::pin::pin;

use http::header::CONTENT_LENGTH;
use http::uri::Scheme;
use wasip3::http::client;
use wasip3::http::types::{self, ErrorCode, RequestOptions};
use wasip3::wit_bindgen::yield_async;
use wasip3::wit_future;

use portico::platform::{Fetch, FetchError, FetchLimits, too_long};

use crate::System;
use crate::body::{OutgoingBody, ReadError, read_to_end};
use crate::fields::{fields, header_map};
use crate::system::nanoseconds;

impl Fetch for System {
    async fn fetch(
        &self,
        request: &http::Request<Vec<u8>>,
        limits: FetchLimits,
        on_head: impl FnOnce(&http::HeaderMap),
    ) -> Result<http::Response<Vec<u8>>, FetchError> {
        let (outgoing, contents, trailers) = OutgoingBody::new(request.body().clone());
        let (outbound, transmission) = types::Request::new(
            fields(request.headers()).map_err(|_| unsendable())?,
            Some(contents),
            trailers,
            Some(options(limits)?),
        );
        address(&outbound, request)?;
        let exchange = async {
            // Spin's SQLite store works in a thread that is lent to it, after which another thread takes up the connection
            // before the body has been handed over. Head and body then leave as two packets, and on a reused connection
            // the second one waits for the server's delayed acknowledgement, some 40 ms. After this yield the body is
            // there when the head is sent. Requests without a body have nothing that could wait.
            if !request.body().is_empty() {
                yield_async().await;
            }
            let response = client::send(outbound).await.map_err(|code| error(&code))?;
            receive(response, limits.max_body_bytes, on_head).await
        };
        // The body is written while the answer is awaited. The future that reports the transmission is held until the
        // answer has been read: on Wasmtime's own client, dropping it cancels the connection.
        let transmit = async {
            outgoing.write().await;
            let _ = transmission.await;
        };
        alongside(exchange, transmit).await
    }
}

fn options(limits: FetchLimits) -> Result<RequestOptions, FetchError> {
    let options = RequestOptions::new();
    let timeout = Some(nanoseconds(limits.timeout));
    options
        .set_connect_timeout(Some(nanoseconds(limits.connect_timeout)))
        .and_then(|()| options.set_first_byte_timeout(timeout))
        .and_then(|()| options.set_between_bytes_timeout(timeout))
        // A host may lack them; the caller's own timer holds in any case.
        .or_else(|error| match error {
            types::RequestOptionsError::NotSupported => Ok(()),
            _ => Err(unsendable()),
        })?;
    Ok(options)
}

fn address(outbound: &types::Request, request: &http::Request<Vec<u8>>) -> Result<(), FetchError> {
    let uri = request.uri();
    let scheme = if uri.scheme() == Some(&Scheme::HTTP) {
        types::Scheme::Http
    } else {
        types::Scheme::Https
    };
    outbound
        .set_method(&request.method().into())
        .and_then(|()| outbound.set_scheme(Some(&scheme)))
        .and_then(|()| outbound.set_authority(uri.authority().map(http::uri::Authority::as_str)))
        .and_then(|()| {
            outbound.set_path_with_query(uri.path_and_query().map(http::uri::PathAndQuery::as_str))
        })
        .map_err(|()| unsendable())
}

async fn receive(
    response: types::Response,
    max_body_bytes: usize,
    on_head: impl FnOnce(&http::HeaderMap),
) -> Result<http::Response<Vec<u8>>, FetchError> {
    let status = response.get_status_code();
    let headers = header_map(&response.get_headers());
    on_head(&headers);
    let announced = headers
        .get(CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    let mut answer = http::Response::new(Vec::new());
    *answer.status_mut() = http::StatusCode::from_u16(status)
        .map_err(|_| FetchError::Connection("an invalid status code".to_owned()))?;
    *answer.headers_mut() = headers;
    if announced.is_some_and(|length| length > max_body_bytes) {
        return too_long(answer);
    }
    let (_received, result) = wit_future::new(|| Ok(()));
    let (stream, trailers) = types::Response::consume_body(response, result);
    let body = match read_to_end(stream, trailers, max_body_bytes, announced).await {
        Ok(body) => body,
        Err(ReadError::TooLong) => return too_long(answer),
        Err(ReadError::Broken(code)) => return Err(error(&code)),
    };
    // Hosts have been seen to end a cancelled body like a whole one, so its length is checked here.
    if announced.is_some_and(|length| body.len() < length) {
        return Err(FetchError::BodyTruncated);
    }
    *answer.body_mut() = body;
    Ok(answer)
}

/// Drives a future to its end, and another one beside it for as long as that takes.
async fn alongside<T>(main: impl Future<Output = T>, side: impl Future<Output = ()>) -> T {
    let mut main = pin!(main);
    let mut side = pin!(side);
    let mut side_ended = false;
    std::future::poll_fn(|context| {
        if !side_ended {
            side_ended = side.as_mut().poll(context).is_ready();
        }
        main.as_mut().poll(context)
    })
    .await
}

fn unsendable() -> FetchError {
    FetchError::Connection("the host does not take the request".to_owned())
}

/// Translates a host's error code for the caller. Its payload can hold addresses, so only its name goes on.
fn error(code: &ErrorCode) -> FetchError {
    match code {
        ErrorCode::HttpRequestDenied | ErrorCode::DestinationIpProhibited => FetchError::Denied,
        ErrorCode::DnsTimeout
        | ErrorCode::ConnectionTimeout
        | ErrorCode::ConnectionReadTimeout
        | ErrorCode::ConnectionWriteTimeout
        | ErrorCode::HttpResponseTimeout => FetchError::Timeout,
        ErrorCode::HttpResponseIncomplete => FetchError::BodyTruncated,
        other => {
            let name = format!("{other:?}");
            let name = name.split('(').next().unwrap_or_default();
            FetchError::Connection(
                name.rsplit("::")
                    .next()
                    .unwrap_or_default()
                    .trim()
                    .to_owned(),
            )
        }
    }
}
