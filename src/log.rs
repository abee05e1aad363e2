//! The log: one JSON line for each request, written once, when the answer is known.

use std::borrow::Cow;
use std::time::Duration;

use serde::Serialize;

use crate::plan::PlanName;
use crate::stripe_id::RequestId;
use crate::time::rfc3339;

/// What is known of a request; each step of the trip adds its part.
#[derive(Debug, Default)]
pub struct Entry {
    /// The identifier that the answer carries in `X-Request-Id`.
    pub request_id: String,
    /// The request's method, if it is one of HTTP's registered ones.
    pub method: Option<&'static str>,
    /// The path of the route that took the request; a path that is no route is not logged.
    pub route: Option<&'static str>,
    /// The answer's status code.
    pub status: u16,
    /// The answer's error code.
    pub error: Option<&'static str>,
    /// Which check failed, or what is wrong although the request was served.
    pub reason: Option<Cow<'static, str>>,
    /// The user, as [`crate::user::User::digest`] writes it.
    pub user: Option<String>,
    /// The user's plan.
    pub plan: Option<PlanName>,
    /// Stripe's `Request-Id` of the last attempt.
    pub stripe_request_id: Option<RequestId>,
    /// How many times Stripe was called.
    pub attempts: u32,
}

impl Entry {
    /// Adds a reason to those that there are. Something can go wrong without stopping the request, before something
    /// stops it; neither is lost.
    pub fn add_reason(&mut self, reason: Cow<'static, str>) {
        self.reason = Some(match self.reason.take() {
            Some(earlier) => format!("{reason}; {earlier}").into(),
            None => reason,
        });
    }

    /// The line, without a line break.
    #[must_use]
    pub fn line(&self, now: Duration, duration: Duration) -> String {
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
        };
        // Strings and numbers always serialise; an empty line would be the least harm if they did not.
        serde_json::to_string(&line).unwrap_or_default()
    }
}

#[derive(Serialize)]
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
