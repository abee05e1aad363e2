//! Bodies, read to their end or to a limit.

use spin_sdk::wasip3::http::types::{self, ErrorCode, Trailers};
use spin_sdk::wasip3::wit_future;
use spin_sdk::wit_bindgen::{FutureReader, StreamReader, StreamResult};

use portico::platform::{BodyError, RequestBody};

/// How many bytes are asked for at a time.
const CHUNK_BYTES: usize = 16 * 1024;

/// The body of an inbound request.
pub(super) struct SpinBody(pub(super) types::Request);

impl RequestBody for SpinBody {
    async fn read(self, limit: usize) -> Result<Vec<u8>, BodyError> {
        // The host learns from this future how the body was received; dropping its other end says "well".
        let (_received, result) = wit_future::new(|| Ok(()));
        let (stream, trailers) = types::Request::consume_body(self.0, result);
        match read_to_end(stream, trailers, limit, None).await {
            Ok(body) => Ok(body),
            Err(ReadError::TooLong) => Err(BodyError::TooLong),
            Err(ReadError::Broken(_)) => Err(BodyError::Broken),
        }
    }
}

/// Why a body could not be read.
pub(super) enum ReadError {
    /// It is longer than the limit.
    TooLong,
    /// It broke off.
    Broken(ErrorCode),
}

/// Reads a body, of which at most `limit` bytes are wanted. `announced` is its length where that is known: room for it is
/// made at once, because a body that grows is copied, and for a moment takes three times its length.
pub(super) async fn read_to_end(
    mut stream: StreamReader<u8>,
    trailers: FutureReader<Result<Option<Trailers>, ErrorCode>>,
    limit: usize,
    announced: Option<usize>,
) -> Result<Vec<u8>, ReadError> {
    let mut body = Vec::with_capacity(announced.unwrap_or_default().min(limit));
    loop {
        let (result, chunk) = stream.read(Vec::with_capacity(CHUNK_BYTES)).await;
        body.extend_from_slice(&chunk);
        if body.len() > limit {
            return Err(ReadError::TooLong);
        }
        match result {
            StreamResult::Complete(_) => {}
            StreamResult::Dropped | StreamResult::Cancelled => break,
        }
    }
    // A body that broke off ends like any other; only what comes after it tells.
    match trailers.await {
        Ok(_) => Ok(body),
        Err(error) => Err(ReadError::Broken(error)),
    }
}
