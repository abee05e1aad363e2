//! HTTP, with repetitions.

use std::thread;
use std::time::Duration;

use anyhow::Result;
use serde_json::Value;
use ureq::Agent;
use ureq::http::{HeaderMap, Request};

use crate::pace::Pace;
use crate::retry::{Attempt, pause};

/// How long a call may take. Portico itself gives up after its `stripe_timeout_ms`.
const TIMEOUT: Duration = Duration::from_mins(1);

/// The longest answer: a hundred customers, each with ten subscriptions of some kilobytes.
const MAX_ANSWER_BYTES: u64 = 64 * 1024 * 1024;

/// The status that asks for fewer calls.
const TOO_MANY_REQUESTS: u16 = 429;

/// Makes calls. Threads share it, with the connections and the pace.
pub(crate) struct Client {
    agent: Agent,
    pace: Pace,
    attempts: u32,
}

/// The last answer to a call.
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Stripe's or Portico's identifier of the request, which leads to their logs.
    pub(crate) request_id: Option<String>,
    /// The body, where it is JSON.
    pub(crate) json: Option<Value>,
}

/// There was no answer in any attempt; the text says what happened to the last one, and has no address and no secret.
#[derive(Debug)]
pub(crate) struct Lost(pub(crate) String);

impl Client {
    /// A client that makes so many calls in a second, and each of them so often.
    pub(crate) fn new(rate: u32, attempts: u32) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            // A redirection would carry the key to another place.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_global(Some(TIMEOUT))
            .user_agent(concat!("portico-import/", env!("CARGO_PKG_VERSION")))
            .build();
        Self {
            agent: config.into(),
            pace: Pace::new(rate),
            attempts,
        }
    }

    /// Makes a call until it is answered for good. `request` makes it anew for each attempt.
    pub(crate) fn call(
        &self,
        request: impl Fn() -> Result<Request<Vec<u8>>>,
    ) -> Result<Result<Answer, Lost>> {
        let mut number = 0;
        loop {
            number += 1;
            self.pace.wait();
            let (outcome, attempt) = self.attempt(request()?);
            let again = pause(attempt, number).filter(|_| number < self.attempts);
            let Some(again) = again else {
                return Ok(outcome);
            };
            if matches!(attempt, Attempt::Answered { status, .. } if status == TOO_MANY_REQUESTS) {
                self.pace.hold(again);
            } else {
                thread::sleep(again);
            }
        }
    }

    fn attempt(&self, request: Request<Vec<u8>>) -> (Result<Answer, Lost>, Attempt) {
        let exchanged = self.agent.run(request).and_then(|answer| {
            let (head, mut body) = answer.into_parts();
            let body = body.with_config().limit(MAX_ANSWER_BYTES).read_to_vec()?;
            Ok((head, body))
        });
        match exchanged {
            Err(error) => (Err(Lost(describe(&error))), Attempt::Lost),
            Ok((head, body)) => {
                let status = head.status.as_u16();
                let attempt = Attempt::Answered {
                    status,
                    retry_after: text(&head.headers, "retry-after")
                        .and_then(|seconds| seconds.parse().ok())
                        .map(Duration::from_secs),
                    should_retry: text(&head.headers, "stripe-should-retry")
                        .and_then(|value| value.parse().ok()),
                };
                let request_id = ["request-id", "x-request-id"]
                    .into_iter()
                    .find_map(|name| text(&head.headers, name))
                    .filter(|id| is_word(id));
                let answer = Answer {
                    status,
                    request_id: request_id.map(str::to_owned),
                    json: serde_json::from_slice(&body).ok(),
                };
                (Ok(answer), attempt)
            }
        }
    }
}

impl Answer {
    /// For a message: the status, the code of an error, and the request's identifier. Stripe's own words stay out, since
    /// they can have parts of keys.
    pub(crate) fn describe(&self, code: Option<&str>) -> String {
        let mut text = self.status.to_string();
        for more in [code, self.request_id.as_deref()].into_iter().flatten() {
            if is_word(more) {
                text.push(' ');
                text.push_str(more);
            }
        }
        text
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// Whether a text has the form of a code or an identifier.
fn is_word(text: &str) -> bool {
    (1..=100).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'))
}

/// Describes the failure of a call, without the address, which can have a customer in it.
fn describe(error: &ureq::Error) -> String {
    match error {
        ureq::Error::Timeout(_) => "it took too long".to_owned(),
        ureq::Error::HostNotFound => "the host is not found".to_owned(),
        ureq::Error::ConnectionFailed => "the connection failed".to_owned(),
        ureq::Error::Io(error) => format!("the connection failed: {}", error.kind()),
        ureq::Error::Rustls(_) | ureq::Error::Tls(_) => "TLS failed".to_owned(),
        ureq::Error::BodyExceedsLimit(_) => "the answer is too long".to_owned(),
        _ => "what came is no HTTP".to_owned(),
    }
}
