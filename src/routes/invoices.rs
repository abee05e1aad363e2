//! `GET /api/v1/billing/invoices`: the caller's invoices, read from Stripe at each request. Their links are credentials
//! and go stale, so nothing is kept.

use serde::Serialize;

use super::listing::{self, Rules, ShownLink};
use crate::answer::Reply;
use crate::error::Failure;
use crate::inbound::Head;
use crate::platform::Platform;
use crate::stripe::invoice::{self, Invoice};
use crate::stripe::link::LinkHosts;
use crate::stripe::list::Text;
use crate::trip::Trip;

const RULES: Rules = Rules {
    default_limit: 10,
    prefixes: invoice::PREFIXES,
    not_an_id: "starting_after must be the identifier of an invoice (in_…).",
};

#[derive(Default, Serialize)]
struct Invoices<'a> {
    data: Vec<Item<'a>>,
    has_more: bool,
}

#[derive(Serialize)]
struct Item<'a> {
    id: &'a Text<'a>,
    number: Option<&'a Text<'a>>,
    status: Option<&'a Text<'a>>,
    description: Option<&'a Text<'a>>,
    currency: Option<&'a Text<'a>>,
    amount_due: Option<i64>,
    amount_paid: Option<i64>,
    amount_remaining: Option<i64>,
    total: Option<i64>,
    created: Option<i64>,
    due_date: Option<i64>,
    period_start: Option<i64>,
    period_end: Option<i64>,
    hosted_invoice_url: Option<ShownLink>,
    invoice_pdf: Option<ShownLink>,
}

impl<'a> Item<'a> {
    fn new(invoice: &'a Invoice<'a>, hosts: &LinkHosts) -> Self {
        Self {
            id: &invoice.id,
            number: invoice.number.as_ref(),
            status: invoice.status.as_ref(),
            description: invoice.description.as_ref(),
            currency: invoice.currency.as_ref(),
            amount_due: invoice.amount_due,
            amount_paid: invoice.amount_paid,
            amount_remaining: invoice.amount_remaining,
            total: invoice.total,
            created: invoice.created,
            due_date: invoice.due_date,
            period_start: invoice.period_start,
            period_end: invoice.period_end,
            hosted_invoice_url: ShownLink::parse(invoice.hosted_invoice_url.as_ref(), hosts),
            invoice_pdf: ShownLink::parse(invoice.invoice_pdf.as_ref(), hosts),
        }
    }
}

pub(super) async fn serve<P: Platform>(
    trip: &mut Trip<'_, P>,
    head: &Head,
) -> Result<Reply, Failure> {
    let config = trip.config;
    let answered = listing::ask(trip, head, &RULES, invoice::list).await?;
    let Some(answered) = answered else {
        return listing::reply(&Invoices::default());
    };
    let mut page = invoice::page(&answered.body, &answered.customer.id)?;
    let body;
    if let Some(last) = page.goes_on_after() {
        // A page of drafts: a caller who sees none of them would have nothing to go on after.
        let last = last.clone();
        let next = listing::go_on(trip, &answered, last, invoice::list).await?;
        let Some(next) = next else {
            return listing::reply(&Invoices::default());
        };
        body = next;
        page = invoice::page(&body, &answered.customer.id)?;
    }
    let invoices = page.items.iter();
    listing::reply(&Invoices {
        data: invoices
            .map(|invoice| Item::new(invoice, &config.invoice_hosts))
            .collect(),
        has_more: page.has_more,
    })
}
