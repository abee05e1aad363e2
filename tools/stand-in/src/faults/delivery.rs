//! The sending of an answer to the client, and the ways in which it fails.

use std::io;
use std::time::Duration;

use tokio::io::AsyncWriteExt as _;

use super::reply::Reply;
use crate::stream::Stream;
use crate::wire::Answer;

/// Returns when the sending of an answer may begin.
pub(crate) async fn wait(reply: &Reply) {
    match reply {
        Reply::Delay(pause) => tokio::time::sleep(*pause).await,
        Reply::Held(gate) => gate.pass().await,
        _ => {}
    }
}

/// Sends `answer` in the way that `reply` asks for, and returns whether the connection may be used again.
///
/// Fails when the client ends the connection.
pub(crate) async fn deliver(
    stream: &mut Stream,
    answer: &Answer,
    reply: &Reply,
    keep_alive: bool,
) -> io::Result<bool> {
    let head = answer.head(Some(answer.body.len()), keep_alive);
    let half = &answer.body[..answer.body.len() / 2];
    match reply {
        Reply::ResetBeforeHeaders => stream.socket.set_zero_linger()?,
        Reply::ResetDuringBody => {
            send(stream, &[&head, half]).await?;
            // A reset also throws away what the client has not read yet: this gives it the time to see the half.
            tokio::time::sleep(Duration::from_millis(50)).await;
            stream.socket.set_zero_linger()?;
        }
        Reply::StallBeforeHeaders => drop(stream.rest().await?),
        Reply::StallAfterHeaders => {
            send(stream, &[&head]).await?;
            stream.rest().await?;
        }
        Reply::TruncatedBody => send(stream, &[&head, half]).await?,
        Reply::Trickle { bytes_per_second } => {
            send(stream, &[&head]).await?;
            let pause = Duration::from_secs(1) / (*bytes_per_second).max(1);
            let mut ticks = tokio::time::interval(pause);
            for byte in &answer.body {
                ticks.tick().await;
                send(stream, &[&[*byte]]).await?;
            }
            return Ok(true);
        }
        Reply::HugeBody { bytes } => {
            send(stream, &[&answer.head(None, keep_alive)]).await?;
            send_padded(stream, &answer.body, *bytes).await?;
            return Ok(true);
        }
        _ => {
            send(stream, &[&head, &answer.body]).await?;
            return Ok(true);
        }
    }
    Ok(false)
}

/// Sends all parts in one write, so that a fast path is not judged by how packets fall.
async fn send(stream: &mut Stream, parts: &[&[u8]]) -> io::Result<()> {
    stream.socket.write_all(&parts.concat()).await
}

/// Sends `body` and white space up to a length of `bytes`, in chunks.
async fn send_padded(stream: &mut Stream, body: &[u8], bytes: u64) -> io::Result<()> {
    let spaces = [b' '; 1024];
    send_chunk(stream, body).await?;
    let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
    let mut left = bytes.saturating_sub(body.len());
    while left > 0 {
        let size = left.min(spaces.len());
        send_chunk(stream, &spaces[..size]).await?;
        left -= size;
    }
    // The chunk without a size ends the body.
    send_chunk(stream, &[]).await
}

async fn send_chunk(stream: &mut Stream, data: &[u8]) -> io::Result<()> {
    let size = format!("{:x}\r\n", data.len());
    send(stream, &[size.as_bytes(), data, b"\r\n"]).await
}
