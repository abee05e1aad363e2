//! Stripe's answer → the session's URL, or what to tell the caller.

use http::Response;
use serde_json::Value;

use super::client::Outcome;
use crate::config::{Origin, StripeConfig};
use crate::error::{Failure, FailureKind};
use crate::host::FetchError;
use crate::portal_request::PortalRequest;
use crate::strict_json;

/// A portal session's URL on an allowed host. It is a bearer credential for the customer's billing, so it shows itself
/// only where it is asked to.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionUrl(String);

impl std::fmt::Debug for SessionUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SessionUrl(…)")
    }
}

impl SessionUrl {
    /// Checks the URL that Stripe answered.
    #[must_use]
    pub fn parse(text: &str, portal_hosts: &[String]) -> Option<Self> {
        // A browser reads a backslash as a slash and drops line breaks, so a URL with such characters could lead
        // elsewhere than it seems to.
        if !text.bytes().all(|b| b.is_ascii_graphic() && b != b'\\') {
            return None;
        }
        let (origin, _path) = Origin::split(text).ok()?;
        let allowed = portal_hosts.iter().any(|host| host == origin.authority());
        (allowed && origin.is_safe()).then(|| Self(text.to_owned()))
    }

    /// The URL itself. It goes into the answer and nowhere else.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// What Stripe says of a failure (Stripe API, Errors). Missing members are empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct ApiError {
    kind: String,
    code: String,
    param: String,
    message: String,
}

/// Reads the outcome of a call that creates a portal session.
///
/// # Errors
/// There is no session; the failure says what the caller is told and why.
pub fn session_url(
    outcome: Outcome,
    config: &StripeConfig,
    request: &PortalRequest,
) -> Result<SessionUrl, Failure> {
    match outcome.result {
        Ok(answer) if answer.status().is_success() => session(&answer, config),
        Ok(answer) => Err(api_failure(&answer, request)),
        Err(FetchError::BodyTooLong) => Err(Failure::new(
            FailureKind::StripeRejected,
            "Stripe's answer is longer than 64 KiB",
        )),
        Err(FetchError::Denied) => Err(Failure::new(
            FailureKind::Misconfigured,
            "the host does not allow calls to stripe_api_base (allowed_outbound_hosts)",
        )),
        Err(error) => Err(Failure::new(
            FailureKind::StripeUnavailable,
            format!("no answer from Stripe: {error}"),
        )),
    }
}

fn session(answer: &Response<Vec<u8>>, config: &StripeConfig) -> Result<SessionUrl, Failure> {
    let rejected = |reason| Failure::new(FailureKind::StripeRejected, reason);
    let session =
        strict_json::parse(answer.body()).map_err(|_| rejected("Stripe's answer is not JSON"))?;
    if session.get("object").and_then(Value::as_str) != Some("billing_portal.session") {
        return Err(rejected("Stripe's answer is not a portal session"));
    }
    session
        .get("url")
        .and_then(Value::as_str)
        .and_then(|url| SessionUrl::parse(url, &config.portal_hosts))
        .ok_or_else(|| rejected("the session's URL is not an https URL on a host of portal_hosts"))
}

/// Maps a failure that Stripe reports. The order matters: from what is about this caller to what is about us.
fn api_failure(answer: &Response<Vec<u8>>, request: &PortalRequest) -> Failure {
    let status = answer.status().as_u16();
    let error = ApiError::parse(answer.body());
    let kind = match status {
        400 | 404 if error.code == "resource_missing" && error.param == "customer" => {
            FailureKind::NoStripeCustomer
        }
        400 if error.is_missing_portal_configuration() => FailureKind::PortalNotConfigured,
        400 | 404 if error.blames(request) => FailureKind::InvalidRequest(
            "Stripe does not accept the flow or the locale for this customer.",
        ),
        408 | 409 | 429 | 500.. => FailureKind::StripeUnavailable,
        _ => FailureKind::StripeRejected,
    };
    Failure::new(kind, error.summary(status))
}

/// What Stripe says where a mode has no portal configuration, in its present and its former words.
const MISSING_CONFIGURATION: [&str; 2] = [
    "default configuration has not been created",
    "until you save your customer portal settings",
];

impl ApiError {
    fn parse(body: &[u8]) -> Self {
        let body = strict_json::parse(body).unwrap_or_default();
        let text = |member| {
            body.pointer("/error")
                .and_then(|error| error.get(member))
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        Self {
            kind: text("type"),
            code: text("code"),
            param: text("param"),
            message: text("message"),
        }
    }

    /// Stripe has no code for this, only sentences.
    fn is_missing_portal_configuration(&self) -> bool {
        self.kind == "invalid_request_error"
            && self.code.is_empty()
            && MISSING_CONFIGURATION
                .iter()
                .any(|words| self.message.contains(words))
    }

    /// Whether Stripe refuses something that the caller chose. In a call for a flow that is whatever Stripe does not
    /// name as one of the other parameters: without a flow, the same call is made of those alone.
    fn blames(&self, request: &PortalRequest) -> bool {
        const OTHERS: [&str; 6] = [
            "configuration",
            "customer",
            "expand",
            "locale",
            "on_behalf_of",
            "return_url",
        ];
        let flow = request.flow.is_some() && !OTHERS.contains(&self.param.as_str());
        let locale = request.locale.is_some() && self.param == "locale";
        self.kind == "invalid_request_error" && (flow || locale)
    }

    /// The status and the machine-readable parts, for the log. The message stays out: it can hold fragments of keys
    /// and account identifiers.
    fn summary(&self, status: u16) -> String {
        let mut summary = format!("Stripe answered {status}");
        for (name, value) in [
            ("type", &self.kind),
            ("code", &self.code),
            ("param", &self.param),
        ] {
            if is_identifier(value) {
                summary.extend([" ", name, "=", value.as_str()]);
            }
        }
        summary
    }
}

/// Whether the text has the form of Stripe's types, codes and parameters, and so may be logged.
fn is_identifier(text: &str) -> bool {
    const NEVER: [&str; 6] = ["sk_", "rk_", "pk_", "acct_", "cus_", "whsec_"];
    !NEVER.iter().any(|prefix| text.starts_with(prefix))
        && (1..=100).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_[]".contains(&b))
}

/// Stripe's identifier of a request, for the log; `None` where it has not the form of one.
#[must_use]
pub fn request_id(answer: &Response<Vec<u8>>) -> Option<String> {
    let id = answer.headers().get("request-id")?.to_str().ok()?;
    crate::config::is_stripe_id(id, "req_").then(|| id.to_owned())
}

#[cfg(test)]
mod tests;
