//! An answer that a test lets go when it wants to.

use std::sync::Arc;

use tokio::sync::watch;

/// Holds the answer to one call back. The answer is made when the call arrives, so that it tells what was true then,
/// and leaves when the gate is opened: that way, answers overtake each other without a test that depends on time.
#[derive(Debug, Clone)]
pub struct Gate(Arc<watch::Sender<Phase>>);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    Waiting,
    Arrived,
    Open,
}

impl Gate {
    pub(crate) fn new() -> Self {
        Self(Arc::new(watch::Sender::new(Phase::Waiting)))
    }

    /// Returns once the call has arrived and its answer is made.
    pub async fn arrived(&self) {
        self.reached(Phase::Arrived).await;
    }

    /// Lets the answer go, also if the call has not arrived yet.
    pub fn open(&self) {
        self.0.send_replace(Phase::Open);
    }

    /// Waits at the gate with an answer.
    pub(crate) async fn pass(&self) {
        self.0.send_if_modified(|phase| {
            let first = *phase == Phase::Waiting;
            if first {
                *phase = Phase::Arrived;
            }
            first
        });
        self.reached(Phase::Open).await;
    }

    async fn reached(&self, wanted: Phase) {
        // It cannot fail, because this gate has the sender.
        let _ = self.0.subscribe().wait_for(|phase| *phase >= wanted).await;
    }
}

/// Two gates are equal when they are one.
impl PartialEq for Gate {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Gate {}
