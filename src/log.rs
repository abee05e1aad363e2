//! The log: one JSON line for each request, written once, when the answer is known.

use std::borrow::Cow;
use std::time::Duration;

use serde::Serialize;

use crate::plan::PlanName;
use crate::stripe_id::{EventId, RequestId};
use crate::time::rfc3339;

/// The log's entry for a request; each step of the trip adds its part.
#[derive(Debug, Default)]
pub struct Entry {
    /// The identifier that the answer carries in `X-Request-Id`.
    pub request_id: String,
    /// The request's method, if it is one of HTTP's registered ones.
    pub method: Option<&'static str>,
    /// The path of the route that took the request; a path that is no route is not logged.
    pub route: Option<&'static str>,
    pub status: u16,
    pub error: Option<&'static str>,
    /// The check that failed, or the problem in spite of which the request was served.
    pub reason: Option<Cow<'static, str>>,
    /// The user, as [`crate::user::User::digest`] writes it.
    pub user: Option<String>,
    pub plan: Option<PlanName>,
    /// Stripe's `Request-Id` of the last attempt.
    pub stripe_request_id: Option<RequestId>,
    /// The number of calls to Stripe.
    pub attempts: u32,
    /// The event, on the webhook's route.
    pub event: Option<EventEntry>,
}

/// The log's members for an event.
#[derive(Debug, Default)]
pub struct EventEntry {
    pub event: Option<EventId>,
    pub event_type: Option<String>,
    /// The result of receiving it.
    pub outcome: Option<&'static str>,
}

impl Entry {
    /// Adds a reason to those that there are. Something can go wrong without stopping the request, before something
    /// stops it; neither is lost.
    pub fn add_reason(&mut self, reason: Cow<'static, str>) {
        self.reason = Some(match self.reason.take() {
            Some(earlier) if earlier.contains(reason.as_ref()) => earlier,
            Some(earlier) => format!("{reason}; {earlier}").into(),
            None => reason,
        });
    }

    /// Writes the line, without a line break.
    #[must_use]
    pub fn line(&self, now: Duration, duration: Duration) -> String {
        let event = self.event.as_ref();
        let line = Line {
            ts: rfc3339(now),
            level: match self.status {
                500.. => "error",
                400.. => "warn",
                _ if self.reason.is_some() => "warn",
                _ => "info",
            },
            request_id: &self.request_id,
            method: self.method,
            route: self.route,
            status: self.status,
            error: self.error,
            reason: self.reason.as_deref(),
            user: self.user.as_deref(),
            plan: self.plan.as_ref().map(PlanName::as_str),
            stripe_request_id: self.stripe_request_id.as_ref().map(RequestId::as_str),
            attempts: self.attempts,
            duration_ms: (duration.as_secs_f64() * 1e6).round() / 1e3,
            event: event.map(|entry| entry.event.as_ref().map(EventId::as_str)),
            event_type: event.map(|entry| entry.event_type.as_deref()),
            outcome: event.map(|entry| entry.outcome),
        };
        // Strings and numbers always serialise; an empty line would be the least harm if they did not.
        serde_json::to_string(&line).unwrap_or_default()
    }
}

#[derive(Serialize)]
#[expect(
    clippy::option_option,
    reason = "a member of the webhook's line is there and null, and one of another line is not there"
)]
struct Line<'a> {
    ts: String,
    level: &'static str,
    request_id: &'a str,
    method: Option<&'static str>,
    route: Option<&'static str>,
    status: u16,
    error: Option<&'static str>,
    reason: Option<&'a str>,
    user: Option<&'a str>,
    plan: Option<&'a str>,
    stripe_request_id: Option<&'a str>,
    attempts: u32,
    duration_ms: f64,
    // Other routes than the webhook have no events, and no members for them.
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<Option<&'a str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    event_type: Option<Option<&'a str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<Option<&'static str>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_every_field_and_no_line_break() {
        let entry = Entry {
            request_id: "r-1".to_owned(),
            method: Some("POST"),
            route: Some("/api/v1/account/billing-portal"),
            status: 400,
            error: Some("no_stripe_customer"),
            reason: Some("a\nreason".into()),
            user: Some("79b0aa0042b3".to_owned()),
            plan: None,
            stripe_request_id: None,
            attempts: 0,
            event: None,
        };
        assert_eq!(
            entry.line(Duration::ZERO, Duration::from_micros(1_500)),
            concat!(
                r#"{"ts":"1970-01-01T00:00:00.000Z","level":"warn","request_id":"r-1","method":"POST","#,
                r#""route":"/api/v1/account/billing-portal","status":400,"error":"no_stripe_customer","#,
                r#""reason":"a\nreason","user":"79b0aa0042b3","plan":null,"stripe_request_id":null,"#,
                r#""attempts":0,"duration_ms":1.5}"#
            )
        );
    }

    #[test]
    fn a_line_of_the_webhook_tells_of_its_event() {
        let entry = Entry {
            event: Some(EventEntry {
                event: EventId::parse("evt_1"),
                event_type: Some("customer.updated".to_owned()),
                outcome: Some("synced"),
            }),
            ..Entry::default()
        };
        let line = entry.line(Duration::ZERO, Duration::ZERO);
        let event = r#","event":"evt_1","event_type":"customer.updated","outcome":"synced"}"#;
        assert!(line.ends_with(event), "{line}");
    }

    #[test]
    fn the_level_follows_the_status() {
        for (status, level) in [
            (200, "info"),
            (204, "info"),
            (404, "warn"),
            (429, "warn"),
            (500, "error"),
            (503, "error"),
        ] {
            let entry = Entry {
                status,
                ..Entry::default()
            };
            let line = entry.line(Duration::ZERO, Duration::ZERO);
            assert!(line.contains(&format!(r#""level":"{level}""#)), "{line}");
        }
    }
}
