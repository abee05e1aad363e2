//! Customer Portal sessions: `/v1/billing_portal/sessions`.
//!
//! <https://docs.stripe.com/api/customer_portal/sessions>

use serde_json::{Value, json};

use super::portal_configuration;
use crate::call::Call;
use crate::error::StripeError;
use crate::objects::Kind;
use crate::parameters::Parameters;

mod flow;

pub(crate) const KIND: Kind = "billing_portal.session";

/// The path of a session's page; the session's token follows.
pub(crate) const PAGE: &str = "/p/session/";

/// The parameters that Portico can send.
const PARAMETERS: &[&str] = &[
    "after_expiration[customer_login][expires_at]",
    "after_expiration[type]",
    "configuration",
    "customer",
    "flow_data[after_completion][redirect][return_url]",
    "flow_data[after_completion][type]",
    "flow_data[subscription_cancel][subscription]",
    "flow_data[subscription_pause][subscription]",
    "flow_data[subscription_update][subscription]",
    "flow_data[subscription_update_confirm][discounts][#][coupon]",
    "flow_data[subscription_update_confirm][discounts][#][promotion_code]",
    "flow_data[subscription_update_confirm][items][#][id]",
    "flow_data[subscription_update_confirm][items][#][price]",
    "flow_data[subscription_update_confirm][items][#][quantity]",
    "flow_data[subscription_update_confirm][subscription]",
    "flow_data[type]",
    "locale",
    "on_behalf_of",
    "return_url",
];

/// The locales of the portal, as Stripe lists them.
const LOCALES: &[&str] = &[
    "auto", "bg", "cs", "da", "de", "el", "en", "en-AU", "en-CA", "en-GB", "en-IE", "en-IN",
    "en-NZ", "en-SG", "es", "es-419", "et", "fi", "fil", "fr", "fr-CA", "hr", "hu", "id", "it",
    "ja", "ko", "lt", "lv", "ms", "mt", "nb", "nl", "pl", "pt", "pt-BR", "ro", "ru", "sk", "sl",
    "sv", "th", "tr", "vi", "zh", "zh-HK", "zh-TW",
];

pub(super) fn create(call: &mut Call<'_>) -> Result<Value, StripeError> {
    let parameters = call.parameters(PARAMETERS)?;
    let customer = parameters.required("customer")?;
    let flow = flow::flow(&parameters)?;
    let locale = parameters.one_of("locale", LOCALES)?;
    let on_behalf_of = parameters.existing("on_behalf_of", "account", "acct_")?;
    let return_url = parameters.url("return_url")?;
    let after_expiration = after_expiration(&parameters)?;
    call.customer(customer)?;
    let configuration = portal_configuration::choose(call, parameters.get("configuration"))?;

    let mode = if call.live { "live_" } else { "test_" };
    let token = call.state.names.next(mode, 56);
    let session = json!({
        "id": call.new_id("bps_"),
        "object": KIND,
        "after_expiration": after_expiration,
        "configuration": configuration,
        "created": call.settings.now(),
        "customer": customer, "customer_account": null,
        "flow": flow,
        "livemode": call.live,
        "locale": locale,
        "on_behalf_of": on_behalf_of,
        "return_url": return_url,
        "url": call.settings.link("https://billing.stripe.com", &format!("{PAGE}{token}")),
    });
    call.state.objects.insert(call.live, session.clone());
    Ok(session)
}

/// Returns the member `after_expiration`: null, or a sign-in by e-mail until a time.
fn after_expiration(parameters: &Parameters<'_>) -> Result<Value, StripeError> {
    const UNTIL: &str = "after_expiration[customer_login][expires_at]";
    let until = parameters.integer(UNTIL)?;
    match parameters.one_of("after_expiration[type]", &["customer_login"])? {
        None if until.is_none() => Ok(Value::Null),
        None => Err(StripeError::parameter_missing("after_expiration[type]")),
        kind => Ok(json!({ "customer_login": { "expires_at": until }, "type": kind })),
    }
}
