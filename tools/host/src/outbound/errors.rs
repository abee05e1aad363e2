//! From the client's errors to those of `wasi:http`, in the same classes as on Spin.

use std::error::Error as StdError;

use hyper_util::client::legacy;
use wasmtime_wasi_http::Error;

/// Returns the reason why there was no response.
pub(super) fn from_client(error: &legacy::Error) -> Error {
    if let Some(error) = of_request_body(error) {
        return error;
    }
    if !error.is_connect() {
        return Error::HttpProtocolError;
    }
    #[cfg(feature = "services")]
    if causes(error).any(is_tls) {
        return Error::TlsProtocolError;
    }
    if causes(error).any(|cause| cause.to_string() == "dns error") {
        Error::DnsError {
            rcode: Some("address not available".to_owned()),
            info_code: None,
        }
    } else {
        Error::ConnectionRefused
    }
}

/// Returns the component's own error, where the body that it was sending ended with one.
fn of_request_body(error: &legacy::Error) -> Option<Error> {
    causes(error)
        .find_map(|cause| cause.downcast_ref::<Error>())
        .map(|error| match error {
            Error::HttpRequestBodySize(size) => Error::HttpRequestBodySize(*size),
            error => Error::InternalError(Some(error.to_string())),
        })
}

/// Recognises TLS errors. They come wrapped in I/O errors, even twice, which do not count the wrapped error among their
/// causes.
#[cfg(feature = "services")]
fn is_tls(cause: &(dyn StdError + 'static)) -> bool {
    let wrapped = cause
        .downcast_ref::<std::io::Error>()
        .and_then(std::io::Error::get_ref);
    cause.is::<rustls::Error>() || wrapped.is_some_and(|wrapped| is_tls(wrapped))
}

fn causes(error: &legacy::Error) -> impl Iterator<Item = &(dyn StdError + 'static)> {
    std::iter::successors(error.source(), |&cause| cause.source())
}
