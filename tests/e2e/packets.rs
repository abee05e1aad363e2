//! How calls leave the host, which, like Spin, does not set `TCP_NODELAY`: a second packet would wait for the receiver's
//! delayed acknowledgement of the first one. The store is a file, since it is the wait for a disk after which a call would
//! leave in two packets.

use std::collections::HashSet;
use std::path::Path;

use portico_host::KeyValue;

use crate::harness::Portico;

/// How many calls are made, one after the other.
const CALLS: usize = 40;

/// How many may arrive in more than one read. It is a matter of threads, and some do; of the calls that leave in two
/// packets, nearly all would.
const EXCEPTIONS: usize = CALLS / 4;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn head_and_body_of_a_call_to_stripe_leave_in_one_packet_also_on_a_reused_connection() {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join(format!("packets-{}.sqlite", std::process::id()));
    let store = KeyValue::sqlite(&file).unwrap();
    let portico = Portico::setup().on(&store).start().await;
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
    // A file that stays behind is in the way of nobody.
    let _ = std::fs::remove_file(file);
}
