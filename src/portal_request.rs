//! The body of a portal request → what the caller chose.

use http::HeaderMap;
use http::header::CONTENT_TYPE;
use serde_json::{Map, Value};

use crate::config::is_stripe_id;
use crate::strict_json;

pub mod return_path;

use return_path::ReturnPath;

/// Where Stripe's "return" link leads when the caller does not say.
pub const DEFAULT_RETURN_PATH: &str = "/account";

/// What a caller may choose. The Stripe customer is not among it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PortalRequest {
    /// A deep link into one flow; the portal's home page where `None`.
    pub flow: Option<Flow>,
    /// One of [`LOCALES`]; the customer's or the browser's where `None`.
    pub locale: Option<String>,
    /// Where Stripe's "return" link leads.
    pub return_path: ReturnPath,
}

/// A deep link into one flow of the portal (Stripe API, Create a portal session, `flow_data`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flow {
    /// What the user is to do.
    pub kind: FlowKind,
    /// What happens then.
    pub after_completion: Option<AfterCompletion>,
}

/// What the user is to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FlowKind {
    /// Change the payment method.
    PaymentMethodUpdate,
    /// Change name, address and the like.
    CustomerUpdate,
    /// Cancel a subscription.
    SubscriptionCancel {
        /// `sub_…`
        subscription: String,
    },
    /// Change a subscription.
    SubscriptionUpdate {
        /// `sub_…`
        subscription: String,
    },
    /// Confirm a change of a subscription.
    SubscriptionUpdateConfirm {
        /// `sub_…`
        subscription: String,
        /// The items to change; at least one.
        items: Vec<Item>,
        /// The discounts to apply.
        discounts: Vec<Discount>,
    },
}

/// A subscription item to change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// `si_…`
    pub id: String,
    /// `price_…`; unchanged where `None`.
    pub price: Option<String>,
    /// How many; unchanged where `None`.
    pub quantity: Option<u64>,
}

/// A discount to apply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Discount {
    /// A coupon's identifier, which the merchant may have chosen freely.
    Coupon(String),
    /// `promo_…`
    PromotionCode(String),
}

/// What happens after a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AfterCompletion {
    /// The portal's home page.
    PortalHomepage,
    /// A page of Stripe's that confirms.
    HostedConfirmation,
    /// Back to the return URL.
    Redirect,
}

/// The locales of the portal (Stripe API, Create a portal session, `locale`).
pub const LOCALES: [&str; 47] = [
    "auto", "bg", "cs", "da", "de", "el", "en", "en-AU", "en-CA", "en-GB", "en-IE", "en-IN",
    "en-NZ", "en-SG", "es", "es-419", "et", "fi", "fil", "fr", "fr-CA", "hr", "hu", "id", "it",
    "ja", "ko", "lt", "lv", "ms", "mt", "nb", "nl", "pl", "pt", "pt-BR", "ro", "ru", "sk", "sl",
    "sv", "th", "tr", "vi", "zh", "zh-HK", "zh-TW",
];

/// What is wrong with a body: one sentence for the developer who wrote the request.
type Invalid = &'static str;

impl PortalRequest {
    /// Reads a request from its headers and its body. No body means that nothing was chosen.
    ///
    /// # Errors
    /// The body breaks a rule; the sentence says which.
    pub fn parse(headers: &HeaderMap, body: &[u8]) -> Result<Self, Invalid> {
        if body.is_empty() {
            return Ok(Self::default());
        }
        if !is_json(headers) {
            return Err("A body must have the Content-Type application/json.");
        }
        let Ok(Value::Object(members)) = strict_json::parse(body) else {
            return Err("The body must be a JSON object in which no member comes twice.");
        };
        only(
            &members,
            &["flow", "locale", "return_path"],
            "The body may only have the members flow, locale and return_path.",
        )?;
        Ok(Self {
            flow: members.get("flow").map(Flow::parse).transpose()?,
            locale: members.get("locale").map(parse_locale).transpose()?,
            return_path: members
                .get("return_path")
                .map(|path| ReturnPath::parse(path.as_str().unwrap_or_default()))
                .transpose()?
                .unwrap_or_default(),
        })
    }
}

/// Whether there is exactly one content type and it is JSON; its parameters do not matter (RFC 8259, section 11).
fn is_json(headers: &HeaderMap) -> bool {
    let mut values = headers.get_all(CONTENT_TYPE).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return false;
    };
    let essence = value
        .as_bytes()
        .split(|&b| b == b';')
        .next()
        .unwrap_or_default();
    essence
        .trim_ascii()
        .eq_ignore_ascii_case(b"application/json")
}

fn only(members: &Map<String, Value>, known: &[&str], message: Invalid) -> Result<(), Invalid> {
    if members.keys().all(|name| known.contains(&name.as_str())) {
        Ok(())
    } else {
        Err(message)
    }
}

