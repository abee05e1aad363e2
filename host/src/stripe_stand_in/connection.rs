//! One TCP connection: read a request, record it, find the answer, deliver it, and so on.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Instant;

use tokio::io::{AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use super::recorded::RecordedRequest;
use super::reply::Reply;
use super::state::Shared;
use super::wire::{self, Answer, Framing, Request};
use super::{api, control, delivery, page};

/// Serves a connection until either side ends it. What goes wrong on it is the client's to see, so it is not reported.
pub(super) async fn serve(stream: TcpStream, number: u64, shared: Arc<Shared>) {
    // Half an answer must leave when it is written, not when the other half follows.
    if stream.set_nodelay(true).is_err() {
        return;
    }
    // Only whoever is on this machine may change how the stand-in behaves.
    let controls = shared.controls
        && stream
            .peer_addr()
            .is_ok_and(|peer| peer.ip().to_canonical().is_loopback());
    let mut stream = BufReader::new(stream);
    loop {
        match wire::read_request(&mut stream).await {
            Ok(Some(request)) => {
                // A request of the control surface is none to Stripe, so it is not recorded.
                let (answer, reply) = if controls && request.path.starts_with(control::PREFIX) {
                    (control::answer(&shared, &request), Reply::Normal)
                } else {
                    record(&shared, &request, number);
                    answer(&shared, &request)
                };
                let keep_alive = request.keep_alive;
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

fn record(shared: &Shared, request: &Request, connection: u64) {
    shared.lock().requests.push(RecordedRequest {
        method: request.method.clone(),
        path: request.path.clone(),
        headers: request.headers.clone(),
        body: request.body.clone(),
        received_at: Instant::now(),
        connection,
    });
}

/// The answer, and the reply that says how to deliver it.
fn answer(shared: &Shared, request: &Request) -> (Answer, Reply) {
    let path = request.path.split('?').next().unwrap_or_default();
    match (request.method.as_str(), path.strip_prefix("/p/session/")) {
        ("POST", _) if path == "/v1/billing_portal/sessions" => {
            api::create_session(shared, request)
        }
        ("GET", Some(token)) => (page::page(shared, token), Reply::Normal),
        (method, _) => (api::unrecognized_url(shared, method, path), Reply::Normal),
    }
}
