//! How fast calls follow each other.

use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// Gives each call a moment of its own, at an even distance from the last one. Threads share it.
pub(crate) struct Pace {
    begin: Instant,
    schedule: Mutex<Schedule>,
}

impl Pace {
    /// So many calls in a second.
    pub(crate) fn new(rate: u32) -> Self {
        Self {
            begin: Instant::now(),
            schedule: Mutex::new(Schedule {
                distance: Duration::from_secs(1) / rate.max(1),
                next: Duration::ZERO,
            }),
        }
    }

    /// Waits until the next call may be made.
    pub(crate) fn wait(&self) {
        loop {
            let wait = self.with(Schedule::take);
            match wait {
                None => return,
                Some(wait) => thread::sleep(wait),
            }
        }
    }

    /// Holds all calls for so long, since a server asks for fewer of them.
    pub(crate) fn hold(&self, pause: Duration) {
        self.with(|schedule, now| schedule.hold(now, pause));
    }

    fn with<T>(&self, action: impl FnOnce(&mut Schedule, Duration) -> T) -> T {
        // A thread that panicked has left it whole.
        let mut schedule = self.schedule.lock().unwrap_or_else(PoisonError::into_inner);
        action(&mut schedule, self.begin.elapsed())
    }
}

/// The moments, counted from a beginning. Pure.
#[derive(Debug)]
struct Schedule {
    distance: Duration,
    /// The earliest moment of the next call.
    next: Duration,
}

impl Schedule {
    /// Takes the moment, or says how long it is to the next one. Moments that passed unused are not made up for.
    fn take(&mut self, now: Duration) -> Option<Duration> {
        let wait = self.next.saturating_sub(now);
        if !wait.is_zero() {
            return Some(wait);
        }
        self.next = now + self.distance;
        None
    }

    fn hold(&mut self, now: Duration, pause: Duration) {
        self.next = self.next.max(now + pause);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Schedule;

    const fn milliseconds(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    #[test]
    fn no_two_calls_are_closer_than_the_rate_allows() {
        let mut schedule = Schedule {
            distance: milliseconds(100),
            next: Duration::ZERO,
        };
        assert_eq!(schedule.take(milliseconds(0)), None);
        assert_eq!(schedule.take(milliseconds(30)), Some(milliseconds(70)));
        assert_eq!(schedule.take(milliseconds(100)), None);
        // A pause is not made up for.
        assert_eq!(schedule.take(milliseconds(1000)), None);
        assert_eq!(schedule.take(milliseconds(1000)), Some(milliseconds(100)));
    }

    #[test]
    fn a_server_that_asks_for_fewer_calls_gets_none_for_a_while() {
        let mut schedule = Schedule {
            distance: milliseconds(100),
            next: Duration::ZERO,
        };
        schedule.hold(milliseconds(0), milliseconds(500));
        schedule.hold(milliseconds(0), milliseconds(200));
        assert_eq!(schedule.take(milliseconds(100)), Some(milliseconds(400)));
        assert_eq!(schedule.take(milliseconds(500)), None);
    }
}
