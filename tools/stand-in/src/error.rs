//! Stripe's errors, with Stripe's own messages.

use serde_json::json;

/// The account that everything belongs to. It shows in error messages, as it does at Stripe.
pub(crate) const ACCOUNT: &str = "acct_1PorticoStandIn";

/// An error as Stripe's API describes it, with the status that it comes with.
#[derive(Debug)]
pub(crate) struct StripeError {
    pub(crate) status: u16,
    pub(crate) kind: String,
    pub(crate) code: Option<String>,
    pub(crate) param: Option<String>,
    pub(crate) message: String,
}

impl StripeError {
    /// Makes the error for a request that Stripe refuses with 400.
    pub(crate) fn invalid_request(message: impl Into<String>) -> Self {
        Self {
            status: 400,
            kind: "invalid_request_error".to_owned(),
            code: None,
            param: None,
            message: message.into(),
        }
    }

    /// Makes the error for a request that Stripe refuses with 400 for a parameter.
    pub(crate) fn refused(param: &str, message: impl Into<String>) -> Self {
        Self {
            param: Some(param.to_owned()),
            ..Self::invalid_request(message)
        }
    }

    pub(crate) fn with_status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    pub(crate) fn with_kind(mut self, kind: &str) -> Self {
        kind.clone_into(&mut self.kind);
        self
    }

    pub(crate) fn with_code(mut self, code: &str) -> Self {
        self.code = Some(code.to_owned());
        self
    }

    pub(crate) fn parameter_missing(param: &str) -> Self {
        Self::refused(param, format!("Missing required param: {param}."))
            .with_code("parameter_missing")
    }

    /// Makes the error for a number outside of a range that begins with 1.
    pub(crate) fn out_of_range(param: &str, value: u64) -> Self {
        let bound = if value == 0 {
            "greater than or equal to 1"
        } else {
            "less than or equal to 100"
        };
        Self::refused(param, format!("This value must be {bound}."))
            .with_code("parameter_invalid_integer")
    }

    /// Makes the error for a value outside of an enumeration.
    pub(crate) fn not_one_of(param: &str, allowed: &[&str]) -> Self {
        let (last, others) = allowed.split_last().unwrap_or((&"", &[]));
        let others = others.join(", ");
        let message = format!("Invalid {param}: must be one of {others}, or {last}");
        Self::refused(param, message)
    }

    /// Makes the error for an object that does not exist. `what` is Stripe's word for it, such as `customer`.
    pub(crate) fn resource_missing(what: &str, id: &str, param: &str) -> Self {
        Self::refused(param, format!("No such {what}: '{id}'")).with_code("resource_missing")
    }

    /// Makes the error for an object that exists, but in the other mode than the API key's.
    pub(crate) fn in_the_other_mode(what: &str, id: &str, param: &str, key_is_live: bool) -> Self {
        let mut error = Self::resource_missing(what, id, param);
        let (here, there) = if key_is_live {
            ("live", "test")
        } else {
            ("test", "live")
        };
        error.message = format!(
            "{}; a similar object exists in {there} mode, but a {here} mode key was used to make this request.",
            error.message
        );
        error
    }

    /// Makes the error for a key that is none. Stripe shows the key's prefix and its last four characters.
    pub(crate) fn invalid_api_key(key: &str) -> Self {
        let prefix = key.match_indices('_').nth(1).map_or(0, |(at, _)| at + 1);
        let hidden = prefix..key.chars().count().saturating_sub(4);
        let shown: String = (key.chars().enumerate())
            .map(|(at, shown)| if hidden.contains(&at) { '*' } else { shown })
            .collect();
        Self::invalid_request(format!("Invalid API Key provided: {shown}")).with_status(401)
    }

    /// Makes the error for a restricted key that lacks a permission.
    pub(crate) fn permission() -> Self {
        Self::invalid_request(format!(
            "The provided key 'rk_test_***' does not have the required permissions for this endpoint on account \
             '{ACCOUNT}'. Having the 'rak_customer_portal_write' permission would allow this request to continue."
        ))
        .with_status(403)
    }

    pub(crate) fn no_default_configuration(live: bool) -> Self {
        let (mode, path) = if live {
            ("live", "")
        } else {
            ("test", "test/")
        };
        Self::invalid_request(format!(
            "No configuration provided and your {mode} mode default configuration has not been created. Provide a \
             configuration or create your default by saving your customer portal settings in {mode} mode at \
             https://dashboard.stripe.com/{path}settings/billing/portal."
        ))
    }

    pub(crate) fn idempotency_key_in_use(key: &str) -> Self {
        Self::invalid_request(format!(
            "There is currently another in-progress request using this Idempotent Key (that probably means you \
             submitted twice, and the other request is still going through): {key}. Please try again later."
        ))
        .with_status(409)
        .with_code("idempotency_key_in_use")
    }

    pub(crate) fn api_error(status: u16) -> Self {
        Self::invalid_request(
            "An unknown error occurred while processing the request. Stripe has been notified of the problem.",
        )
        .with_status(status)
        .with_kind("api_error")
    }

    /// Returns the error as JSON. With `logged`, it links to Stripe's log of that request (its mode and its id), as all
    /// errors of authenticated requests do.
    pub(crate) fn body(&self, logged: Option<(bool, &str)>) -> Vec<u8> {
        let page = self.code.as_ref().map(|code| code.replace('_', "-"));
        let log = logged.map(|(live, request_id)| {
            let mode = if live { "" } else { "test/" };
            format!(
                "https://dashboard.stripe.com/{ACCOUNT}/{mode}workbench/logs?object={request_id}"
            )
        });
        let mut error = json!({
            "message": self.message,
            "type": self.kind,
            "code": self.code,
            "param": self.param,
            "doc_url": page.map(|page| format!("https://stripe.com/docs/error-codes/{page}")),
            "request_log_url": log,
        });
        if let Some(members) = error.as_object_mut() {
            members.retain(|_, value| !value.is_null());
        }
        format!("{:#}\n", json!({ "error": error })).into_bytes()
    }
}
