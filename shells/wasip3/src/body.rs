//! Bodies: read to their end or to a limit, and written.

use wasip3::http::types::{self, ErrorCode, Trailers};
use wasip3::wit_bindgen::{FutureReader, FutureWriter, StreamReader, StreamResult, StreamWriter};
use wasip3::{wit_future, wit_stream};

use portico::platform::{BodyError, RequestBody};

/// The bytes that are asked for at a time.
const CHUNK_BYTES: usize = 16 * 1024;

/// The body of an inbound request.
pub(crate) struct WasiBody(pub(crate) types::Request);

impl RequestBody for WasiBody {
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

/// The end of a body: its trailers, or the reason why it is not whole.
type End = Result<Option<Trailers>, ErrorCode>;

/// A body on its way to the host, of an answer or of a call. The SDK's own conversion of an answer does the same, and
/// copies the header fields and the body once more.
pub(crate) struct OutgoingBody {
    bytes: Vec<u8>,
    stream: StreamWriter<u8>,
    end: FutureWriter<End>,
}

impl OutgoingBody {
    /// Makes a body, and the two ends at which the host reads it.
    pub(crate) fn new(bytes: Vec<u8>) -> (Self, StreamReader<u8>, FutureReader<End>) {
        let (stream, contents) = wit_stream::new();
        let (end, trailers) = wit_future::new(|| Ok(None));
        (Self { bytes, stream, end }, contents, trailers)
    }

    /// Writes the body for as long as the host reads it. Where this is given up halfway, only the message's
    /// `Content-Length` tells that bytes are missing.
    pub(crate) async fn write(self) {
        let Self {
            bytes,
            mut stream,
            end,
        } = self;
        // Writing nothing would ask whether the other side is ready.
        if !bytes.is_empty() {
            stream.write_all(bytes).await;
        }
        drop(stream);
        let _ = end.write(Ok(None)).await;
    }
}

/// The reason why a body could not be read.
pub(crate) enum ReadError {
    TooLong,
    /// It broke off.
    Broken(ErrorCode),
}

/// Reads a body, of which at most `limit` bytes are wanted. `announced` is its length where that is known: room for it
/// is made at once, because a body that grows is copied, and for a moment takes three times its length.
pub(crate) async fn read_to_end(
    mut stream: StreamReader<u8>,
    trailers: FutureReader<End>,
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
