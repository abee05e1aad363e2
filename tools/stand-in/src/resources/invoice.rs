//! Invoices: `/v1/invoices`.
//!
//! <https://docs.stripe.com/api/invoices>

use serde_json::{Value, json};

use crate::error::ACCOUNT;
use crate::fixtures::{self, change};
use crate::listing::Belonging;
use crate::objects::Kind;

pub(crate) const KIND: Kind = "invoice";

const MONTH: u64 = 30 * 24 * 60 * 60;

/// Returns an invoice over 12 dollars that has been paid. The members of `changes` take the place of its own; members
/// that depend on a changed one (the amount due of a `total`, the links of a draft) follow.
pub(crate) fn new(invoice: &Belonging<'_>, changes: &Value) -> Value {
    let id = invoice.id;
    let status = changes["status"].as_str().unwrap_or("paid");
    let total = changes["total"].as_i64().unwrap_or(1200);
    let created = changes["created"]
        .as_u64()
        .unwrap_or(invoice.settings.now());
    let start = created.saturating_sub(MONTH);
    let due = total.max(0);
    let paid = if status == "paid" { due } else { 0 };
    let when = |is: &str| (status == is).then_some(created);
    let mut object = fixtures::object(
        include_str!("../fixtures/invoice.json"),
        &json!({
            "id": id,
            "amount_due": due, "amount_paid": paid, "amount_remaining": due - paid,
            "created": created,
            "customer": invoice.customer,
            "effective_at": created, "ending_balance": 0,
            "hosted_invoice_url": invoice.settings.link("https://invoice.stripe.com", &format!("/i/{ACCOUNT}/{id}")),
            "invoice_pdf": invoice.settings.link("https://pay.stripe.com", &format!("/invoice/{ACCOUNT}/{id}/pdf")),
            "livemode": invoice.live,
            "number": format!("QUILL-{}", &id[id.len().saturating_sub(4)..]),
            "period_end": created, "period_start": start,
            "status_transitions": {
                "finalized_at": created,
                "marked_uncollectible_at": when("uncollectible"),
                "paid_at": when("paid"),
                "voided_at": when("void"),
            },
            "subtotal": total, "subtotal_excluding_tax": total, "total": total, "total_excluding_tax": total,
            "webhooks_delivered_at": created,
        }),
    );
    if status == "draft" {
        object["status_transitions"]["finalized_at"] = Value::Null;
        let draft = json!({
            "effective_at": null, "ending_balance": null, "hosted_invoice_url": null, "invoice_pdf": null, "number": null,
            "attempt_count": 0, "attempted": false, "auto_advance": true,
            "automatically_finalizes_at": created + 60 * 60,
        });
        change(&mut object, &draft);
    }
    let currency = changes["currency"].as_str().unwrap_or("usd");
    let mut line = fixtures::object(
        include_str!("../fixtures/invoice_line.json"),
        &json!({
            "id": format!("il_0_{id}"),
            "amount": total,
            "currency": currency,
            "invoice": id,
            "livemode": invoice.live,
            "period": { "end": created, "start": start },
        }),
    );
    line["pricing"]["unit_amount_decimal"] = json!(total.to_string());
    let url = format!("/v1/invoices/{id}/lines");
    object["lines"] = json!({ "object": "list", "data": [line], "has_more": false, "url": url });
    change(&mut object, changes);
    object
}
