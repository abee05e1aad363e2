//! The lines that a component writes, and those of the host itself.

use std::io::{self, Write as _};
use std::mem;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use tokio::io::AsyncWrite;
use wasmtime_wasi::async_trait;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamResult};

/// A longer line of a component is cut into several, so that one without an end takes no unbounded memory. In bytes.
const MAX_LINE: usize = 256 * 1024;

/// The place where the lines of a component go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogSink {
    /// They are kept for [`Host::logs`](crate::Host::logs).
    #[default]
    Memory,
    /// They go to the standard error of this process.
    Stderr,
}

/// The lines of all instances of a component, and those of the host about it. Clones share them.
#[derive(Clone)]
pub(crate) struct Logs(Arc<Inner>);

struct Inner {
    sink: LogSink,
    component: Mutex<Vec<String>>,
    host: Mutex<Vec<String>>,
}

impl Logs {
    pub(crate) fn new(sink: LogSink) -> Self {
        Self(Arc::new(Inner {
            sink,
            component: Mutex::default(),
            host: Mutex::default(),
        }))
    }

    /// Returns the lines that components have written, where they are kept.
    pub(crate) fn component(&self) -> Vec<String> {
        locked(&self.0.component).clone()
    }

    /// Returns the lines that the host has written about the component.
    pub(crate) fn host(&self) -> Vec<String> {
        locked(&self.0.host).clone()
    }

    /// Tells the operator something. It is always on standard error, because a trap is nothing to be silent about.
    pub(crate) fn tell(&self, line: impl Into<String>) {
        let line = line.into();
        write_stderr(&format!("portico-host: {line}"));
        locked(&self.0.host).push(line);
    }

    /// Makes an output stream for an instance.
    pub(crate) fn stream(&self) -> GuestOutput {
        GuestOutput(Arc::new(Mutex::new(Lines {
            logs: self.clone(),
            pending: Vec::new(),
        })))
    }

    fn push(&self, line: &[u8]) {
        let line = String::from_utf8_lossy(line).into_owned();
        match self.0.sink {
            LogSink::Memory => locked(&self.0.component).push(line),
            LogSink::Stderr => write_stderr(&line),
        }
    }
}

/// Writes a whole line at once, under a lock: lines of concurrent instances never mix.
fn write_stderr(line: &str) {
    let line = format!("{line}\n");
    // There is nobody left to tell that standard error is gone.
    let _ = io::stderr().lock().write_all(line.as_bytes());
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Bytes on their way to become lines.
struct Lines {
    logs: Logs,
    pending: Vec<u8>,
}

impl Lines {
    fn write(&mut self, bytes: &[u8]) {
        let mut parts = bytes.split(|&byte| byte == b'\n');
        // The last part is not ended yet; what is before each of the others is a line.
        let last = parts.next_back().unwrap_or_default();
        for part in parts {
            self.pending.extend_from_slice(part);
            self.logs.push(&mem::take(&mut self.pending));
        }
        self.pending.extend_from_slice(last);
        while self.pending.len() >= MAX_LINE {
            let rest = self.pending.split_off(MAX_LINE);
            self.logs.push(&mem::replace(&mut self.pending, rest));
        }
    }
}

/// Ends the last line of an instance that goes without an end of line: it may be the last words before a trap.
impl Drop for Lines {
    fn drop(&mut self) {
        if !self.pending.is_empty() {
            self.logs.push(&self.pending);
        }
    }
}

/// The standard output or error of one instance.
#[derive(Clone)]
pub(crate) struct GuestOutput(Arc<Mutex<Lines>>);

impl IsTerminal for GuestOutput {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for GuestOutput {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(self.clone())
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }
}

impl AsyncWrite for GuestOutput {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        locked(&self.0).write(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[async_trait]
impl Pollable for GuestOutput {
    async fn ready(&mut self) {}
}

impl OutputStream for GuestOutput {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        locked(&self.0).write(&bytes);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(MAX_LINE)
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use wasmtime_wasi::p2::OutputStream as _;

    use super::{LogSink, Logs, MAX_LINE};

    #[test]
    fn pieces_become_lines_and_those_of_two_instances_do_not_mix() {
        let logs = Logs::new(LogSink::Memory);
        let (mut one, mut two) = (logs.stream(), logs.stream());
        one.write(Bytes::from("a")).unwrap();
        two.write(Bytes::from("1\n2")).unwrap();
        one.write(Bytes::from("b\n\nc")).unwrap();
        assert_eq!(logs.component(), ["1", "ab", ""]);
        drop((one, two));
        assert_eq!(logs.component(), ["1", "ab", "", "c", "2"]);
    }

    #[test]
    fn a_line_without_an_end_is_cut() {
        let logs = Logs::new(LogSink::Memory);
        let mut stream = logs.stream();
        stream.write(Bytes::from(vec![b'x'; MAX_LINE + 1])).unwrap();
        assert_eq!(logs.component().len(), 1);
        drop(stream);
        let lengths: Vec<_> = logs.component().iter().map(String::len).collect();
        assert_eq!(lengths, [MAX_LINE, 1]);
    }

    #[test]
    fn what_the_host_says_is_not_among_the_components_lines() {
        let logs = Logs::new(LogSink::Memory);
        logs.tell("trapped");
        assert!(logs.component().is_empty());
        assert_eq!(logs.host(), ["trapped"]);
    }
}
