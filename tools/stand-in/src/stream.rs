//! A connection that is read by lines and by lengths, and counts how often bytes came.

use std::io;

use bytes::BytesMut;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;

/// The room for a read: a request of the usual size that arrives in one packet takes one.
const READ: usize = 16 * 1024;

/// The most that a client may send at a time; more is no test of Portico, but a runaway.
const MOST: usize = 4 * 1024 * 1024;

/// A TCP connection, and the bytes that have come on it and are not taken yet.
#[derive(Debug)]
pub(crate) struct Stream {
    pub(crate) socket: TcpStream,
    buffer: BytesMut,
    reads: usize,
}

impl Stream {
    /// Takes a connection over, on which all that is written leaves at once: half an answer does not wait for the rest.
    pub(crate) fn new(socket: TcpStream) -> io::Result<Self> {
        socket.set_nodelay(true)?;
        Ok(Self {
            socket,
            buffer: BytesMut::new(),
            reads: 0,
        })
    }

    /// Returns the number of reads that brought bytes since it was last asked for.
    pub(crate) fn take_reads(&mut self) -> usize {
        std::mem::take(&mut self.reads)
    }

    /// Takes a line, without its end. `None` means that the connection has ended before it.
    pub(crate) async fn line(&mut self) -> io::Result<Option<String>> {
        loop {
            if let Some(end) = self.buffer.iter().position(|byte| *byte == b'\n') {
                let line = self.buffer.split_to(end + 1);
                let line = String::from_utf8_lossy(&line);
                return Ok(Some(line.trim_end_matches(['\r', '\n']).to_owned()));
            }
            if !self.read().await? {
                let whole = self.buffer.is_empty();
                return whole.then_some(None).ok_or_else(cut_short);
            }
        }
    }

    /// Takes so many bytes.
    pub(crate) async fn exactly(&mut self, length: usize) -> io::Result<BytesMut> {
        while self.buffer.len() < length {
            if !self.read().await? {
                return Err(cut_short());
            }
        }
        Ok(self.buffer.split_to(length))
    }

    /// Takes all that comes until the connection ends.
    pub(crate) async fn rest(&mut self) -> io::Result<BytesMut> {
        while self.read().await? {}
        Ok(self.buffer.split())
    }

    /// Waits for more bytes, and returns whether there were any.
    async fn read(&mut self) -> io::Result<bool> {
        if self.buffer.len() > MOST {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.buffer.reserve(READ);
        let read = self.socket.read_buf(&mut self.buffer).await?;
        self.reads += usize::from(read > 0);
        Ok(read > 0)
    }
}

fn cut_short() -> io::Error {
    io::ErrorKind::UnexpectedEof.into()
}
