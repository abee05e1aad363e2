//! `POST /v1/billing_portal/sessions` (Stripe API, Create a portal session).

use std::time::Duration;

use super::client::Call;
use super::error::Chosen;
use super::form::Form;
use super::link::{Link, LinkHosts};
use super::session::SessionKind;
use crate::error::Failure;
use crate::return_path::ReturnPath;
use crate::stripe_id::{AccountId, CustomerId, PortalConfigurationId};

mod flow;

pub use flow::{AfterCompletion, Discount, Flow, FlowKind, Item};

/// The path of the call.
pub const PATH: &str = "/v1/billing_portal/sessions";

/// The settings that all sessions have in common.
#[derive(Debug)]
pub struct PortalSettings {
    /// The frontend's address, without a slash at its end; a return path is put behind it.
    pub frontend_url: String,
    /// The portal configuration for every session; Stripe's default one where `None`.
    pub configuration: Option<PortalConfigurationId>,
    /// The connected account for every session.
    pub on_behalf_of: Option<AccountId>,
    /// The hosts that a session's URL may be on.
    pub hosts: LinkHosts,
    /// The time after its creation during which an expired session lets its customer sign in by e-mail and go on; not
    /// at all where `None`.
    pub recovery: Option<Duration>,
}

/// The caller's choices for a session. The Stripe customer is not among them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choices {
    /// A deep link into one flow; the portal's home page where `None`.
    pub flow: Option<Flow>,
    /// One of [`LOCALES`]; the customer's or the browser's where `None`.
    pub locale: Option<&'static str>,
    /// The path that Stripe's "return" link leads to.
    pub return_path: ReturnPath,
}

/// The locales of the portal (Stripe API, Create a portal session, `locale`).
pub const LOCALES: [&str; 47] = [
    "auto", "bg", "cs", "da", "de", "el", "en", "en-AU", "en-CA", "en-GB", "en-IE", "en-IN",
    "en-NZ", "en-SG", "es", "es-419", "et", "fi", "fil", "fr", "fr-CA", "hr", "hu", "id", "it",
    "ja", "ko", "lt", "lv", "ms", "mt", "nb", "nl", "pl", "pt", "pt-BR", "ro", "ru", "sk", "sl",
    "sv", "th", "tr", "vi", "zh", "zh-HK", "zh-TW",
];

/// Makes the call that creates a session now.
#[must_use]
pub fn create(
    customer: &CustomerId,
    choices: &Choices,
    settings: &PortalSettings,
    now: Duration,
) -> Call {
    let return_url = format!("{}{}", settings.frontend_url, choices.return_path.as_str());
    let mut form = Form::default();
    form.push("customer", customer.as_str());
    form.push("return_url", &return_url);
    let configuration = settings.configuration.as_ref();
    let on_behalf_of = settings.on_behalf_of.as_ref();
    let optional = [
        (
            "configuration",
            configuration.map(PortalConfigurationId::as_str),
        ),
        ("on_behalf_of", on_behalf_of.map(AccountId::as_str)),
        ("locale", choices.locale),
    ];
    for (name, value) in optional {
        if let Some(value) = value {
            form.push(name, value);
        }
    }
    if let Some(recovery) = settings.recovery {
        let until = now.saturating_add(recovery).as_secs();
        form.push("after_expiration[type]", "customer_login");
        form.push(
            "after_expiration[customer_login][expires_at]",
            &until.to_string(),
        );
    }
    if let Some(flow) = &choices.flow {
        flow.push_to(&mut form, &return_url);
    }
    Call {
        chosen: chosen(choices),
        ..Call::post(PATH.to_owned(), form)
    }
}

/// Tells which parameters the caller chose. In a call for a flow, these are all but the other parameters: without a
/// flow, the same call is made of those alone, and Stripe spells the parameters of a flow in more than one way.
fn chosen(choices: &Choices) -> Chosen {
    const MESSAGE: &str = "Stripe does not accept the flow or the locale for this customer.";
    match (&choices.flow, choices.locale) {
        (None, None) => Chosen::Nothing,
        (None, Some(_)) => Chosen::Only(&["locale"], MESSAGE),
        (Some(_), Some(_)) => Chosen::AllBut(
            &[
                "after_expiration",
                "configuration",
                "customer",
                "expand",
                "on_behalf_of",
                "return_url",
            ],
            MESSAGE,
        ),
        (Some(_), None) => Chosen::AllBut(
            &[
                "after_expiration",
                "configuration",
                "customer",
                "expand",
                "locale",
                "on_behalf_of",
                "return_url",
            ],
            MESSAGE,
        ),
    }
}

/// The kind of session that an answer must have.
const SESSION: SessionKind = SessionKind {
    object: "billing_portal.session",
    another: "Stripe's answer is not a portal session",
    elsewhere: "the session's URL is not an https URL on a host of portal_hosts",
};

/// Reads the URL of the session that was created. It must be on an allowed host.
pub fn url(answer: &[u8], hosts: &LinkHosts) -> Result<Link, Failure> {
    SESSION.url(answer, hosts)
}

#[cfg(test)]
mod tests;
