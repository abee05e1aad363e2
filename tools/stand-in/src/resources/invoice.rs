//! Invoices: `/v1/invoices`.
//!
//! <https://docs.stripe.com/api/invoices>

use serde_json::{Value, json};

use super::list;
use super::new::{New, change};
use crate::objects::Kind;
use crate::route::Route;

const PATH: &str = "/v1/invoices";

pub(crate) const ROUTES: &[Route] = &[Route {
    method: "GET",
    path: PATH,
    answer: |call| list::answer(call, KIND, PATH),
}];

pub(crate) const KIND: Kind = Kind {
    object: "invoice",
    word: "invoice",
};

/// An invoice over 12 dollars that has been paid. The members of `changes` take the place of its own; what follows from
/// a member that is changed (what is due of a `total`, the links of a draft) follows.
pub(crate) fn new(invoice: &New<'_>, changes: &Value) -> Value {
    let New {
        id,
        customer,
        live,
        created,
        documents,
    } = *invoice;
    let status = changes["status"].as_str().unwrap_or("paid");
    let total = changes["total"].as_i64().unwrap_or(1200);
    let created = changes["created"].as_u64().unwrap_or(created);
    let currency = changes["currency"].as_str().unwrap_or("usd");
    let is_draft = status == "draft";
    let due = total.max(0);
    let paid = if status == "paid" { due } else { 0 };
    let paid_at = (status == "paid").then_some(created);
    let period_start = created.saturating_sub(30 * 24 * 60 * 60);
    let mut object = json!({
        "id": id,
        "object": KIND.object,
        "account_country": "US",
        "account_name": "Quill",
        "account_tax_ids": null,
        "amount_due": due,
        "amount_overpaid": 0,
        "amount_paid": paid,
        "amount_remaining": due - paid,
        "amount_shipping": 0,
        "application": null,
        "attempt_count": u8::from(!is_draft),
        "attempted": !is_draft,
        "auto_advance": is_draft,
        "automatic_tax": {
            "disabled_reason": null,
            "enabled": false,
            "liability": null,
            "provider": null,
            "status": null,
        },
        "automatically_finalizes_at": is_draft.then_some(created + 60 * 60),
        "billing_reason": "subscription_cycle",
        "collection_method": "charge_automatically",
        "created": created,
        "currency": currency,
        "custom_fields": null,
        "customer": customer,
        "customer_address": null,
        "customer_email": "customer@example.com",
        "customer_name": null,
        "customer_phone": null,
        "customer_shipping": null,
        "customer_tax_exempt": "none",
        "customer_tax_ids": [],
        "default_payment_method": null,
        "default_source": null,
        "default_tax_rates": [],
        "description": null,
        "discounts": [],
        "due_date": null,
        "effective_at": (!is_draft).then_some(created),
        "ending_balance": (!is_draft).then_some(0),
        "footer": null,
        "from_invoice": null,
        "hosted_invoice_url": (!is_draft).then(|| documents.invoice_page(id)),
        "invoice_pdf": (!is_draft).then(|| documents.invoice_pdf(id)),
        "issuer": { "type": "self" },
        "last_finalization_error": null,
        "latest_revision": null,
        "lines": lines(id, live, currency, &[("1 × Pro (at $12.00 / month)", total)], (period_start, created)),
        "livemode": live,
        "metadata": {},
        "next_payment_attempt": null,
        "number": (!is_draft).then(|| format!("QUILL-{}", &id[id.len().saturating_sub(4)..])),
        "on_behalf_of": null,
        "parent": {
            "quote_details": null,
            "subscription_details": { "metadata": {}, "subscription": "sub_PaidDemo0001" },
            "type": "subscription_details",
        },
        "payment_settings": {
            "default_mandate": null,
            "payment_method_options": null,
            "payment_method_types": null,
        },
        "period_end": created,
        "period_start": period_start,
        "post_payment_credit_notes_amount": 0,
        "pre_payment_credit_notes_amount": 0,
        "receipt_number": null,
        "rendering": null,
        "shipping_cost": null,
        "shipping_details": null,
        "starting_balance": 0,
        "statement_descriptor": null,
        "status": status,
        "status_transitions": {
            "finalized_at": (!is_draft).then_some(created),
            "marked_uncollectible_at": (status == "uncollectible").then_some(created),
            "paid_at": paid_at,
            "voided_at": (status == "void").then_some(created),
        },
        "subtotal": total,
        "subtotal_excluding_tax": total,
        "test_clock": null,
        "total": total,
        "total_discount_amounts": [],
        "total_excluding_tax": total,
        "total_pretax_credit_amounts": [],
        "total_taxes": [],
        "webhooks_delivered_at": created,
    });
    change(&mut object, changes);
    object
}

/// The lines of an invoice, each with what it is for and its amount.
pub(crate) fn lines(
    invoice: &str,
    live: bool,
    currency: &str,
    lines: &[(&str, i64)],
    (start, end): (u64, u64),
) -> Value {
    let entry = |(number, (description, amount)): (usize, &(&str, i64))| {
        json!({
            "id": format!("il_{number}_{invoice}"),
            "object": "line_item",
            "amount": amount,
            "currency": currency,
            "description": description,
            "discount_amounts": [],
            "discountable": true,
            "discounts": [],
            "invoice": invoice,
            "livemode": live,
            "metadata": {},
            "parent": {
                "invoice_item_details": null,
                "subscription_item_details": {
                    "invoice_item": null,
                    "proration": false,
                    "proration_details": { "credited_items": null },
                    "subscription": "sub_PaidDemo0001",
                    "subscription_item": "si_PaidDemo0001",
                },
                "type": "subscription_item_details",
            },
            "period": { "end": end, "start": start },
            "pretax_credit_amounts": [],
            "pricing": {
                "price_details": { "price": "price_PaidDemo0001", "product": "prod_PaidDemo0001" },
                "type": "price_details",
                "unit_amount_decimal": amount.to_string(),
            },
            "quantity": 1,
            "subscription": "sub_PaidDemo0001",
            "taxes": [],
        })
    };
    let data: Vec<Value> = lines.iter().enumerate().map(entry).collect();
    json!({
        "object": "list",
        "data": data,
        "has_more": false,
        "url": format!("{PATH}/{invoice}/lines"),
    })
}
