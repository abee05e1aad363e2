//! A connection that counts how often bytes came.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, BufReader, ReadBuf};
use tokio::net::TcpStream;

/// A client's connection. Its buffer holds whole requests of the usual size, so that a request which arrives in one
/// packet takes one read.
pub(crate) type Stream = BufReader<Counted>;

/// A socket that counts the reads that brought bytes.
#[derive(Debug)]
pub(crate) struct Counted {
    socket: TcpStream,
    reads: usize,
}

impl Counted {
    pub(crate) fn buffered(socket: TcpStream) -> Stream {
        BufReader::new(Self { socket, reads: 0 })
    }

    pub(crate) fn socket(&self) -> &TcpStream {
        &self.socket
    }

    /// Returns the number of reads since it was last asked for.
    pub(crate) fn take_reads(&mut self) -> usize {
        std::mem::take(&mut self.reads)
    }
}

impl AsyncRead for Counted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.socket).poll_read(cx, buffer))?;
        if buffer.filled().len() > before {
            self.reads += 1;
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Counted {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.socket).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _};
    use tokio::net::{TcpListener, TcpStream};

    use super::Counted;
    use crate::wire::read_request;

    #[tokio::test]
    async fn a_body_that_comes_after_its_head_was_read_takes_another_read() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap())
            .await
            .unwrap();
        let mut stream = Counted::buffered(listener.accept().await.unwrap().0);
        let head = b"POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\n";

        for _ in 0..2 {
            client.write_all(head).await.unwrap();
            assert_eq!(stream.fill_buf().await.unwrap(), head);
            client.write_all(b"body").await.unwrap();
            let request = read_request(&mut stream).await.unwrap().unwrap();
            assert_eq!(request.body, b"body");
            assert_eq!(stream.get_mut().take_reads(), 2);

            client
                .write_all(&[head.as_slice(), b"body"].concat())
                .await
                .unwrap();
            read_request(&mut stream).await.unwrap().unwrap();
            assert_eq!(stream.get_mut().take_reads(), 1);
        }
    }
}
