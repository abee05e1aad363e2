//! Checkout sessions: `/v1/checkout/sessions`, as far as they sell subscriptions.
//!
//! <https://docs.stripe.com/api/checkout/sessions>

use serde_json::{Value, json};

use super::subscription;
use crate::call::Call;
use crate::error::StripeError;
use crate::fixtures;
use crate::listing;
use crate::objects::{Kind, text};
use crate::parameters::Parameters;
use crate::state::Terms;

mod payment;

pub(crate) use self::payment::pay;

pub(crate) const KIND: Kind = "checkout.session";

/// The path of a session's page; the session's identifier follows.
pub(crate) const PAGE: &str = "/c/pay/";

const MINUTE: u64 = 60;
const DAY: u64 = 86_400;

/// The parameters that the stand-in knows, of many more that Stripe has.
const PARAMETERS: &[&str] = &[
    "allow_promotion_codes",
    "automatic_tax[enabled]",
    "cancel_url",
    "client_reference_id",
    "customer",
    "customer_update[address]",
    "customer_update[name]",
    "expires_at",
    "line_items[#][price]",
    "line_items[#][quantity]",
    "locale",
    "metadata[*]",
    "mode",
    "subscription_data[metadata][*]",
    "subscription_data[trial_period_days]",
    "success_url",
];

/// The locales of Checkout, as Stripe lists them.
const LOCALES: &[&str] = &[
    "auto", "bg", "cs", "da", "de", "el", "en", "en-GB", "es", "es-419", "et", "fi", "fil", "fr",
    "fr-CA", "hi-IN", "hr", "hu", "id", "it", "ja", "ko", "lt", "lv", "ms", "mt", "nb", "nl", "pl",
    "pt", "pt-BR", "ro", "ru", "sk", "sl", "sv", "th", "tr", "vi", "zh", "zh-HK", "zh-TW",
];

pub(super) fn retrieve(call: &mut Call<'_>) -> Result<Value, StripeError> {
    call.parameters(&[])?;
    expire_old(call);
    call.find(KIND)
}

pub(super) fn create(call: &mut Call<'_>) -> Result<Value, StripeError> {
    let parameters = call.parameters(PARAMETERS)?;
    let mode = parameters.required("mode")?;
    parameters.one_of("mode", &["payment", "setup", "subscription"])?;
    if mode != "subscription" {
        return Err(StripeError::refused(
            "mode",
            "The stand-in sells recurring prices alone, so `mode` is `subscription`.",
        ));
    }
    let success_url = parameters.required("success_url")?;
    parameters.url("success_url")?;
    let cancel_url = parameters.url("cancel_url")?;
    let locale = parameters.one_of("locale", LOCALES)?;
    let promotion_codes = parameters.boolean("allow_promotion_codes")?;
    let customer = parameters.get("customer");
    let taxed = check_tax(&parameters)?;
    let reference = parameters.get("client_reference_id");
    if reference.is_some_and(|reference| reference.chars().count() > 200) {
        return Err(StripeError::refused(
            "client_reference_id",
            "Invalid string: must be at most 200 characters",
        ));
    }
    let now = call.settings.now();
    let expires_at = parameters.integer("expires_at")?.unwrap_or(now + DAY);
    if !(now + 30 * MINUTE..=now + DAY).contains(&expires_at) {
        return Err(StripeError::refused(
            "expires_at",
            "The `expires_at` timestamp must be at least 30 minutes and less than 24 hours from Checkout Session \
             creation.",
        ));
    }
    let metadata = subscription::new_metadata(&parameters, "metadata")?;
    let terms = Terms {
        items: subscription::priced(call, &parameters, "line_items")?,
        metadata: subscription::new_metadata(&parameters, "subscription_data[metadata]")?,
        trial_days: trial_days(&parameters)?,
    };
    for entry in parameters.list("line_items")? {
        parameters.required(&format!("{entry}[quantity]"))?;
    }
    if let Some(id) = customer {
        call.customer(id)?;
    }

    let mode = if call.live { "live" } else { "test" };
    let id = format!("cs_{mode}_");
    let id = call.state.names.next(&id, 58);
    let url = format!("{PAGE}{id}");
    let amount =
        |(price, count): &(Value, u64)| price["unit_amount"].as_u64().map(|each| each * count);
    let total: u64 = terms.items.iter().filter_map(amount).sum();
    let mut session = fixtures::object(
        include_str!("../fixtures/checkout_session.json"),
        &json!({
            "id": id,
            "allow_promotion_codes": promotion_codes,
            "amount_subtotal": total, "amount_total": total,
            "cancel_url": cancel_url, "success_url": success_url,
            "client_reference_id": reference,
            "created": now, "expires_at": expires_at,
            "currency": terms.items.first().map(|(price, _)| price["currency"].clone()),
            "customer": customer,
            "livemode": call.live, "locale": locale,
            "metadata": metadata,
            "url": call.settings.link("https://checkout.stripe.com", &url),
        }),
    );
    session["automatic_tax"]["enabled"] = json!(taxed);
    call.state.checkouts.insert(id, terms);
    call.state.objects.insert(call.live, session.clone());
    Ok(session)
}

