//! Bodies that end with an error where otherwise they would seem to end, or never would.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::time::{Instant, Sleep};
use wasmtime_wasi_http::Error;

use crate::lost::Lost;

/// A body from an instance: its end is an error when the instance was lost before.
pub(crate) struct WhileAlive<B> {
    body: B,
    lost: Lost,
}

impl<B> WhileAlive<B> {
    pub(crate) fn new(body: B, lost: Lost) -> Self {
        Self { body, lost }
    }
}

impl<B: Body<Data = Bytes, Error = Error> + Unpin> Body for WhileAlive<B> {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        if frame.is_none() && self.lost.is_lost() {
            return Poll::Ready(Some(Err(Error::ConnectionTerminated)));
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream() && !self.lost.is_lost()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A body that ends with an error when it makes no progress for too long.
pub(crate) struct BetweenBytes<B> {
    body: B,
    timeout: Duration,
    sleep: Pin<Box<Sleep>>,
}

impl<B> BetweenBytes<B> {
    pub(crate) fn new(body: B, timeout: Duration) -> Self {
        Self {
            body,
            timeout,
            sleep: Box::pin(tokio::time::sleep(timeout)),
        }
    }
}

impl<B: Body<Data = Bytes, Error = Error> + Unpin> Body for BetweenBytes<B> {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(cx) {
            let deadline = Instant::now() + self.timeout;
            self.sleep.as_mut().reset(deadline);
            return Poll::Ready(frame);
        }
        ready!(self.sleep.as_mut().poll(cx));
        Poll::Ready(Some(Err(Error::ConnectionReadTimeout)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http_body_util::{BodyExt as _, Full};

    use super::WhileAlive;
    use crate::lost::Lost;

    #[tokio::test]
    async fn the_end_of_a_body_is_an_error_once_its_instance_is_lost() {
        let lost = Lost::default();
        let body = || {
            let whole = Full::new(Bytes::from("a")).map_err(|never| match never {});
            WhileAlive::new(whole.boxed_unsync(), lost.clone())
        };
        assert_eq!(body().collect().await.unwrap().to_bytes(), "a");
        lost.set();
        assert!(body().collect().await.is_err());
    }
}
