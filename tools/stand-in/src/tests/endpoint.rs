//! A webhook endpoint that answers as a test wants.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpListener;

use crate::stream::Stream;
use crate::wire::{Request, read_request};

/// A running endpoint. It answers 200 once there are no other statuses left.
pub(super) struct Endpoint {
    pub(super) url: String,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    statuses: VecDeque<u16>,
    received: Vec<Request>,
}

impl Endpoint {
    pub(super) async fn start(statuses: impl IntoIterator<Item = u16>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!(
            "http://{}/webhook?a=b",
            listener.local_addr().expect("an address")
        );
        let state = Arc::new(Mutex::new(State {
            statuses: statuses.into_iter().collect(),
            received: Vec::new(),
        }));
        tokio::spawn({
            let state = Arc::clone(&state);
            async move {
                while let Ok((socket, _)) = listener.accept().await {
                    let mut stream = Stream::new(socket).expect("a connection");
                    let Ok(Some(request)) = read_request(&mut stream).await else {
                        continue;
                    };
                    let status = {
                        let mut state = state.lock().unwrap();
                        state.received.push(request);
                        state.statuses.pop_front().unwrap_or(200)
                    };
                    let answer = format!("HTTP/1.1 {status} X\r\nContent-Length: 4\r\n\r\nbody");
                    let _ = stream.socket.write_all(answer.as_bytes()).await;
                }
            }
        });
        Self { url, state }
    }

    /// Takes out the requests that have come so far.
    pub(super) fn take(&self) -> Vec<Request> {
        std::mem::take(&mut self.state.lock().unwrap().received)
    }
}
