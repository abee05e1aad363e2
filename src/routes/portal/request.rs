//! The body of a portal request → the caller's choices.

use http::HeaderMap;
use serde_json::{Map, Value};

use crate::return_path::ReturnPath;
use crate::routes::session::{self, Invalid, only};
use crate::stripe::portal_session::{
    AfterCompletion, Choices, Discount, Flow, FlowKind, Item, LOCALES,
};
use crate::stripe_id::{PriceId, PromotionCodeId, SubscriptionId, SubscriptionItemId};

/// Reads a request from its headers and its body. No body means that nothing was chosen. A coupon has no owner at
/// Stripe, so a caller may name one only if `allowed_coupons` lists it. The error says which rule the body breaks.
pub fn parse(
    headers: &HeaderMap,
    body: &[u8],
    allowed_coupons: &[String],
) -> Result<Choices, Invalid> {
    if body.is_empty() {
        return Ok(Choices::default());
    }
    let members = session::members(headers, body)?;
    only(
        &members,
        &["flow", "locale", "return_path"],
        "The body may only have the members flow, locale and return_path.",
    )?;
    Ok(Choices {
        flow: members
            .get("flow")
            .map(|flow| parse_flow(flow, allowed_coupons))
            .transpose()?,
        locale: members.get("locale").map(parse_locale).transpose()?,
        return_path: members
            .get("return_path")
            .map(|path| ReturnPath::parse(path.as_str().unwrap_or_default()))
            .transpose()?
            .unwrap_or_default(),
    })
}

fn parse_locale(value: &Value) -> Result<&'static str, Invalid> {
    let message = "locale must be one of the locales of Stripe's customer portal, or auto.";
    session::locale(value, &LOCALES, message)
}

fn parse_flow(value: &Value, allowed_coupons: &[String]) -> Result<Flow, Invalid> {
    const MEMBERS: Invalid = "flow has a member that its type does not take.";
    let members = value.as_object().ok_or("flow must be an object.")?;
    let subscription = || {
        identifier(
            members,
            "subscription",
            SubscriptionId::parse,
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
        Some("subscription_pause") => (
            FlowKind::SubscriptionPause {
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
                item: parse_item(members.get("items"))?,
                discount: parse_discount(members.get("discounts"), allowed_coupons)?,
            },
            &["subscription", "items", "discounts"],
        ),
        _ => {
            return Err(
                "flow.type must be payment_method_update, customer_update, subscription_cancel, subscription_pause, subscription_update or subscription_update_confirm.",
            );
        }
    };
    let known = [known, &["type", "after_completion"]].concat();
    only(members, &known, MEMBERS)?;
    Ok(Flow {
        kind,
        after_completion: members
            .get("after_completion")
            .map(parse_after_completion)
            .transpose()?,
    })
}

fn parse_after_completion(value: &Value) -> Result<AfterCompletion, Invalid> {
    match value.as_str() {
        Some("portal_homepage") => Ok(AfterCompletion::PortalHomepage),
        Some("hosted_confirmation") => Ok(AfterCompletion::HostedConfirmation),
        Some("redirect") => Ok(AfterCompletion::Redirect),
        _ => Err("flow.after_completion must be portal_homepage, hosted_confirmation or redirect."),
    }
}

fn parse_item(items: Option<&Value>) -> Result<Item, Invalid> {
    let items = items.and_then(Value::as_array).map(Vec::as_slice);
    let Some([item]) = items else {
        return Err("flow.items must be an array of exactly one item, as Stripe takes no more.");
    };
    let members = item.as_object().ok_or("flow.items must hold objects.")?;
    only(
        members,
        &["id", "price", "quantity"],
        "An item may only have the members id, price and quantity.",
    )?;
    Ok(Item {
        id: identifier(
            members,
            "id",
            SubscriptionItemId::parse,
            "An item's id must be a subscription item (si_…).",
        )?,
        price: members
            .contains_key("price")
            .then(|| {
                identifier(
                    members,
                    "price",
                    PriceId::parse,
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
}

fn parse_discount(
    discounts: Option<&Value>,
    allowed_coupons: &[String],
) -> Result<Option<Discount>, Invalid> {
    const FORM: Invalid =
        "A discount must be {\"coupon\": \"…\"} or {\"promotion_code\": \"promo_…\"}.";
    let Some(discounts) = discounts else {
        return Ok(None);
    };
    let discount = match discounts.as_array().map(Vec::as_slice) {
        Some([]) => return Ok(None),
        Some([discount]) => discount,
        _ => {
            return Err(
                "flow.discounts must be an array of at most one discount, as Stripe takes no more.",
            );
        }
    };
    let members = discount
        .as_object()
        .filter(|members| members.len() == 1)
        .ok_or(FORM)?;
    let discount = if let Some(coupon) = members.get("coupon") {
        let coupon = coupon.as_str().ok_or(FORM)?;
        if !allowed_coupons.iter().any(|allowed| allowed == coupon) {
            return Err("This coupon cannot be chosen here; offer a promotion code instead.");
        }
        Discount::Coupon(coupon.to_owned())
    } else {
        let code = identifier(members, "promotion_code", PromotionCodeId::parse, FORM)?;
        Discount::PromotionCode(code)
    };
    Ok(Some(discount))
}

fn identifier<T>(
    members: &Map<String, Value>,
    name: &str,
    parse: impl Fn(&str) -> Option<T>,
    message: Invalid,
) -> Result<T, Invalid> {
    members
        .get(name)
        .and_then(Value::as_str)
        .and_then(parse)
        .ok_or(message)
}

#[cfg(test)]
mod tests;
