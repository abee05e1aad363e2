//! Reads the settings by which records keep themselves up to date: events, ownership and plans.

use super::reader::{Noting, Reader};
use crate::ownership::OwnershipSettings;
use crate::plans::{PlanSettings, Plans, STATUSES};
use crate::signatures::hs256::SecretKey;
use crate::text::is_visible_ascii;
use crate::webhook::WebhookSettings;

/// The most endpoint secrets that there may be: one of each mode, each beside the one that it replaces, and one to
/// spare.
const MAX_SECRETS: usize = 5;

pub(super) fn read_webhook(variables: &mut Reader<'_>) -> Noting<WebhookSettings> {
    let secrets = variables.list("stripe_webhook_secrets");
    let valid = |secret: &String| {
        secret
            .strip_prefix("whsec_")
            .is_some_and(|rest| !rest.is_empty() && is_visible_ascii(rest))
    };
    let secrets = if secrets.len() <= MAX_SECRETS && secrets.iter().all(valid) {
        Ok(secrets)
    } else {
        variables.problem(
            "stripe_webhook_secrets",
            "must be up to five endpoint secrets (whsec_…), comma separated",
        )
    };
    let max_bytes = variables.bytes("max_webhook_bytes");
    let key = |secret: &String| SecretKey::new(secret.as_bytes());
    Ok(WebhookSettings {
        secrets: secrets?.iter().map(key).collect(),
        max_bytes: max_bytes?,
    })
}

pub(super) fn read_ownership(variables: &mut Reader<'_>) -> Noting<OwnershipSettings> {
    let key = variables.text("user_metadata_key");
    // Stripe API, Metadata: at most 40 characters, without square brackets.
    let valid = (1..=40).contains(&key.chars().count())
        && !key.contains(['[', ']'])
        && !key.chars().any(char::is_control);
    let key = if valid {
        Ok(key)
    } else {
        variables.problem(
            "user_metadata_key",
            "must be a metadata key: up to 40 characters without square brackets",
        )
    };
    let trust = choice(
        variables,
        "trust_client_reference_id",
        ["false", "true"],
        "must be true or false",
    );
    let search = choice(
        variables,
        "customer_lookup",
        ["off", "metadata"],
        "must be off or metadata",
    );
    Ok(OwnershipSettings {
        user_metadata_key: key?,
        trust_client_reference_id: trust?,
        search: search?,
    })
}

/// Returns true if the second of two values is set; the first one is the default.
pub(super) fn choice(
    variables: &mut Reader<'_>,
    name: &'static str,
    [no, yes]: [&'static str; 2],
    message: &'static str,
) -> Noting<bool> {
    match variables.text(name) {
        value if value == no => Ok(false),
        value if value == yes => Ok(true),
        _ => variables.problem(name, message),
    }
}

pub(super) fn read_plans(variables: &mut Reader<'_>) -> Noting<PlanSettings> {
    let items = variables.list("plans");
    let plans = Plans::parse(&items).map_or_else(
        || {
            variables.problem(
                "plans",
                "must be plans like team=prod_…|price_…,pro=pro_monthly,paid=* (what a subscription has, the highest first)",
            )
        },
        Ok,
    );
    let statuses = variables.list("entitled_statuses");
    let valid = |status: &String| STATUSES.contains(&status.as_str());
    let statuses = if !statuses.is_empty() && statuses.iter().all(valid) {
        Ok(statuses)
    } else {
        variables.problem(
            "entitled_statuses",
            "must be statuses of subscriptions that are not over, comma separated, e.g. active,trialing,past_due",
        )
    };
    Ok(PlanSettings {
        plans: plans?,
        entitled_statuses: statuses?,
    })
}
