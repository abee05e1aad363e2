//! Counts the requests that a user makes in a window, in memory.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use axum::http::HeaderValue;

use crate::refusal::Refusal;
use crate::settings::Limit;

pub struct Limiter {
    limits: HashMap<String, Limit>,
    counts: Mutex<HashMap<String, Count>>,
}

/// The requests of a user in a window.
struct Count {
    window: u64,
    requests: u64,
}

/// The two headers that tell the caller what is left.
pub type LimitHeaders = [(&'static str, HeaderValue); 2];

impl Limiter {
    pub fn new(limits: HashMap<String, Limit>) -> Self {
        Self {
            limits,
            counts: Mutex::default(),
        }
    }

    /// Counts a request, and refuses it if it is one too many.
    pub fn admit(&self, user: &str, plan: &str) -> Result<LimitHeaders, Refusal> {
        let Some(&Limit { requests, seconds }) = self.limits.get(plan) else {
            return Err(Refusal::limited(60));
        };
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let now = now.unwrap_or_default().as_secs();
        let window = now / seconds;
        let reset = seconds - now % seconds;
        let made = {
            let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
            let fresh = || Count {
                window,
                requests: 0,
            };
            let count = match counts.get_mut(user) {
                Some(count) => count,
                None => counts.entry(user.to_owned()).or_insert_with(fresh),
            };
            if count.window != window {
                *count = fresh();
            }
            count.requests += 1;
            count.requests
        };
        if made > requests {
            return Err(Refusal::limited(reset));
        }
        let header = |text: String| {
            HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static(""))
        };
        Ok([
            (
                "ratelimit-policy",
                header(format!("\"{plan}\";q={requests};w={seconds}")),
            ),
            (
                "ratelimit",
                header(format!("\"{plan}\";r={};t={reset}", requests - made)),
            ),
        ])
    }
}
