//! `POST /v1/billing_portal/sessions` (Stripe API, Create a portal session).

use super::Form;
use crate::config::{FrontendConfig, StripeConfig};
use crate::portal_request::{AfterCompletion, Discount, Flow, FlowKind, PortalRequest};

/// The path of the call.
pub const PATH: &str = "/v1/billing_portal/sessions";

/// The parameters of the call.
#[must_use]
pub fn form(
    customer: &str,
    request: &PortalRequest,
    stripe: &StripeConfig,
    frontend: &FrontendConfig,
) -> Form {
    let return_url = format!("{}{}", frontend.url, request.return_path.as_str());
    let mut form = Form::default();
    form.push("customer", customer);
    form.push("return_url", &return_url);
    let optional = [
        ("configuration", &stripe.portal_configuration),
        ("on_behalf_of", &stripe.on_behalf_of),
        ("locale", &request.locale),
    ];
    for (name, value) in optional {
        if let Some(value) = value {
            form.push(name, value);
        }
    }
    if let Some(flow) = &request.flow {
        push_flow(&mut form, flow, &return_url);
    }
    form
}

fn push_flow(form: &mut Form, flow: &Flow, return_url: &str) {
    let kind = match &flow.kind {
        FlowKind::PaymentMethodUpdate => "payment_method_update",
        FlowKind::CustomerUpdate => "customer_update",
        FlowKind::SubscriptionCancel { .. } => "subscription_cancel",
        FlowKind::SubscriptionUpdate { .. } => "subscription_update",
        FlowKind::SubscriptionUpdateConfirm { .. } => "subscription_update_confirm",
    };
    form.push("flow_data[type]", kind);
    match &flow.kind {
        FlowKind::PaymentMethodUpdate | FlowKind::CustomerUpdate => {}
        FlowKind::SubscriptionCancel { subscription }
        | FlowKind::SubscriptionUpdate { subscription } => {
            form.push(&format!("flow_data[{kind}][subscription]"), subscription);
        }
        FlowKind::SubscriptionUpdateConfirm {
            subscription,
            items,
            discounts,
        } => {
            form.push(&format!("flow_data[{kind}][subscription]"), subscription);
            for (index, item) in items.iter().enumerate() {
                let name = |member| format!("flow_data[{kind}][items][{index}][{member}]");
                form.push(&name("id"), &item.id);
                if let Some(price) = &item.price {
                    form.push(&name("price"), price);
                }
                if let Some(quantity) = item.quantity {
                    form.push(&name("quantity"), &quantity.to_string());
                }
            }
            for (index, discount) in discounts.iter().enumerate() {
                let (member, value) = match discount {
                    Discount::Coupon(coupon) => ("coupon", coupon),
                    Discount::PromotionCode(code) => ("promotion_code", code),
                };
                form.push(
                    &format!("flow_data[{kind}][discounts][{index}][{member}]"),
                    value,
                );
            }
        }
    }
    match flow.after_completion {
        None => {}
        Some(AfterCompletion::PortalHomepage) => {
            form.push("flow_data[after_completion][type]", "portal_homepage");
        }
        Some(AfterCompletion::HostedConfirmation) => {
            form.push("flow_data[after_completion][type]", "hosted_confirmation");
        }
        Some(AfterCompletion::Redirect) => {
            form.push("flow_data[after_completion][type]", "redirect");
            form.push(
                "flow_data[after_completion][redirect][return_url]",
                return_url,
            );
        }
    }
}