/// Returns whether Stripe is to compute the tax. It needs an address then, which a customer gets in the Checkout.
fn check_tax(parameters: &Parameters<'_>) -> Result<bool, StripeError> {
    let taxed = parameters.boolean("automatic_tax[enabled]")? == Some(true);
    let address = parameters.one_of("customer_update[address]", &["auto", "never"])?;
    let name = parameters.one_of("customer_update[name]", &["auto", "never"])?;
    let has_customer = parameters.get("customer").is_some();
    if !has_customer && address.or(name).is_some() {
        return Err(StripeError::refused(
            "customer_update",
            "`customer_update` can only be used with `customer`.",
        ));
    }
    if taxed && has_customer && address != Some("auto") {
        return Err(StripeError::invalid_request(
            "Automatic tax calculation in Checkout requires a valid address on the Customer. Add a valid address to \
             the Customer or set either `customer_update[address]` to 'auto' or `customer_update[shipping]` to 'auto' \
             to save the address entered in Checkout to the Customer.",
        )
        .with_code("customer_tax_location_invalid"));
    }
    Ok(taxed)
}

fn trial_days(parameters: &Parameters<'_>) -> Result<Option<u64>, StripeError> {
    const NAME: &str = "subscription_data[trial_period_days]";
    match parameters.integer(NAME)? {
        Some(0) => Err(StripeError::out_of_range(NAME, 0)),
        Some(days @ 731..) => {
            let most = "The maximum number of trial period days is 730 (2 years).";
            let message = format!("Invalid trial_period_days: {days}. {most}");
            Err(StripeError::refused(NAME, message))
        }
        days => Ok(days),
    }
}

/// Lists sessions, the newest first. Of those that were made within one second, Stripe promises no order.
pub(super) fn list(call: &mut Call<'_>) -> Result<Value, StripeError> {
    let own = ["customer", "status", "subscription"];
    let parameters = listing::parameters(call, &own)?;
    parameters.one_of("status", &["complete", "expired", "open"])?;
    expire_old(call);
    let all = listing::newest(call.state.objects.newest(KIND, call.live));
    listing::of(&parameters, all, KIND, |session| {
        let is = |name: &&str| parameters.get(name).is_none_or(|is| session[*name] == is);
        own.iter().all(is)
    })
}

pub(super) fn expire(call: &mut Call<'_>) -> Result<Value, StripeError> {
    call.parameters(&[])?;
    expire_old(call);
    let session = call.find(KIND)?;
    if session["status"] == "open" {
        return Ok(end(call, &session));
    }
    Err(StripeError::invalid_request(format!(
        "Only Checkout Sessions with a status in [\"open\"] can be expired. This Checkout Session has a status of {}.",
        text(&session, "status")
    )))
}

/// Ends the open sessions of a mode whose time is over.
pub(crate) fn expire_old(call: &mut Call<'_>) {
    let now = call.settings.now();
    let all = call.state.objects.newest(KIND, call.live);
    let over: Vec<Value> = all
        .filter(|session| session["status"] == "open")
        .filter(|session| session["expires_at"].as_u64().is_some_and(|at| at <= now))
        .cloned()
        .collect();
    for session in over {
        end(call, &session);
    }
}

fn end(call: &mut Call<'_>, session: &Value) -> Value {
    let mut session = session.clone();
    fixtures::change(&mut session, &json!({ "status": "expired", "url": null }));
    call.publish("checkout.session.expired", session)
}
