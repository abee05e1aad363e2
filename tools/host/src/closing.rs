//! The sign that the host is closing.

use tokio::sync::watch;

/// Waits until the host is closing, or is gone.
pub(crate) async fn closed(mut closing: watch::Receiver<bool>) {
    let _ = closing.wait_for(|&closing| closing).await;
}
