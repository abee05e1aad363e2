//! `POST /v1/checkout/sessions` (Stripe API, Create a Checkout Session): one for a price that the operator sells.

use super::PATH;
use super::listing::OwnSession;
use super::mark::{Digest, METADATA_KEY, Mark};
use crate::error::Failure;
use crate::return_path::ReturnPath;
use crate::stripe::error::{Chosen, Set};
use crate::stripe::link::{Link, LinkHosts};
use crate::stripe::session::SessionKind;
use crate::stripe::{Call, Form};
use crate::stripe_id::{CustomerId, PriceId};
use crate::user::User;

/// The settings that all sessions have in common, and the bounds of a caller's choice.
#[derive(Debug)]
pub struct CheckoutSettings {
    /// The prices that are for sale, by the names that callers use. There is no checkout where there are none.
    pub prices: Vec<(String, PriceId)>,
    /// The frontend's address, without a slash at its end; paths are put behind it.
    pub frontend_url: String,
    /// The hosts that a session's URL may be on.
    pub hosts: LinkHosts,
    /// The most of a price that a caller may name.
    pub max_quantity: u64,
    /// The days of a trial for a customer who never had a subscription; none where 0.
    pub trial_days: u64,
    /// True if buyers may enter promotion codes.
    pub promotion_codes: bool,
    /// True if Stripe computes the tax.
    pub automatic_tax: bool,
    /// The path to which a buyer returns after paying, where the caller does not say.
    pub success_path: ReturnPath,
    /// The path to which a buyer returns without paying, where the caller does not say.
    pub cancel_path: ReturnPath,
}

/// A caller's choice. The Stripe customer is not part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The price, one of the operator's.
    pub price: PriceId,
    /// The quantity of the price.
    pub quantity: u64,
    /// One of [`LOCALES`]; the browser's where `None`.
    pub locale: Option<&'static str>,
    /// The path to which a buyer returns after paying.
    pub success_path: ReturnPath,
    /// The path to which a buyer returns without paying.
    pub cancel_path: ReturnPath,
}

/// The locales of Checkout (Stripe API, Create a Checkout Session, `locale`).
pub const LOCALES: [&str; 42] = [
    "auto", "bg", "cs", "da", "de", "el", "en", "en-GB", "es", "es-419", "et", "fi", "fil", "fr",
    "fr-CA", "hi-IN", "hr", "hu", "id", "it", "ja", "ko", "lt", "lv", "ms", "mt", "nb", "nl", "pl",
    "pt", "pt-BR", "ro", "ru", "sk", "sl", "sv", "th", "tr", "vi", "zh", "zh-HK", "zh-TW",
];

/// The most characters of `client_reference_id`.
const MAX_REFERENCE: usize = 200;

/// The caller's part of the parameters of a session.
const CHOSEN: Chosen = Chosen::Only(
    &["line_items[0][quantity]", "locale"],
    "Stripe does not accept the quantity or the locale.",
);

/// The operator's part of the parameters of a session. Stripe has a sentence, and no parameter, for a price that is not
/// recurring.
const SET: Set = &[
    (
        "line_items",
        "checkout_prices names a price that Stripe does not sell",
    ),
    (
        "",
        "checkout_prices may name a price that cannot be subscribed to",
    ),
    (
        "automatic_tax",
        "checkout_automatic_tax needs Stripe Tax to be set up",
    ),
];

/// A session that is to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewSession(Form);

impl NewSession {
    /// Makes the session for a customer, with a trial or without.
    #[must_use]
    pub fn new(
        customer: &CustomerId,
        (metadata_key, user): (&str, &User),
        choice: &Choice,
        settings: &CheckoutSettings,
        trial: bool,
    ) -> Self {
        let url = |path: &ReturnPath| format!("{}{}", settings.frontend_url, path.as_str());
        let mut form = Form::default();
        form.push("mode", "subscription");
        form.push("customer", customer.as_str());
        form.push("line_items[0][price]", choice.price.as_str());
        form.push("line_items[0][quantity]", &choice.quantity.to_string());
        form.push("success_url", &url(&choice.success_path));
        form.push("cancel_url", &url(&choice.cancel_path));
        if user.as_str().chars().count() <= MAX_REFERENCE {
            form.push("client_reference_id", user.as_str());
        }
        if let Some(locale) = choice.locale {
            form.push("locale", locale);
        }
        if settings.promotion_codes {
            form.push("allow_promotion_codes", "true");
        }
        if settings.automatic_tax {
            form.push("automatic_tax[enabled]", "true");
            form.push("customer_update[address]", "auto");
            form.push("customer_update[name]", "auto");
        }
        if trial {
            let days = settings.trial_days.to_string();
            form.push("subscription_data[trial_period_days]", &days);
        }
        form.push(
            &format!("subscription_data[metadata][{metadata_key}]"),
            user.as_str(),
        );
        form.push(&format!("metadata[{metadata_key}]"), user.as_str());
        Self(form)
    }

    /// Returns the digest of all that the session is made of.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(&self.0)
    }

    /// Makes the call that makes the session. Calls with the same key make one.
    #[must_use]
    pub fn create(mut self, number: u64, key: String) -> Call {
        let mark = Mark {
            number,
            digest: self.digest(),
        };
        self.0
            .push(&format!("metadata[{METADATA_KEY}]"), &mark.to_string());
        Call {
            chosen: CHOSEN,
            set: SET,
            idempotency_key: Some(key),
            ..Call::post(PATH.to_owned(), self.0)
        }
    }
}

/// The kind of session that an answer must have.
const SESSION: SessionKind = SessionKind {
    object: "checkout.session",
    another: "Stripe's answer is not a checkout session with a URL",
    elsewhere: "the session's URL is not an https URL on a host of checkout_hosts",
};

/// Reads the URL of the session that was made. It must be on an allowed host.
pub fn url(answer: &[u8], hosts: &LinkHosts) -> Result<Link, Failure> {
    SESSION.url(answer, hosts)
}

/// Returns the URL of a session that was made before. It must be on an allowed host.
pub fn url_of(session: &OwnSession, hosts: &LinkHosts) -> Result<Link, Failure> {
    SESSION.link(&session.url, hosts)
}

#[cfg(test)]
mod tests;
