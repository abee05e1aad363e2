//! `GET /api/v1/billing/history`: the caller's payments, read from Stripe at each request, those that failed among them.

use serde::Serialize;

use super::listing::{self, Answered, Rules, ShownLink};
use crate::answer::Reply;
use crate::error::Failure;
use crate::inbound::Head;
use crate::platform::Platform;
use crate::stripe::charge::{self, Charge, Status};
use crate::stripe::link::LinkHosts;
use crate::stripe::list::Text;
use crate::trip::Trip;

const RULES: Rules = Rules {
    default_limit: 20,
    prefixes: charge::PREFIXES,
    not_an_id: "starting_after must be the identifier of a payment (ch_… or py_…).",
};

#[derive(Default, Serialize)]
struct History<'a> {
    transactions: Vec<Item<'a>>,
    has_more: bool,
}

#[derive(Serialize)]
struct Item<'a> {
    id: &'a Text<'a>,
    r#type: &'static str,
    amount: Option<i64>,
    amount_refunded: Option<i64>,
    currency: Option<&'a Text<'a>>,
    created: Option<i64>,
    description: Option<&'a Text<'a>>,
    card: Option<Card<'a>>,
    receipt_url: Option<ShownLink>,
}

#[derive(Serialize)]
struct Card<'a> {
    brand: Option<&'a Text<'a>>,
    last4: Option<&'a Text<'a>>,
}

impl<'a> Item<'a> {
    fn new(charge: &'a Charge<'a>, hosts: &LinkHosts) -> Self {
        Self {
            id: &charge.id,
            r#type: match charge.status() {
                Status::Succeeded => "payment",
                Status::Pending => "pending_payment",
                Status::Failed => "failed_payment",
            },
            amount: charge.amount,
            amount_refunded: charge.amount_refunded,
            currency: charge.currency.as_ref(),
            created: charge.created,
            description: charge.description.as_ref(),
            card: charge.card().map(|card| Card {
                brand: card.brand.as_ref(),
                last4: card.last4.as_ref(),
            }),
            receipt_url: ShownLink::parse(charge.receipt_url.as_ref(), hosts),
        }
    }
}

pub(super) async fn serve<P: Platform>(
    trip: &mut Trip<'_, P>,
    head: &Head,
) -> Result<Reply, Failure> {
    let config = trip.config;
    let answered = listing::ask(trip, head, &RULES, charge::list).await?;
    let Some(Answered { customer, body, .. }) = answered else {
        return listing::reply(&History::default());
    };
    let page = charge::page(&body, &customer.id)?;
    let charges = page.items.iter();
    listing::reply(&History {
        transactions: charges
            .map(|charge| Item::new(charge, &config.invoice_hosts))
            .collect(),
        has_more: page.has_more,
    })
}
