//! Payment links: `/v1/payment_links`.
//!
//! <https://docs.stripe.com/api/payment-link>

use serde_json::{Value, json};

use crate::error::StripeError;
use crate::objects::Kind;
use crate::route::{Call, Route};

pub(crate) const ROUTES: &[Route] = &[Route {
    method: "GET",
    path: "/v1/payment_links/{id}",
    answer: retrieve,
}];

pub(crate) const KIND: Kind = Kind {
    object: "payment_link",
    word: "payment_link",
};

/// The path of a link's page; a token follows.
pub(crate) const PAGE: &str = "/buy/";

/// An active link of which nothing but its currency is known.
pub(super) fn new(call: &mut Call<'_>, currency: &Value) -> Value {
    let prefix = if call.live { "" } else { "test_" };
    let token = call.state.names.next(prefix, 18);
    json!({
        "id": call.new_id("plink_1"),
        "object": KIND.object,
        "active": true,
        "after_completion": {
            "hosted_confirmation": { "custom_message": null },
            "type": "hosted_confirmation",
        },
        "allow_promotion_codes": false,
        "application": null,
        "application_fee_amount": null,
        "application_fee_percent": null,
        "automatic_tax": { "enabled": false, "liability": null },
        "billing_address_collection": "auto",
        "consent_collection": null,
        "currency": currency,
        "custom_fields": [],
        "custom_text": {
            "after_submit": null,
            "shipping_address": null,
            "submit": null,
            "terms_of_service_acceptance": null,
        },
        "customer_creation": "if_required",
        "inactive_message": null,
        "invoice_creation": null,
        "livemode": call.live,
        "metadata": {},
        "on_behalf_of": null,
        "payment_intent_data": null,
        "payment_method_collection": "always",
        "payment_method_types": null,
        "phone_number_collection": { "enabled": false },
        "restrictions": null,
        "shipping_address_collection": null,
        "shipping_options": [],
        "submit_type": "auto",
        "subscription_data": null,
        "tax_id_collection": { "enabled": false, "required": "never" },
        "transfer_data": null,
        "url": format!("{}{PAGE}{token}", call.settings.link_origin),
    })
}

fn retrieve(call: &mut Call<'_>) -> Result<Value, StripeError> {
    call.parameters(&["expand[#]"])?;
    call.find(KIND)
}
