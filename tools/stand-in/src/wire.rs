//! HTTP/1.1 as far as the stand-in needs it, over a plain TCP stream.
//!
//! It is written out here because the faults need what a server library rightly hides: when exactly which bytes are
//! sent, and how the connection ends.

use std::io;
use std::time::Instant;

pub(crate) use crate::recorded::RecordedRequest as Request;
use crate::recorded::header;
use crate::stream::Stream;

/// Names and values, in the order and the spelling in which they are sent.
pub(crate) type Headers = Vec<(String, String)>;

/// An answer to be sent, without the headers that depend on how it is delivered.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Headers,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        header(&self.headers, name)
    }

    pub(crate) fn json(status: u16, body: Vec<u8>) -> Self {
        let mut answer = Self {
            status,
            headers: Vec::new(),
            body,
        };
        answer.set("Content-Type", "application/json");
        answer
    }

    /// Sets a header, in place of one of the same name.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.headers
            .retain(|(candidate, _)| !candidate.eq_ignore_ascii_case(name));
        self.headers.push((name.to_owned(), value.to_owned()));
    }

    /// Returns the head's bytes, with the empty line that ends it. A body whose length is not told comes in chunks.
    pub(crate) fn head(&self, length: Option<usize>, keep_alive: bool) -> Vec<u8> {
        let reason = http::StatusCode::from_u16(self.status).ok();
        let reason = reason.and_then(|status| status.canonical_reason());
        let reason = reason.unwrap_or("Unknown");
        let mut head = format!("HTTP/1.1 {} {reason}\r\n", self.status);
        for (name, value) in &self.headers {
            head.extend([name, ": ", value, "\r\n"]);
        }
        match length {
            Some(length) => head.extend([format!("Content-Length: {length}\r\n")]),
            None => head.push_str("Transfer-Encoding: chunked\r\n"),
        }
        let connection = if keep_alive { "keep-alive" } else { "close" };
        head.extend(["Connection: ", connection, "\r\n\r\n"]);
        head.into_bytes()
    }
}

/// Reads one request. `None` means that the client has closed the connection instead of sending one.
///
/// Fails on what is not HTTP/1.1, on what is too large, and when the connection breaks within a request.
pub(crate) async fn read_request(stream: &mut Stream) -> io::Result<Option<Request>> {
    let Some(first) = stream.line().await? else {
        return Ok(None);
    };
    let [method, target, version] = first.split(' ').collect::<Vec<_>>()[..] else {
        return Err(malformed("request line"));
    };
    let headers = read_headers(stream).await?;
    let body = read_body(stream, &headers).await?;
    let asks_to_close =
        header(&headers, "connection").is_some_and(|value| value.eq_ignore_ascii_case("close"));
    Ok(Some(Request {
        method: method.to_owned(),
        path: target.to_owned(),
        headers,
        body: body.unwrap_or_default(),
        received_at: Instant::now(),
        connection: 0,
        reads: stream.take_reads(),
        keep_alive: version == "HTTP/1.1" && !asks_to_close,
    }))
}

/// Reads one answer, as a client.
///
/// Fails on what is not HTTP/1.1, on what is too large, and when the connection breaks before the answer is whole.
pub(crate) async fn read_answer(stream: &mut Stream) -> io::Result<Answer> {
    let first = stream.line().await?;
    let status = first.as_deref().and_then(|line| line.split(' ').nth(1));
    let status = status.and_then(|status| status.parse().ok());
    let status = status.ok_or_else(|| malformed("status line"))?;
    let headers = read_headers(stream).await?;
    let body = match read_body(stream, &headers).await? {
        Some(body) => body,
        None => stream.rest().await?.to_vec(),
    };
    Ok(Answer {
        status,
        headers,
        body,
    })
}

async fn read_headers(stream: &mut Stream) -> io::Result<Headers> {
    let mut headers = Headers::new();
    loop {
        let line = stream.line().await?.ok_or_else(|| malformed("head"))?;
        if line.is_empty() {
            return Ok(headers);
        }
        let (name, value) = line.split_once(':').ok_or_else(|| malformed("header"))?;
        headers.push((name.to_owned(), value.trim().to_owned()));
    }
}

/// Reads a body whose length the headers tell, or which comes in chunks. `None` means that they tell neither.
async fn read_body(stream: &mut Stream, headers: &Headers) -> io::Result<Option<Vec<u8>>> {
    let coding = header(headers, "transfer-encoding").unwrap_or_default();
    if coding.eq_ignore_ascii_case("chunked") {
        return read_chunks(stream).await.map(Some);
    }
    let Some(length) = header(headers, "content-length") else {
        return Ok(None);
    };
    let length = length.parse().map_err(|_| malformed("content length"))?;
    Ok(Some(stream.exactly(length).await?.to_vec()))
}

async fn read_chunks(stream: &mut Stream) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let line = stream.line().await?.ok_or_else(|| malformed("chunk"))?;
        let size = line.split(';').next().unwrap_or_default().trim();
        let size = usize::from_str_radix(size, 16).map_err(|_| malformed("chunk size"))?;
        body.extend(stream.exactly(size).await?);
        // A chunk ends with a line's end. After the last, empty one, trailers may follow; nobody sends any.
        stream.line().await?;
        if size == 0 {
            return Ok(body);
        }
    }
}

fn malformed(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("malformed {what}"))
}
