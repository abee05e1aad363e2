//! The wall clock of the instances, which a test can set.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use wasmtime_wasi::HostWallClock;

/// The clock that tells all instances of a host the time of day. Clones are handles on the same clock.
///
/// It runs with the system's clock until it is told otherwise. The monotonic clock, by which instances measure and wait,
/// is always the system's.
#[derive(Clone, Debug, Default)]
pub struct Clock(Arc<Mutex<Hands>>);

#[derive(Clone, Copy, Debug)]
enum Hands {
    /// The hands move with the system's, so far ahead or behind.
    Running { ahead: Duration, behind: Duration },
    /// The hands stand still.
    Stopped(SystemTime),
}

impl Clock {
    /// Returns the time that it shows.
    #[must_use]
    pub fn now(&self) -> SystemTime {
        self.hands().now()
    }

    /// Sets the time. A clock that runs goes on from there.
    pub fn set(&self, time: SystemTime) {
        let mut hands = self.hands();
        *hands = match *hands {
            Hands::Running { .. } => Hands::running_from(time),
            Hands::Stopped(_) => Hands::Stopped(time),
        };
    }

    /// Lets so much time pass at once.
    pub fn advance(&self, by: Duration) {
        let mut hands = self.hands();
        match &mut *hands {
            Hands::Running { ahead, .. } => *ahead += by,
            Hands::Stopped(time) => *time += by,
        }
    }

    /// Makes it stand still, so that no time passes but that of [`Clock::advance`] and [`Clock::set`].
    pub fn stop(&self) {
        let mut hands = self.hands();
        *hands = Hands::Stopped(hands.now());
    }

    /// Locks the hands. Each change of them is a single step, so a panic elsewhere spoils nothing.
    fn hands(&self) -> MutexGuard<'_, Hands> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Hands {
    fn running_from(time: SystemTime) -> Self {
        let (ahead, behind) = match time.duration_since(SystemTime::now()) {
            Ok(ahead) => (ahead, Duration::ZERO),
            Err(earlier) => (Duration::ZERO, earlier.duration()),
        };
        Self::Running { ahead, behind }
    }

    fn now(self) -> SystemTime {
        match self {
            Self::Running { ahead, behind } => SystemTime::now() + ahead - behind,
            Self::Stopped(time) => time,
        }
    }
}

impl Default for Hands {
    fn default() -> Self {
        Self::Running {
            ahead: Duration::ZERO,
            behind: Duration::ZERO,
        }
    }
}

impl HostWallClock for Clock {
    fn resolution(&self) -> Duration {
        Duration::from_nanos(1)
    }

    fn now(&self) -> Duration {
        let since = Self::now(self).duration_since(UNIX_EPOCH);
        since.unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime, UNIX_EPOCH};

    use super::Clock;

    const HOUR: Duration = Duration::from_hours(1);

    #[test]
    fn it_runs_with_the_system_until_it_is_told_otherwise() {
        let clock = Clock::default();
        let before = SystemTime::now();
        let shown = clock.now();
        assert!(before <= shown && shown <= SystemTime::now());
    }

    #[test]
    fn a_clock_that_is_set_or_moved_on_keeps_running() {
        let clock = Clock::default();
        for time in [UNIX_EPOCH + HOUR, SystemTime::now() + 24 * HOUR] {
            clock.set(time);
            let first = clock.now();
            assert!((time..time + HOUR).contains(&first));
            clock.advance(2 * HOUR);
            assert!((first + 2 * HOUR..first + 3 * HOUR).contains(&clock.now()));
        }
    }

    #[test]
    fn a_clock_that_is_stopped_moves_only_when_it_is_moved() {
        let clock = Clock::default();
        let handle = clock.clone();
        handle.stop();
        let stopped = clock.now();
        assert_eq!(clock.now(), stopped);
        handle.advance(HOUR);
        assert_eq!(clock.now(), stopped + HOUR);
        handle.set(UNIX_EPOCH);
        assert_eq!(clock.now(), UNIX_EPOCH);
    }
}
