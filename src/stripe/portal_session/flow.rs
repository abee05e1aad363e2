//! Deep links into one flow of the portal (Stripe API, Create a portal session, `flow_data`).

use super::super::form::Form;
use crate::stripe_id::{PriceId, PromotionCodeId, SubscriptionId, SubscriptionItemId};

/// A deep link into one flow of the portal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flow {
    /// The task that the flow leads to.
    pub kind: FlowKind,
    /// The page that follows it.
    pub after_completion: Option<AfterCompletion>,
}

/// The task that a flow leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FlowKind {
    PaymentMethodUpdate,
    /// Change name, address and the like.
    CustomerUpdate,
    SubscriptionCancel {
        subscription: SubscriptionId,
    },
    SubscriptionPause {
        subscription: SubscriptionId,
    },
    SubscriptionUpdate {
        subscription: SubscriptionId,
    },
    /// Confirm a change that the caller has chosen.
    SubscriptionUpdateConfirm {
        subscription: SubscriptionId,
        /// The item to change: Stripe takes one.
        item: Item,
        discount: Option<Discount>,
    },
}

/// A subscription item to change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    pub id: SubscriptionItemId,
    /// Its new price; unchanged where `None`.
    pub price: Option<PriceId>,
    /// The new quantity; unchanged where `None`.
    pub quantity: Option<u64>,
}

/// A discount to apply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Discount {
    /// A coupon's identifier, which the merchant may have chosen freely.
    Coupon(String),
    /// A promotion code's identifier.
    PromotionCode(PromotionCodeId),
}

/// The page that follows a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AfterCompletion {
    PortalHomepage,
    /// A page of Stripe's that confirms the change.
    HostedConfirmation,
    /// The page that the "return" link leads to.
    Redirect,
}

impl FlowKind {
    /// Returns Stripe's name of the task, which also names its parameters.
    fn name(&self) -> &'static str {
        match self {
            Self::PaymentMethodUpdate => "payment_method_update",
            Self::CustomerUpdate => "customer_update",
            Self::SubscriptionCancel { .. } => "subscription_cancel",
            Self::SubscriptionPause { .. } => "subscription_pause",
            Self::SubscriptionUpdate { .. } => "subscription_update",
            Self::SubscriptionUpdateConfirm { .. } => "subscription_update_confirm",
        }
    }
}

impl Flow {
    /// Adds the parameters of the flow to a form.
    pub(super) fn push_to(&self, form: &mut Form, return_url: &str) {
        let kind = self.kind.name();
        form.push("flow_data[type]", kind);
        let subscription = format!("flow_data[{kind}][subscription]");
        match &self.kind {
            FlowKind::PaymentMethodUpdate | FlowKind::CustomerUpdate => {}
            FlowKind::SubscriptionCancel { subscription: id }
            | FlowKind::SubscriptionPause { subscription: id }
            | FlowKind::SubscriptionUpdate { subscription: id } => {
                form.push(&subscription, id.as_str());
            }
            FlowKind::SubscriptionUpdateConfirm {
                subscription: id,
                item,
                discount,
            } => {
                form.push(&subscription, id.as_str());
                let name = |member| format!("flow_data[{kind}][items][0][{member}]");
                form.push(&name("id"), item.id.as_str());
                if let Some(price) = &item.price {
                    form.push(&name("price"), price.as_str());
                }
                if let Some(quantity) = item.quantity {
                    form.push(&name("quantity"), &quantity.to_string());
                }
                if let Some(discount) = discount {
                    let (member, value) = match discount {
                        Discount::Coupon(coupon) => ("coupon", coupon.as_str()),
                        Discount::PromotionCode(code) => ("promotion_code", code.as_str()),
                    };
                    form.push(&format!("flow_data[{kind}][discounts][0][{member}]"), value);
                }
            }
        }
        let then = match self.after_completion {
            None => return,
            Some(AfterCompletion::PortalHomepage) => "portal_homepage",
            Some(AfterCompletion::HostedConfirmation) => "hosted_confirmation",
            Some(AfterCompletion::Redirect) => "redirect",
        };
        form.push("flow_data[after_completion][type]", then);
        if self.after_completion == Some(AfterCompletion::Redirect) {
            form.push(
                "flow_data[after_completion][redirect][return_url]",
                return_url,
            );
        }
    }
}
