use std::future::pending;

use futures::executor::block_on;

use super::memory::MemoryPlatform;
use super::*;

const LONG: Duration = Duration::from_secs(5);

/// A future that is ready when it has been asked so many times more than once.
async fn after(turns: u32) {
    let mut left = turns;
    std::future::poll_fn(move |context| {
        if left == 0 {
            return Poll::Ready(());
        }
        left -= 1;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

#[test]
fn what_is_there_within_a_turn_takes_no_timer() {
    for turns in [0, 1] {
        let platform = MemoryPlatform::default();
        assert_eq!(
            block_on(soon_within(&platform, LONG, after(turns))),
            Some(())
        );
        // A timer would have let the time pass.
        assert_eq!(platform.monotonic(), Duration::ZERO, "{turns}");
    }
}

#[test]
fn what_never_comes_is_given_up_when_the_time_has_passed() {
    let platform = MemoryPlatform::default();
    let never = pending::<()>;
    assert_eq!(block_on(soon_within(&platform, LONG, never())), None);
    assert_eq!(platform.monotonic(), LONG);
    assert_eq!(block_on(within(&platform, LONG, never())), None);
    assert_eq!(platform.monotonic(), 2 * LONG);
}

#[test]
fn things_are_waited_for_side_by_side_and_keep_their_order() {
    let order = std::cell::RefCell::new(Vec::new());
    let one = async |turns: u32| {
        after(turns).await;
        order.borrow_mut().push(turns);
        turns
    };
    assert_eq!(block_on(side_by_side([3, 0, 2].map(one))), [3, 0, 2]);
    assert_eq!(*order.borrow(), [0, 2, 3]);
}
