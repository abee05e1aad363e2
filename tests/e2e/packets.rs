//! The packets in which calls leave the host. Like Spin, it does not set `TCP_NODELAY`: a second packet would wait for
//! the receiver's delayed acknowledgement of the first one.

use std::collections::HashSet;

use crate::harness::{Portico, store_in_a_file};

/// The number of calls that are made, one after the other.
const CALLS: usize = 40;

/// The number of calls that may arrive in more than one read. It is a matter of threads, and some do; of the calls that
/// leave in two packets, nearly all would.
const EXCEPTIONS: usize = CALLS / 4;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn head_and_body_of_a_call_to_stripe_leave_in_one_packet_also_on_a_reused_connection() {
    few_calls_are_split(&Portico::start().await).await;
}

/// The host uses a file as Spin does: it lends its thread, and another one takes up the connection meanwhile.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn head_and_body_leave_in_one_packet_also_where_the_store_is_a_file() {
    let store = store_in_a_file("packets");
    few_calls_are_split(&Portico::setup().on(&store).start().await).await;
}

async fn few_calls_are_split(portico: &Portico) {
    for _ in 0..CALLS {
        portico.portal_as_user().opens_session().await;
    }
    let requests = portico.stripe.requests();
    let mut seen = HashSet::new();
    let reused: Vec<usize> = requests
        .iter()
        .filter(|request| !seen.insert(request.connection))
        .map(|request| request.reads)
        .collect();
    assert!(reused.len() > CALLS / 2, "connections are not reused");
    let split = reused.iter().filter(|reads| **reads > 1).count();
    println!("{split} of {} calls took more than one read", reused.len());
    assert!(split <= EXCEPTIONS, "the reads of each call: {reused:?}");
}
