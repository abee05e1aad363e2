//! A checkout session that nobody has paid yet.

use serde_json::{Value, json};

use crate::objects::Kind;
use crate::route::Call;
use crate::state::Checkout;

pub(crate) const KIND: Kind = Kind {
    object: "checkout.session",
    word: "checkout.session",
};

/// The path of a session's page; the session's identifier follows.
pub(crate) const PAGE: &str = "/c/pay/";

const DAY: u64 = 86_400;

/// The members that a new session has no value for.
const NULL: &[&str] = &[
    "adaptive_pricing",
    "after_expiration",
    "allow_promotion_codes",
    "billing_address_collection",
    "cancel_url",
    "client_reference_id",
    "client_secret",
    "collected_information",
    "consent",
    "consent_collection",
    "currency_conversion",
    "customer",
    "customer_creation",
    "customer_details",
    "customer_email",
    "invoice",
    "invoice_creation",
    "locale",
    "origin_context",
    "payment_intent",
    "payment_link",
    "payment_method_configuration_details",
    "permissions",
    "recovered_from",
    "saved_payment_method_options",
    "setup_intent",
    "shipping_address_collection",
    "shipping_cost",
    "submit_type",
    "subscription",
    "success_url",
    "wallet_options",
];

/// An open session with these lines.
pub(super) fn new(call: &mut Call<'_>, mode: &str, checkout: Checkout) -> Value {
    let now = call.settings.now();
    let prefix = if call.live {
        "cs_live_a1"
    } else {
        "cs_test_a1"
    };
    let id = call.state.names.next(prefix, 56);
    let total: u64 = checkout
        .items
        .iter()
        .filter_map(|item| item["amount_total"].as_u64())
        .sum();
    let currency = checkout.items.first().map(|item| item["currency"].clone());
    call.state.checkouts.insert(id.clone(), checkout);
    let mut session = json!({
        "id": id,
        "object": KIND.object,
        "amount_subtotal": total,
        "amount_total": total,
        "automatic_tax": { "enabled": false, "liability": null, "provider": null, "status": null },
        "created": now,
        "currency": currency,
        "custom_fields": [],
        "custom_text": {
            "after_submit": null,
            "shipping_address": null,
            "submit": null,
            "terms_of_service_acceptance": null,
        },
        "discounts": [],
        "expires_at": now + DAY,
        "livemode": call.live,
        "metadata": {},
        "mode": mode,
        "payment_method_collection": if mode == "subscription" { json!("always") } else { json!("if_required") },
        "payment_method_options": {},
        "payment_method_types": ["card"],
        "payment_status": if mode == "setup" { "no_payment_required" } else { "unpaid" },
        "phone_number_collection": { "enabled": false },
        "shipping_options": [],
        "status": "open",
        "total_details": { "amount_discount": 0, "amount_shipping": 0, "amount_tax": 0 },
        "ui_mode": "hosted",
        "url": format!("{}{PAGE}{id}", call.settings.checkout_origin),
    });
    for name in NULL {
        session[*name] = Value::Null;
    }
    session
}
