//! One TCP connection: read a request, record it, find the answer, deliver it, and so on.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Instant;

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::api::Answered;
use crate::faults::{Reply, delivery};
use crate::recorded::RecordedRequest;
use crate::state::Shared;
use crate::stream::Counted;
use crate::wire::{self, Answer, Framing, Request};
use crate::{api, control, pages};

/// Serves a connection until either side ends it. Failures on it are the client's to see, so they are not reported.
pub(crate) async fn serve(stream: TcpStream, number: u64, shared: Arc<Shared>) {
    // Half an answer must leave when it is written, not when the other half follows.
    if stream.set_nodelay(true).is_err() {
        return;
    }
    // Only a program on this machine may change how the stand-in behaves.
    let controls = shared.settings.controls
        && stream
            .peer_addr()
            .is_ok_and(|peer| peer.ip().to_canonical().is_loopback());
    let mut stream = Counted::buffered(stream);
    loop {
        match wire::read_request(&mut stream).await {
            Ok(Some(request)) => {
                let reads = stream.get_mut().take_reads();
                // A request of the control surface is none to Stripe, so it is not recorded.
                let Answered {
                    answer,
                    reply,
                    under_way,
                } = if controls && request.target.starts_with(control::PREFIX) {
                    plain(control::answer(&shared, &request).await)
                } else {
                    record(&shared, &request, number, reads);
                    let page = pages::answer(&shared, &request);
                    page.map_or_else(|| api::answer(&shared, &request), plain)
                };
                let keep_alive = request.keep_alive;
                delivery::wait(&reply).await;
                if let Some(key) = under_way {
                    shared.lock().answers.set_under_way(&key, false);
                }
                match delivery::deliver(&mut stream, &answer, &reply, keep_alive).await {
                    Ok(ControlFlow::Continue(())) if keep_alive => {}
                    _ => break,
                }
            }
            Ok(None) => break,
            Err(_) => {
                let answer = Answer::json(400, Vec::new());
                let _ = stream
                    .write_all(&answer.head(Framing::Length(0), false))
                    .await;
                let _ = stream.shutdown().await;
                break;
            }
        }
    }
    // Dropping the stream closes it: in order, or with a reset when the delivery has asked for one.
}

fn record(shared: &Shared, request: &Request, connection: u64, reads: usize) {
    shared.lock().requests.push(RecordedRequest {
        method: request.method.clone(),
        path: request.target.clone(),
        headers: request.headers.clone(),
        body: request.body.clone(),
        received_at: Instant::now(),
        connection,
        reads,
    });
}

/// Returns an answer that is delivered as usual.
fn plain(answer: Answer) -> Answered {
    Answered {
        answer,
        reply: Reply::Normal,
        under_way: None,
    }
}
