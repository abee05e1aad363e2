//! The body of a portal request → the caller's choices.

use http::HeaderMap;
use http::header::CONTENT_TYPE;
use serde_json::{Map, Value};

use crate::return_path::ReturnPath;
use crate::strict_json;
use crate::stripe::portal_session::{
    AfterCompletion, Choices, Discount, Flow, FlowKind, Item, LOCALES,
};
use crate::stripe_id::{PriceId, PromotionCodeId, SubscriptionId, SubscriptionItemId};

/// The problem with a body: one sentence for the developer who wrote the request.
type Invalid = &'static str;

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

/// Returns true if there is exactly one content type and it is JSON; its parameters do not matter (RFC 8259, section
/// 11).
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

fn parse_locale(value: &Value) -> Result<&'static str, Invalid> {
    LOCALES
        .into_iter()
        .find(|locale| value == locale)
        .ok_or("locale must be one of the locales of Stripe's customer portal, or auto.")
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
