//! The session object.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use super::error::StripeError;
use super::parameters::{Flow, SessionRequest};
use super::state::{Shared, State};

/// The portal configuration that a mode has by default.
const DEFAULT_CONFIGURATION: &str = "bpc_1PorticoStandInDefault00";

/// A session that was created.
#[derive(Debug, Clone)]
pub(super) struct Session {
    id: String,
    configuration: String,
    created: u64,
    pub(super) livemode: bool,
    pub(super) wanted: SessionRequest,
    url: String,
}

/// Creates a session, or says as Stripe does what is missing for it.
pub(super) fn create(
    shared: &Shared,
    state: &mut State,
    wanted: SessionRequest,
    live: bool,
) -> Result<Session, StripeError> {
    check_customer(shared, state, &wanted.customer, live)?;
    let configuration = configuration(state, wanted.configuration.as_deref(), live)?;
    let token = state.name(if live { "live_" } else { "test_" }, 56);
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let session = Session {
        id: state.name("bps_", 24),
        configuration,
        created: now.as_secs(),
        livemode: live,
        wanted,
        url: format!("{}/p/session/{token}", shared.portal_origin),
    };
    state.sessions.insert(token, session.clone());
    Ok(session)
}

fn check_customer(
    shared: &Shared,
    state: &State,
    customer: &str,
    live: bool,
) -> Result<(), StripeError> {
    match state.customers.get(customer) {
        Some(livemode) if *livemode == live => Ok(()),
        Some(_) => Err(StripeError::in_the_other_mode(
            "customer", customer, "customer", live,
        )),
        None if shared.any_customer && exists("cus_", customer) => Ok(()),
        None => Err(StripeError::resource_missing(
            "customer", customer, "customer",
        )),
    }
}

fn configuration(state: &State, wanted: Option<&str>, live: bool) -> Result<String, StripeError> {
    let mode = if live { &state.live } else { &state.test };
    let Some(wanted) = wanted else {
        return if mode.default_configuration {
            Ok(DEFAULT_CONFIGURATION.to_owned())
        } else {
            Err(StripeError::no_default_configuration(live))
        };
    };
    match state.configurations.get(wanted) {
        Some(livemode) if *livemode == live => Ok(wanted.to_owned()),
        Some(_) => Err(StripeError::in_the_other_mode(
            "configuration",
            wanted,
            "configuration",
            live,
        )),
        None if wanted == DEFAULT_CONFIGURATION && mode.default_configuration => {
            Ok(wanted.to_owned())
        }
        None => Err(StripeError::resource_missing(
            "configuration",
            wanted,
            "configuration",
        )),
    }
}

/// Whether an identifier of this kind is taken for an existing object's, as the module's documentation says.
pub(super) fn exists(prefix: &str, id: &str) -> bool {
    id.strip_prefix(prefix)
        .is_some_and(|rest| !rest.is_empty() && !rest.starts_with("missing"))
}

impl Session {
    /// The session as JSON, with `url` in place of its own where that is given.
    pub(super) fn body(&self, url: Option<&String>) -> Vec<u8> {
        let session = json!({
            "id": self.id,
            "object": "billing_portal.session",
            "configuration": self.configuration,
            "created": self.created,
            "customer": self.wanted.customer,
            "customer_account": null,
            "flow": self.wanted.flow.as_ref().map(flow_object),
            "livemode": self.livemode,
            "locale": self.wanted.locale,
            "on_behalf_of": self.wanted.on_behalf_of,
            "return_url": self.wanted.return_url,
            "url": url.unwrap_or(&self.url),
        });
        format!("{session:#}\n").into_bytes()
    }
}

fn flow_object(flow: &Flow) -> Value {
    let subscription = |kind: &str, rest: Value| {
        let mut members = rest;
        members["subscription"] = json!(flow.subscription);
        if flow.kind == kind {
            members
        } else {
            Value::Null
        }
    };
    let confirm = json!({
        "discounts": if flow.discounts.is_empty() { Value::Null } else { json!(flow.discounts) },
        "items": flow.items,
    });
    let completion = flow
        .after_completion
        .as_deref()
        .unwrap_or("portal_homepage");
    let completion = json!({
        "hosted_confirmation": (completion == "hosted_confirmation")
            .then(|| json!({ "custom_message": flow.custom_message })),
        "redirect": (completion == "redirect").then(|| json!({ "return_url": flow.completion_url })),
        "type": completion,
    });
    json!({
        "after_completion": completion,
        "subscription_cancel": subscription("subscription_cancel", json!({ "retention": null })),
        "subscription_update": subscription("subscription_update", json!({})),
        "subscription_update_confirm": subscription("subscription_update_confirm", confirm),
        "type": flow.kind,
    })
}
