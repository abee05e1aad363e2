//! HTTP/1.1 as far as the stand-in needs it, over a plain TCP stream.
//!
//! It is written out here because the faults need what a server library rightly hides: when exactly which bytes are
//! sent, and how the connection ends.

use std::io;

use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt};

/// The most that a client may send; more is no test of Portico, but a runaway.
const MAX_HEAD: u64 = 64 * 1024;
const MAX_BODY: u64 = 4 * 1024 * 1024;

/// A request as it came in.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// The request target as it was sent: path and query.
    pub(crate) target: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// True if the client lets the connection be used again.
    pub(crate) keep_alive: bool,
}

/// An answer to be sent, without the headers that depend on how it is delivered.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

/// The way in which the body's end is made known.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Framing {
    Length(usize),
    Chunked,
}

impl Request {
    pub(crate) fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// Returns the part behind the first question mark.
    pub(crate) fn query(&self) -> &str {
        self.target.split_once('?').map_or("", |(_, query)| query)
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        header(&self.headers, name)
    }
}

impl Answer {
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

    /// Returns the head's bytes, with the empty line that ends it.
    pub(crate) fn head(&self, framing: Framing, keep_alive: bool) -> Vec<u8> {
        let reason = http::StatusCode::from_u16(self.status)
            .ok()
            .and_then(|status| status.canonical_reason())
            .unwrap_or("Unknown");
        let mut head = format!("HTTP/1.1 {} {reason}\r\n", self.status);
        let mut line = |name: &str, value: &str| head.extend([name, ": ", value, "\r\n"]);
        for (name, value) in &self.headers {
            line(name, value);
        }
        match framing {
            Framing::Length(length) => line("Content-Length", &length.to_string()),
            Framing::Chunked => line("Transfer-Encoding", "chunked"),
        }
        line(
            "Connection",
            if keep_alive { "keep-alive" } else { "close" },
        );
        head.push_str("\r\n");
        head.into_bytes()
    }
}

/// Reads one request. `None` means that the client has closed the connection instead of sending one.
///
/// Fails on what is not HTTP/1.1, on what is too large, and when the connection breaks within a request.
pub(crate) async fn read_request(
    stream: &mut (impl AsyncBufRead + Unpin),
) -> io::Result<Option<Request>> {
    let mut head = stream.take(MAX_HEAD);
    let Some(first) = read_line(&mut head).await? else {
        return Ok(None);
    };
    let mut words = first.split(' ');
    let (Some(method), Some(target), Some(version)) = (words.next(), words.next(), words.next())
    else {
        return Err(malformed("request line"));
    };
    let headers = read_headers(&mut head).await?;
    let body = read_body(stream, &headers).await?;
    let asks_to_close =
        header(&headers, "connection").is_some_and(|value| value.eq_ignore_ascii_case("close"));
    Ok(Some(Request {
        method: method.to_owned(),
        target: target.to_owned(),
        keep_alive: version == "HTTP/1.1" && !asks_to_close,
        headers,
        body,
    }))
}

/// Reads one answer, as a client.
///
/// Fails on what is not HTTP/1.1, on what is too large, and when the connection breaks before the answer is whole.
pub(crate) async fn read_answer(stream: &mut (impl AsyncBufRead + Unpin)) -> io::Result<Answer> {
    let mut head = stream.take(MAX_HEAD);
    let first = read_line(&mut head).await?;
    let status = first.as_deref().and_then(|line| line.split(' ').nth(1));
    let status = status
        .and_then(|status| status.parse().ok())
        .ok_or_else(|| malformed("status line"))?;
    let headers = read_headers(&mut head).await?;
    let says_its_length = ["content-length", "transfer-encoding"]
        .iter()
        .any(|name| header(&headers, name).is_some());
    let mut body = Vec::new();
    if says_its_length {
        body = read_body(stream, &headers).await?;
    } else if status != 204 && status != 304 {
        stream.take(MAX_BODY).read_to_end(&mut body).await?;
    }
    Ok(Answer {
        status,
        headers,
        body,
    })
}

async fn read_headers(head: &mut (impl AsyncBufRead + Unpin)) -> io::Result<Vec<(String, String)>> {
    let mut headers = Vec::new();
    loop {
        let line = read_line(head).await?.ok_or_else(|| malformed("head"))?;
        if line.is_empty() {
            return Ok(headers);
        }
        let (name, value) = line.split_once(':').ok_or_else(|| malformed("header"))?;
        headers.push((name.to_owned(), value.trim().to_owned()));
    }
}

async fn read_body(
    stream: &mut (impl AsyncBufRead + Unpin),
    headers: &[(String, String)],
) -> io::Result<Vec<u8>> {
    let coding = header(headers, "transfer-encoding").unwrap_or_default();
    if coding.eq_ignore_ascii_case("chunked") {
        return read_chunks(stream).await;
    }
    let length = header(headers, "content-length").unwrap_or("0");
    let length = length.parse().map_err(|_| malformed("content length"))?;
    let mut body = Vec::new();
    read_exactly(stream, length, &mut body).await?;
    Ok(body)
}

async fn read_chunks(stream: &mut (impl AsyncBufRead + Unpin)) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let mut lines = stream.take(MAX_HEAD);
        let line = read_line(&mut lines)
            .await?
            .ok_or_else(|| malformed("chunk"))?;
        let size = line.split(';').next().unwrap_or_default().trim();
        let size = u64::from_str_radix(size, 16).map_err(|_| malformed("chunk size"))?;
        if size == 0 {
            // Trailers are read and forgotten, up to the empty line that ends the body.
            while read_line(&mut lines)
                .await?
                .is_some_and(|line| !line.is_empty())
            {}
            return Ok(body);
        }
        read_exactly(stream, size, &mut body).await?;
        let mut end = [0; 2];
        stream.read_exact(&mut end).await?;
    }
}

/// Appends `length` bytes to `body`.
async fn read_exactly(
    stream: &mut (impl AsyncBufRead + Unpin),
    length: u64,
    body: &mut Vec<u8>,
) -> io::Result<()> {
    if length > MAX_BODY || body.len() as u64 + length > MAX_BODY {
        return Err(malformed("body: it is too large"));
    }
    let read = stream.take(length).read_to_end(body).await?;
    if read as u64 == length {
        Ok(())
    } else {
        Err(io::ErrorKind::UnexpectedEof.into())
    }
}

/// Reads a line without its end. `None` means that there is nothing more; half a line is an error.
async fn read_line(stream: &mut (impl AsyncBufRead + Unpin)) -> io::Result<Option<String>> {
    let mut line = Vec::new();
    if stream.read_until(b'\n', &mut line).await? == 0 {
        return Ok(None);
    }
    if line.pop() != Some(b'\n') {
        return Err(malformed("line: it does not end"));
    }
    if line.last() == Some(&b'\r') {
        line.pop();
    }
    Ok(Some(String::from_utf8_lossy(&line).into_owned()))
}

fn header<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers
        .iter()
        .find(|(candidate, _)| candidate.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.as_str())
}

fn malformed(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("malformed {what}"))
}
