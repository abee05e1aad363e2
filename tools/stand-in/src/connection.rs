//! One TCP connection: read a request, record it, find the answer, deliver it, and so on.

use std::io;

use tokio::net::TcpStream;

use crate::api::Answered;
use crate::faults::delivery;
use crate::state::Shared;
use crate::stream::Stream;
use crate::wire::read_request;
use crate::{api, control, pages};

/// Serves a connection until either side ends it, in order, or with a reset where a fault has asked for one.
///
/// Fails when the client breaks it, or sends what is not HTTP/1.1, which is the client's to see.
pub(crate) async fn serve(socket: TcpStream, number: u64, shared: &Shared) -> io::Result<()> {
    // Only a program on this machine may change how the stand-in behaves.
    let from_here = socket.peer_addr()?.ip().to_canonical().is_loopback();
    let controls = shared.settings.controls && from_here;
    let mut stream = Stream::new(socket)?;
    while let Some(mut request) = read_request(&mut stream).await? {
        request.connection = number;
        // A request of the control surface is none to Stripe, so it is not recorded.
        let Answered {
            answer,
            reply,
            under_way,
        } = if controls && request.path.starts_with(control::PREFIX) {
            control::answer(shared, &request).await.into()
        } else {
            shared.lock().requests.push(request.clone());
            let page = pages::answer(shared, &request);
            page.map_or_else(|| api::answer(shared, &request), Answered::from)
        };
        delivery::wait(&reply).await;
        if let Some(key) = under_way {
            shared.lock().answers.finish(&key);
        }
        let goes_on = delivery::deliver(&mut stream, &answer, &reply, request.keep_alive).await?;
        if !goes_on || !request.keep_alive {
            break;
        }
    }
    Ok(())
}
