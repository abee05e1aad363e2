//! The counter of a window of time.
//!
//! The pointer names one window. A counter can exist for it, for the one before, because requests of that one may still
//! be under way, and for the one after, because a host whose clock is behind may have moved the pointer back. An instance
//! that moves the pointer removes the counters beyond these, so a counter takes few keys, however long it is in use.
//! There is no pointer where counters go away by themselves.

use std::num::NonZeroU64;
use std::time::Duration;

use crate::counter::Generations;
use crate::platform::{Counters, Store};

/// A counter in a window of time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct WindowCounter {
    generations: Generations,
    window: Window,
}

/// A window: its length in seconds, and its number, counted from the Unix epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Window {
    seconds: NonZeroU64,
    number: u64,
}

/// The value of a counter after an addition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Count {
    pub(super) value: i64,
    /// True if it is the next window's, which another instance has begun already.
    pub(super) in_next_window: bool,
}

impl WindowCounter {
    /// Names the counter under `key` in the window with this number.
    pub(super) fn new(key: String, seconds: NonZeroU64, number: u64) -> Self {
        Self {
            generations: Generations::new(key),
            window: Window { seconds, number },
        }
    }

    /// Adds one to the counter and returns its new value; a window begins at zero. After an error the counter may have
    /// changed all the same.
    pub(super) async fn add(&self, platform: &(impl Store + Counters)) -> anyhow::Result<Count> {
        if platform.expire() {
            // It outlives its window by as much as clocks may differ.
            let lifetime = Duration::from_secs(self.window.seconds.get().saturating_mul(2));
            let key = self.key_of(self.window);
            let value = platform.count_up_for(&key, 1, lifetime).await?;
            return Ok(self.count(value, self.window));
        }
        let pointer = self.generations.pointer(platform).await?;
        let pointer = Window::parse(&pointer);
        let next = self.window.after();
        if pointer == Some(next) {
            return self.add_in(platform, next).await;
        }
        if pointer != Some(self.window) {
            // Requests may still be under way in the window before. A later one can only be there if a clock is wrong.
            let [before, this, _] = self.window.and_neighbours();
            let falls_off = pointer.map(Window::and_neighbours).into_iter().flatten();
            let falls_off = falls_off.filter(|window| ![before, this].contains(window));
            self.generations
                .begin(platform, &self.window.name(), falls_off.map(Window::name))
                .await?;
        }
        self.add_in(platform, self.window).await
    }

    /// Adds one to a counter that this instance has added to before, in one step. `None` where it has been removed
    /// since. After an error the counter may have changed all the same.
    pub(super) async fn add_again(
        &self,
        platform: &(impl Store + Counters),
    ) -> anyhow::Result<Option<Count>> {
        if platform.expire() {
            return self.add(platform).await.map(Some);
        }
        let count = self.add_in(platform, self.window).await?;
        Ok((count.value > 1 || self.look_after(platform).await?).then_some(count))
    }

    /// Looks after a counter that a late addition has found at its beginning: it may have been removed before, so that
    /// no pointer leads to it now. Then it is removed again, and `false` is returned.
    pub(super) async fn look_after(
        &self,
        platform: &(impl Store + Counters),
    ) -> anyhow::Result<bool> {
        let pointer = self.generations.pointer(platform).await?;
        let kept = Window::parse(&pointer)
            .is_some_and(|pointer| pointer.and_neighbours().contains(&self.window));
        if !kept {
            platform.remove(&self.key_of(self.window)).await?;
        }
        Ok(kept)
    }

    async fn add_in(&self, platform: &impl Counters, window: Window) -> anyhow::Result<Count> {
        let value = platform.count_up(&self.key_of(window), 1).await?;
        Ok(self.count(value, window))
    }

    fn count(&self, value: i64, window: Window) -> Count {
        Count {
            value,
            in_next_window: window != self.window,
        }
    }

    fn key_of(&self, window: Window) -> String {
        self.generations.counter_key(&window.name())
    }
}

impl Window {
    fn parse(name: &str) -> Option<Self> {
        let (seconds, number) = name.split_once(':')?;
        Some(Self {
            seconds: seconds.parse().ok()?,
            number: number.parse().ok()?,
        })
    }

    fn name(self) -> String {
        format!("{}:{}", self.seconds, self.number)
    }

    fn after(self) -> Self {
        Self {
            number: self.number.saturating_add(1),
            ..self
        }
    }

    /// Returns the windows that can have counters while the pointer names this one.
    fn and_neighbours(self) -> [Self; 3] {
        let before = Self {
            number: self.number.saturating_sub(1),
            ..self
        };
        [before, self, self.after()]
    }
}

#[cfg(test)]
mod tests;
