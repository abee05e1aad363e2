//! The clocks and the randomness that all hosts have.

use std::time::Duration;

use wasip3::clocks::{monotonic_clock, system_clock};
use wasip3::random::random;

use portico::platform::{Clock, Random};

/// The clocks and the randomness of WASI 0.3, and outbound HTTP.
#[derive(Clone, Copy, Debug, Default)]
pub struct System;

impl Clock for System {
    fn now(&self) -> Duration {
        let now = system_clock::now();
        Duration::new(
            u64::try_from(now.seconds).unwrap_or_default(),
            now.nanoseconds,
        )
    }

    fn monotonic(&self) -> Duration {
        Duration::from_nanos(monotonic_clock::now())
    }

    async fn sleep(&self, duration: Duration) {
        monotonic_clock::wait_for(nanoseconds(duration)).await;
    }
}

pub(crate) fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

impl Random for System {
    fn random_bytes(&self) -> [u8; 16] {
        let high = u128::from(random::get_random_u64()) << 64;
        (high | u128::from(random::get_random_u64())).to_be_bytes()
    }
}
