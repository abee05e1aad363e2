//! Stripe's error object (Stripe API, Errors), and its meaning for the caller.

use http::{Response, StatusCode};
use serde_json::Value;

use crate::error::{Failure, FailureKind};
use crate::platform::FetchError;
use crate::strict_json;

/// The caller's part of a call, by the names of Stripe's parameters. If Stripe refuses one of these, the caller must
/// mend it; anything else is the operator's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chosen {
    Nothing,
    /// The caller chose these parameters.
    Only(&'static [&'static str], InvalidChoice),
    /// The caller chose every parameter but these.
    AllBut(&'static [&'static str], InvalidChoice),
}

/// The message for a caller whose choice Stripe refuses: one sentence for the developer.
pub type InvalidChoice = &'static str;

/// The operator's part of a call: a parameter by Stripe's name, empty for a refusal that names none, and the log's reason
/// where Stripe refuses it. The first that fits counts.
pub type Set = &'static [(&'static str, &'static str)];

impl Chosen {
    /// Returns the message for the caller, if Stripe refuses the caller's choice. An error that names no parameter
    /// blames nobody, unless the caller chose all but what the operator set: of a flow that the portal's configuration
    /// forbids, or that would change nothing, Stripe says so with the status 400 and names none.
    fn refused(self, status: u16, parameter: &str) -> Option<InvalidChoice> {
        let among = |names: &[&str]| names.iter().any(|name| is_of(parameter, name));
        match self {
            Self::AllBut(_, message) if parameter.is_empty() => (status == 400).then_some(message),
            _ if parameter.is_empty() => None,
            Self::Nothing => None,
            Self::Only(names, message) => among(names).then_some(message),
            Self::AllBut(names, message) => (!among(names)).then_some(message),
        }
    }
}

/// Returns true if a parameter is the named one or nested in it.
fn is_of(parameter: &str, name: &str) -> bool {
    parameter
        .strip_prefix(name)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('['))
}

/// Returns the body of an answer that reports success, or the failure that the answer means for the caller.
pub fn success(
    result: Result<Response<Vec<u8>>, FetchError>,
    chosen: Chosen,
    set: Set,
) -> Result<Vec<u8>, Failure> {
    match result {
        Ok(answer) if answer.status().is_success() => Ok(answer.into_body()),
        Ok(answer) => {
            let error = ApiError::parse(answer.body());
            Err(error.failure(answer.status().as_u16(), chosen, set))
        }
        Err(FetchError::BodyTooLong) => Err(rejected("Stripe's answer is longer than the limit")),
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

/// Returns true if Stripe says that there is no such object (Stripe API, Errors, `resource_missing`). A call that names
/// other objects in its parameters may get the same answer because of those.
#[must_use]
pub fn is_missing(answer: &Response<Vec<u8>>) -> bool {
    answer.status() == StatusCode::NOT_FOUND
        && ApiError::parse(answer.body()).code == "resource_missing"
}

/// Makes the failure of an answer that Stripe's API reference does not describe.
pub(super) fn rejected(reason: &'static str) -> Failure {
    Failure::new(FailureKind::StripeRejected, reason)
}

/// Stripe's error object. Missing members are empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ApiError {
    pub(super) kind: String,
    pub(super) code: String,
    param: String,
    message: String,
}

/// The sentences with which Stripe says, now and formerly, that a mode has no portal configuration.
const MISSING_CONFIGURATION: [&str; 2] = [
    "default configuration has not been created",
    "until you save your customer portal settings",
];

impl ApiError {
    pub(super) fn parse(body: &[u8]) -> Self {
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

    /// Decides which failure a refusal is. The order matters: from what is about this caller to what is about the
    /// operator.
    fn failure(&self, status: u16, chosen: Chosen, set: Set) -> Failure {
        let choice = (self.kind == "invalid_request_error")
            .then(|| chosen.refused(status, &self.param))
            .flatten();
        let kind = match (status, choice) {
            (400 | 404, _) if self.code == "resource_missing" && self.param == "customer" => {
                FailureKind::NoStripeCustomer
            }
            (400, _) if self.is_missing_portal_configuration() => FailureKind::PortalNotConfigured,
            (400 | 404, Some(message)) => FailureKind::InvalidRequest(message),
            (408 | 409 | 429 | 500.., _) => FailureKind::StripeUnavailable,
            _ => FailureKind::StripeRejected,
        };
        let failure = Failure::new(kind, self.summary(status));
        match self.refused(set) {
            // Of a key that it refuses, Stripe says so without a parameter, too.
            Some(reason)
                if failure.kind == FailureKind::StripeRejected && matches!(status, 400 | 404) =>
            {
                failure.with_reason(reason)
            }
            _ => failure,
        }
    }

    /// Returns the log's reason for the operator's choice that Stripe refuses.
    fn refused(&self, set: Set) -> Option<&'static str> {
        let fits =
            |name: &str| is_of(&self.param, name) && name.is_empty() == self.param.is_empty();
        let refused = set.iter().find(|(name, _)| fits(name));
        refused
            .filter(|_| self.kind == "invalid_request_error")
            .map(|(_, reason)| *reason)
    }

    /// Recognises the refusal by its sentences, since Stripe has no code for it.
    fn is_missing_portal_configuration(&self) -> bool {
        self.kind == "invalid_request_error"
            && self.code.is_empty()
            && MISSING_CONFIGURATION
                .iter()
                .any(|words| self.message.contains(words))
    }

    /// Returns the status and the machine-readable parts, for the log. The message stays out: it can hold fragments of
    /// keys and account identifiers.
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

/// Returns true if the text has the form of Stripe's types, codes and parameters, and so may be logged.
fn is_identifier(text: &str) -> bool {
    const NEVER: [&str; 6] = ["sk_", "rk_", "pk_", "acct_", "cus_", "whsec_"];
    !NEVER.iter().any(|prefix| text.starts_with(prefix))
        && (1..=100).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_[]".contains(&b))
}

#[cfg(test)]
mod tests;
