//! The faults by name, for whoever tries Portico by hand.

use std::time::Duration;

use super::reply::Reply;
use crate::error::StripeError;

/// A reply that has a name.
pub(crate) struct Fault {
    /// The name, in kebab case.
    pub(crate) name: &'static str,
    /// The stand-in's answer, in one sentence.
    pub(crate) sentence: &'static str,
    /// Makes the reply that the fault stands for.
    pub(crate) reply: fn() -> Reply,
}

/// Makes the table of rows that have a name, a sentence and a reply.
macro_rules! faults {
    ($($name:literal, $sentence:literal => $reply:expr;)*) => {
        /// All faults: first those of the delivery, then those of Stripe, then refusals, then answers that are no
        /// session. `docs/stripe.md` lists them, too, with what Portico makes of each.
        pub(crate) const FAULTS: [Fault; 29] = [
            $(Fault { name: $name, sentence: $sentence, reply: || $reply }),*
        ];
    };
}

faults! {
    "normal", "Stripe's usual answer." => Reply::Normal;
    "slow", "The usual answer after 3 seconds." => Reply::Delay(Duration::from_secs(3));
    "reset-before-headers", "A TCP reset instead of an answer." => Reply::ResetBeforeHeaders;
    "reset-during-body", "The head and half of the body, then a TCP reset." => Reply::ResetDuringBody;
    "stall-before-headers", "No byte at all on an open connection." => Reply::StallBeforeHeaders;
    "stall-after-headers", "The head, and no byte of the body." => Reply::StallAfterHeaders;
    "trickle", "The head at once, then the body at 10 bytes a second." => Reply::Trickle { bytes_per_second: 10 };
    "truncated-body", "Half of the body that `Content-Length` promises, then an orderly close." =>
        Reply::TruncatedBody;
    "huge-body", "A session in a body of 10 MiB, of unannounced length." => Reply::HugeBody { bytes: 10 << 20 };
    "rate-limited", "429 with the code `rate_limit`: there are too many calls." => Reply::RateLimited429;
    "lock-timeout", "429 with the code `lock_timeout`: another call holds the object." => Reply::LockTimeout429;
    "conflict", "409: a call with the same idempotency key is still at work." => Reply::Conflict409;
    "server-error", "500: Stripe has failed." => Reply::server_error(500);
    "server-error-retry", "500 with `Stripe-Should-Retry: true`." =>
        Reply::ServerError { status: 500, should_retry: Some(true) };
    "server-error-no-retry", "500 with `Stripe-Should-Retry: false`." =>
        Reply::ServerError { status: 500, should_retry: Some(false) };
    "server-error-kept", "500 that Stripe keeps: a retry with the same idempotency key gets it again." =>
        Reply::KeptServerError;
    "unavailable", "503: Stripe is away." => Reply::server_error(503);
    "unauthorized-key", "401: the API key is wrong or was rolled." =>
        StripeError::invalid_api_key("sk_test_PorticoStandIn").into();
    "permission", "403: the restricted key may not write Customer Portal." => StripeError::permission().into();
    "no-such-customer", "400 `resource_missing`: the customer was deleted." =>
        StripeError::resource_missing("customer", "cus_Deleted", "customer").into();
    "no-portal-configuration", "400: the portal's settings were never saved in this mode." =>
        StripeError::no_default_configuration(false).into();
    "no-such-configuration", "400 `resource_missing`: the portal configuration does not exist." =>
        StripeError::resource_missing("configuration", "bpc_Gone", "configuration").into();
    "flow-refused", "400 `resource_missing`: the flow's subscription does not exist." =>
        StripeError::resource_missing("subscription", "sub_Gone", "flow_data[subscription_cancel][subscription]").into();
    "locale-refused", "400: the locale is not one of the portal's." =>
        StripeError::not_one_of("locale", &["auto", "de", "en"]).into();
    "redirect", "302 to another host." =>
        Reply::Redirect302 { location: "https://elsewhere.example/v1/billing_portal/sessions".to_owned() };
    "invalid-json", "200 with a body that is not JSON." => Reply::InvalidJson;
    "session-url-elsewhere", "A session whose URL is on another host." =>
        Reply::SessionUrl("https://elsewhere.example/p/session/x".to_owned());
    "session-url-http", "A session whose URL is on Stripe's host, but not encrypted." =>
        Reply::SessionUrl("http://billing.stripe.com/p/session/x".to_owned());
    "session-url-javascript", "A session whose URL is a script." =>
        Reply::SessionUrl("javascript:alert(1)".to_owned());
}
