//! `GET /api/v1/billing/subscriptions`: the caller's subscriptions as Stripe has them now, so that a page can say until
//! when they run, and offer the portal's flows for each.

use std::cmp::Reverse;

use serde::Serialize;

use super::listing;
use crate::answer::Reply;
use crate::config::Config;
use crate::error::Failure;
use crate::inbound::Head;
use crate::plan::PlanName;
use crate::platform::Platform;
use crate::stripe::subscription::{self, Item, Subscription};
use crate::sync;
use crate::trip::Trip;

#[derive(Default, Serialize)]
struct Subscriptions<'a> {
    data: Vec<ShownSubscription<'a>>,
    has_more: bool,
}

#[derive(Serialize)]
struct ShownSubscription<'a> {
    id: &'a str,
    status: &'a str,
    /// The plan that this subscription gives by itself.
    plan: Option<PlanName>,
    items: Vec<ShownItem<'a>>,
    current_period_end: Option<i64>,
    cancel_at: Option<i64>,
    trial_end: Option<i64>,
    paused: bool,
    resumes_at: Option<i64>,
    created: i64,
}

#[derive(Serialize)]
struct ShownItem<'a> {
    id: &'a str,
    price: &'a str,
    quantity: Option<u64>,
    unit_amount: Option<i64>,
    currency: Option<&'a str>,
    interval: Option<&'a str>,
    interval_count: Option<u64>,
}

impl<'a> ShownSubscription<'a> {
    fn new(subscription: &'a Subscription, config: &Config) -> Self {
        let pause = subscription.pause_collection.as_ref();
        Self {
            id: &subscription.id,
            status: &subscription.status,
            plan: config
                .plans
                .plan_of_subscription(subscription, &config.rate_limits),
            items: subscription.items.data.iter().map(ShownItem::new).collect(),
            current_period_end: subscription.period_end(),
            cancel_at: subscription.ends_at(),
            trial_end: subscription.trial_end,
            paused: subscription.is_paused(),
            resumes_at: pause.and_then(|pause| pause.resumes_at),
            created: subscription.created,
        }
    }
}

impl<'a> ShownItem<'a> {
    fn new(item: &'a Item) -> Self {
        let price = &item.price;
        let recurring = price.recurring.as_ref();
        Self {
            id: &item.id,
            price: &price.id,
            quantity: item.quantity,
            unit_amount: price.unit_amount,
            currency: price.currency.as_deref(),
            interval: recurring.map(|recurring| recurring.interval.as_str()),
            interval_count: recurring.and_then(|recurring| recurring.interval_count),
        }
    }
}

pub(super) async fn serve<P: Platform>(
    trip: &mut Trip<'_, P>,
    head: &Head,
) -> Result<Reply, Failure> {
    let found = listing::customer_and_query(trip, head, no_parameters).await?;
    let Some((customer, ())) = found else {
        return listing::reply(&Subscriptions::default());
    };
    let deadline = trip.stripe_deadline();
    let call = subscription::list(&customer.id, None);
    let Some(body) = listing::answered(trip, &customer, deadline, call).await? else {
        return listing::reply(&Subscriptions::default());
    };
    let mut page = subscription::read_page::<Subscription>(&body)?;
    page.data
        .retain(|one| one.is_of(&customer.id) && !one.is_over());
    page.data.sort_by_key(|one| Reverse(one.created));
    sync::read_all_items(trip, deadline, &mut page.data).await?;
    let unmoved = trip.unless_moved(customer.as_payer()).await;
    let Some(()) = listing::or_none(trip, unmoved)? else {
        return listing::reply(&Subscriptions::default());
    };
    let subscriptions = page.data.iter();
    listing::reply(&Subscriptions {
        data: subscriptions
            .map(|one| ShownSubscription::new(one, trip.config))
            .collect(),
        has_more: page.has_more,
    })
}

/// Reads a query that has no parameters.
fn no_parameters(query: &str) -> Result<(), &'static str> {
    let mut pairs = query.split('&');
    pairs
        .all(str::is_empty)
        .then_some(())
        .ok_or("The query takes no parameters.")
}

#[cfg(test)]
mod tests;
