//! Reads how Stripe is called, and everything that portal sessions have in common.

use std::time::Duration;

use super::reader::{Noting, Reader};
use crate::secret::Secret;
use crate::stripe::StripeSettings;
use crate::stripe::link::LinkHosts;
use crate::stripe::portal_session::PortalSettings;
use crate::stripe_id::{self, AccountId, PortalConfigurationId};

pub(super) fn read(variables: &mut Reader<'_>) -> Noting<StripeSettings> {
    let api_key = variables.required("stripe_api_key").and_then(|key| {
        if stripe_id::has_form(&key, "sk_") || stripe_id::has_form(&key, "rk_") {
            Ok(Secret::new(key))
        } else {
            variables.problem("stripe_api_key", "must be a Stripe API key (sk_… or rk_…)")
        }
    });
    let api_base = variables.outbound_origin("stripe_api_base");
    let api_version = variables.text("stripe_api_version");
    let api_version = if is_api_version(&api_version) {
        Ok(api_version)
    } else {
        variables.problem(
            "stripe_api_version",
            "must be a Stripe API version, e.g. 2026-10-28.endive",
        )
    };
    let timeout = variables.number(
        "stripe_timeout_ms",
        1..=120_000,
        "must be a number of milliseconds from 1 to 120000",
    );
    let max_retries = variables.number(
        "stripe_max_retries",
        0..=10,
        "must be a number from 0 to 10",
    );
    let api_key = api_key?;
    Ok(StripeSettings {
        livemode: livemode(api_key.expose()),
        api_key,
        api_base: api_base?,
        api_version: api_version?,
        timeout: Duration::from_millis(timeout?),
        max_retries: u32::try_from(max_retries?).unwrap_or(u32::MAX),
    })
}

/// The values of the portal's variables; the frontend's address is read elsewhere.
pub(super) struct Portal {
    configuration: Option<PortalConfigurationId>,
    on_behalf_of: Option<AccountId>,
    hosts: LinkHosts,
    recovery: Option<Duration>,
}

impl Portal {
    pub(super) fn into_settings(self, frontend_url: String) -> PortalSettings {
        PortalSettings {
            frontend_url,
            configuration: self.configuration,
            on_behalf_of: self.on_behalf_of,
            hosts: self.hosts,
            recovery: self.recovery,
        }
    }
}

pub(super) fn read_portal(variables: &mut Reader<'_>) -> Noting<Portal> {
    let configuration = variables.optional(
        "stripe_portal_configuration",
        PortalConfigurationId::parse,
        "must be a portal configuration (bpc_…)",
    );
    let on_behalf_of = variables.optional(
        "stripe_on_behalf_of",
        AccountId::parse,
        "must be an account (acct_…)",
    );
    let hosts = variables.link_hosts(
        "portal_hosts",
        "must be host names, comma separated, e.g. billing.stripe.com",
    );
    let hours = variables.number(
        "portal_recovery_hours",
        0..=720,
        "must be a number of hours from 0 to 720",
    );
    let recovery = |hours: u64| (hours > 0).then(|| Duration::from_secs(hours * 3_600));
    Ok(Portal {
        configuration: configuration?,
        on_behalf_of: on_behalf_of?,
        hosts: hosts?,
        recovery: recovery(hours?),
    })
}

/// Tells the mode that a key is for: Stripe writes it behind the kind (`sk_test_…`, `rk_live_…`).
fn livemode(api_key: &str) -> Option<bool> {
    let kind_removed = api_key.split_once('_').map(|(_, rest)| rest)?;
    match kind_removed.split_once('_')?.0 {
        "live" => Some(true),
        "test" => Some(false),
        _ => None,
    }
}

fn is_api_version(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.bytes().all(|b| {
            b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b';' | b'=' | b'_' | b' ')
        })
}
