//! One TCP connection: read a request, record it, find the answer, deliver it, and so on.

use std::io;
use std::time::Instant;

use tokio::net::TcpStream;

use crate::api::Answered;
use crate::faults::delivery;
use crate::recorded::RecordedRequest;
use crate::state::Shared;
use crate::stream::Stream;
use crate::wire::{Request, read_request};
use crate::{api, control, pages};

/// Serves a connection until either side ends it, in order, or with a reset where a fault has asked for one.
///
/// Fails when the client breaks it, or sends what is not HTTP/1.1, which is the client's to see.
pub(crate) async fn serve(socket: TcpStream, number: u64, shared: &Shared) -> io::Result<()> {
    // Only a program on this machine may change how the stand-in behaves.
    let from_here = socket.peer_addr()?.ip().to_canonical().is_loopback();
    let controls = shared.settings.controls && from_here;
    let mut stream = Stream::new(socket)?;
    while let Some(request) = read_request(&mut stream).await? {
        let reads = stream.take_reads();
        // A request of the control surface is none to Stripe, so it is not recorded.
        let Answered {
            answer,
            reply,
            under_way,
        } = if controls && request.target.starts_with(control::PREFIX) {
            control::answer(shared, &request).await.into()
        } else {
            record(shared, &request, number, reads);
            let page = pages::answer(shared, &request);
            page.map_or_else(|| api::answer(shared, &request), Answered::from)
        };
        delivery::wait(&reply).await;
        if let Some(key) = under_way {
            shared.lock().answers.set_under_way(&key, false);
        }
        let goes_on = delivery::deliver(&mut stream, &answer, &reply, request.keep_alive).await?;
        if !goes_on || !request.keep_alive {
            break;
        }
    }
    Ok(())
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