fn parse_locale(value: &Value) -> Result<String, Invalid> {
    match value.as_str() {
        Some(locale) if LOCALES.contains(&locale) => Ok(locale.to_owned()),
        _ => Err("locale must be one of the locales of Stripe's customer portal, or auto."),
    }
}

impl Flow {
    fn parse(value: &Value) -> Result<Self, Invalid> {
        const MEMBERS: Invalid = "flow has a member that its type does not take.";
        let members = value.as_object().ok_or("flow must be an object.")?;
        let subscription = || {
            stripe_id(
                members,
                "subscription",
                "sub_",
                "flow.subscription must be a subscription (sub_…).",
            )
        };
        let (kind, known): (_, &[&str]) = match members.get("type").and_then(Value::as_str) {
            Some("payment_method_update") => (FlowKind::PaymentMethodUpdate, &[]),
            Some("customer_update") => (FlowKind::CustomerUpdate, &[]),
            Some("subscription_cancel") => (
                FlowKind::SubscriptionCancel {
                    subscription: subscription()?,
                },
                &["subscription"],
            ),
            Some("subscription_update") => (
                FlowKind::SubscriptionUpdate {
                    subscription: subscription()?,
                },
                &["subscription"],
            ),
            Some("subscription_update_confirm") => (
                FlowKind::SubscriptionUpdateConfirm {
                    subscription: subscription()?,
                    items: parse_items(members.get("items"))?,
                    discounts: parse_discounts(members.get("discounts"))?,
                },
                &["subscription", "items", "discounts"],
            ),
            _ => {
                return Err(
                    "flow.type must be payment_method_update, customer_update, subscription_cancel, subscription_update or subscription_update_confirm.",
                );
            }
        };
        let known = [known, &["type", "after_completion"]].concat();
        only(members, &known, MEMBERS)?;
        Ok(Self {
            kind,
            after_completion: members
                .get("after_completion")
                .map(AfterCompletion::parse)
                .transpose()?,
        })
    }
}

impl AfterCompletion {
    fn parse(value: &Value) -> Result<Self, Invalid> {
        match value.as_str() {
            Some("portal_homepage") => Ok(Self::PortalHomepage),
            Some("hosted_confirmation") => Ok(Self::HostedConfirmation),
            Some("redirect") => Ok(Self::Redirect),
            _ => Err(
                "flow.after_completion must be portal_homepage, hosted_confirmation or redirect.",
            ),
        }
    }
}

fn parse_items(value: Option<&Value>) -> Result<Vec<Item>, Invalid> {
    let items = value
        .and_then(Value::as_array)
        .filter(|items| !items.is_empty());
    items
        .ok_or("flow.items must be an array of at least one item.")?
        .iter()
        .map(|item| {
            let members = item.as_object().ok_or("flow.items must hold objects.")?;
            only(
                members,
                &["id", "price", "quantity"],
                "An item may only have the members id, price and quantity.",
            )?;
            Ok(Item {
                id: stripe_id(
                    members,
                    "id",
                    "si_",
                    "An item's id must be a subscription item (si_…).",
                )?,
                price: members
                    .contains_key("price")
                    .then(|| {
                        stripe_id(
                            members,
                            "price",
                            "price_",
                            "An item's price must be a price (price_…).",
                        )
                    })
                    .transpose()?,
                quantity: members
                    .get("quantity")
                    .map(|quantity| {
                        quantity
                            .as_u64()
                            .ok_or("An item's quantity must be a whole number from 0.")
                    })
                    .transpose()?,
            })
        })
        .collect()
}

fn parse_discounts(value: Option<&Value>) -> Result<Vec<Discount>, Invalid> {
    const FORM: Invalid =
        "A discount must be {\"coupon\": \"…\"} or {\"promotion_code\": \"promo_…\"}.";
    let Some(value) = value else {
        return Ok(Vec::new());
    };
    value
        .as_array()
        .ok_or("flow.discounts must be an array.")?
        .iter()
        .map(|discount| {
            let members = discount
                .as_object()
                .filter(|members| members.len() == 1)
                .ok_or(FORM)?;
            match (
                members.get("coupon").and_then(Value::as_str),
                members.contains_key("promotion_code"),
            ) {
                (Some(coupon), _) if is_coupon(coupon) => Ok(Discount::Coupon(coupon.to_owned())),
                (None, true) => stripe_id(members, "promotion_code", "promo_", FORM)
                    .map(Discount::PromotionCode),
                _ => Err(FORM),
            }
        })
        .collect()
}

fn stripe_id(
    members: &Map<String, Value>,
    name: &str,
    prefix: &str,
    message: Invalid,
) -> Result<String, Invalid> {
    match members.get(name).and_then(Value::as_str) {
        Some(id) if is_stripe_id(id, prefix) => Ok(id.to_owned()),
        _ => Err(message),
    }
}

fn is_coupon(text: &str) -> bool {
    (1..=255).contains(&text.len()) && !text.chars().any(char::is_control)
}

#[cfg(test)]
mod tests;
