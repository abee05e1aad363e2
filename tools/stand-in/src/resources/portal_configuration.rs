//! Configurations of the Customer Portal: `/v1/billing_portal/configurations`. Sessions name them; the stand-in has no
//! call for them.
//!
//! <https://docs.stripe.com/api/customer_portal/configurations>

use serde_json::{Value, json};

use crate::call::Call;
use crate::error::StripeError;
use crate::objects::{Kind, Objects, text};

pub(crate) const KIND: Kind = "billing_portal.configuration";

/// Returns a configuration that has no settings of its own.
pub(crate) fn new(id: &str, live: bool, is_default: bool) -> Value {
    json!({ "id": id, "object": KIND, "active": true, "is_default": is_default, "livemode": live })
}

/// Gives a mode its default configuration, as saving the portal's settings in Stripe's dashboard does, or takes it
/// away.
pub(crate) fn set_default(objects: &mut Objects, live: bool, exists: bool) {
    let mode = if live { "Live" } else { "Test" };
    let id = format!("bpc_1PorticoStandInDefault{mode}");
    if exists {
        objects.insert(live, new(&id, live, true));
    } else {
        objects.delete(&id);
    }
}

/// Chooses the identifier of the configuration of a session: the one that is asked for, or the mode's default.
pub(super) fn choose(call: &Call<'_>, wanted: Option<&str>) -> Result<String, StripeError> {
    let objects = &call.state.objects;
    if let Some(id) = wanted {
        objects.find(KIND, id, "configuration", call.live)?;
        return Ok(id.to_owned());
    }
    let mut all = objects.newest(KIND, call.live);
    let default = all.find(|configuration| configuration["is_default"] == true);
    let default = default.map(|default| text(default, "id").to_owned());
    default.ok_or_else(|| StripeError::no_default_configuration(call.live))
}
