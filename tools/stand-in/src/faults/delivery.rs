//! The sending of an answer to the client, and the ways in which it fails.

use std::io;
use std::ops::ControlFlow;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::reply::Reply;
use crate::stream::Stream;
use crate::wire::{Answer, Framing};

/// Returns when the sending of an answer may begin.
pub(crate) async fn wait(reply: &Reply) {
    match reply {
        Reply::Delay(pause) => tokio::time::sleep(*pause).await,
        Reply::Held(gate) => gate.pass().await,
        _ => {}
    }
}

/// Sends `answer` in the way that `reply` asks for. `Break` means that the connection is not to be used again.
///
/// Fails when the client ends the connection.
pub(crate) async fn deliver(
    stream: &mut Stream,
    answer: &Answer,
    reply: &Reply,
    keep_alive: bool,
) -> io::Result<ControlFlow<()>> {
    let whole = Framing::Length(answer.body.len());
    let half = answer.body.len() / 2;
    match reply {
        Reply::ResetBeforeHeaders => reset(stream)?,
        Reply::ResetDuringBody => {
            send(
                stream,
                &answer.head(whole, keep_alive),
                &answer.body[..half],
            )
            .await?;
            // A reset also throws away what the client has not read yet: this gives it the time to see the half.
            tokio::time::sleep(Duration::from_millis(50)).await;
            reset(stream)?;
        }
        Reply::StallBeforeHeaders => until_closed(stream).await,
        Reply::StallAfterHeaders => {
            send(stream, &answer.head(whole, keep_alive), &[]).await?;
            until_closed(stream).await;
        }
        Reply::TruncatedBody => {
            send(
                stream,
                &answer.head(whole, keep_alive),
                &answer.body[..half],
            )
            .await?;
        }
        Reply::Trickle { bytes_per_second } => {
            send(stream, &answer.head(whole, keep_alive), &[]).await?;
            trickle(stream, &answer.body, *bytes_per_second).await?;
            return Ok(ControlFlow::Continue(()));
        }
        Reply::HugeBody { bytes } => {
            send(stream, &answer.head(Framing::Chunked, keep_alive), &[]).await?;
            send_padded(stream, &answer.body, *bytes).await?;
            return Ok(ControlFlow::Continue(()));
        }
        _ => {
            send(stream, &answer.head(whole, keep_alive), &answer.body).await?;
            return Ok(ControlFlow::Continue(()));
        }
    }
    Ok(ControlFlow::Break(()))
}

/// Sends head and body in one write, so that a fast path is not judged by how packets fall.
async fn send(stream: &mut Stream, head: &[u8], body: &[u8]) -> io::Result<()> {
    stream.write_all(&[head, body].concat()).await?;
    stream.flush().await
}

/// Makes the closing of the connection, which the caller does next, a reset.
fn reset(stream: &mut Stream) -> io::Result<()> {
    stream.get_ref().socket().set_zero_linger()
}

/// Waits for the client to close, and ignores everything that it sends meanwhile.
async fn until_closed(stream: &mut Stream) {
    let mut ignored = [0; 1024];
    while stream.read(&mut ignored).await.is_ok_and(|read| read > 0) {}
}

async fn trickle(stream: &mut Stream, body: &[u8], bytes_per_second: u32) -> io::Result<()> {
    let mut ticks = tokio::time::interval(Duration::from_secs(1) / bytes_per_second.max(1));
    for byte in body {
        ticks.tick().await;
        stream.write_all(&[*byte]).await?;
        stream.flush().await?;
    }
    Ok(())
}

/// Sends `body` and white space up to a length of `bytes`, in chunks.
async fn send_padded(stream: &mut Stream, body: &[u8], bytes: u64) -> io::Result<()> {
    let spaces = [b' '; 1024];
    send_chunk(stream, body).await?;
    let mut left = bytes.saturating_sub(body.len() as u64);
    while left > 0 {
        let size = usize::try_from(left).map_or(spaces.len(), |left| left.min(spaces.len()));
        send_chunk(stream, &spaces[..size]).await?;
        left -= size as u64;
    }
    // The chunk without a size ends the body.
    send_chunk(stream, &[]).await
}

async fn send_chunk(stream: &mut Stream, data: &[u8]) -> io::Result<()> {
    let size = format!("{:x}\r\n", data.len());
    stream
        .write_all(&[size.as_bytes(), data, b"\r\n"].concat())
        .await?;
    stream.flush().await
}
