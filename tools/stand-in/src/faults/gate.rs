//! An answer that a test lets go when it wants to.

use std::sync::Arc;

use tokio::sync::Semaphore;

/// Holds the answer to one call back. The answer is made when the call arrives, so that it tells what was true then,
/// and leaves when the gate is opened: that way, answers overtake each other without a test that depends on time.
#[derive(Debug, Clone)]
pub struct Gate(Arc<[Semaphore; 2]>);

impl Gate {
    pub(crate) fn new() -> Self {
        Self(Arc::new([0, 0].map(Semaphore::new)))
    }

    /// Returns once the call has arrived and its answer is made.
    pub async fn arrived(&self) {
        let _ = self.0[0].acquire().await;
    }

    /// Lets the answer go, also if the call has not arrived yet.
    pub fn open(&self) {
        self.0[1].add_permits(1);
    }

    /// Waits at the gate with an answer.
    pub(crate) async fn pass(&self) {
        self.0[0].add_permits(1);
        let _ = self.0[1].acquire().await;
    }
}
