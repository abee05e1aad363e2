//! Decides which plan a customer's subscriptions give.

use crate::plan::PlanName;
use crate::rate_limit::RateLimits;
use crate::stripe::customer::Customer;
use crate::stripe::objects::Metadata;
use crate::stripe::subscription::{Price, Subscription};

/// The metadata key by which a customer or a price names a plan.
const PLAN_METADATA_KEY: &str = "portico_plan";

/// The statuses of subscriptions that are not over (Stripe API, Subscriptions, `status`).
pub const STATUSES: [&str; 6] = [
    "active",
    "incomplete",
    "past_due",
    "paused",
    "trialing",
    "unpaid",
];

/// The subscriptions that give each plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanSettings {
    /// The plans, and what a subscription to each has.
    pub plans: Plans,
    /// The statuses of subscriptions that give a plan.
    pub entitled_statuses: Vec<String>,
}

/// Plans, the highest first, each with matchers for the items of its subscriptions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plans(Vec<(PlanName, Vec<Matcher>)>);

/// A pattern for a subscription's item.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Matcher {
    Any,
    /// Matches the prices of this product.
    Product(String),
    Price(String),
    /// Matches the price that has this lookup key now.
    LookupKey(String),
}

impl Plans {
    /// Reads plans, each `plan=matcher|matcher`; `None` if one is not one, if a plan comes twice, or if there is none.
    #[must_use]
    pub fn parse(items: &[String]) -> Option<Self> {
        let mut plans: Vec<(PlanName, Vec<Matcher>)> = Vec::new();
        for item in items {
            let (plan, matchers) = item.split_once('=')?;
            let plan = PlanName::parse(plan.trim())?;
            if plans.iter().any(|(known, _)| *known == plan) {
                return None;
            }
            let matchers = matchers.split('|').map(Matcher::parse);
            plans.push((plan, matchers.collect::<Option<_>>()?));
        }
        (!plans.is_empty()).then_some(Self(plans))
    }

    fn rank(&self, plan: &PlanName) -> Option<usize> {
        self.0.iter().position(|(known, _)| known == plan)
    }
}

impl Matcher {
    fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        // Stripe API, Prices, `lookup_key`: at most 200 characters.
        if !(1..=200).contains(&text.chars().count()) || text.chars().any(char::is_control) {
            return None;
        }
        let text_of = str::to_owned;
        Some(match text {
            "*" => Self::Any,
            id if id.starts_with("prod_") => Self::Product(text_of(id)),
            id if id.starts_with("price_") => Self::Price(text_of(id)),
            key => Self::LookupKey(text_of(key)),
        })
    }

    fn fits(&self, price: &Price) -> bool {
        match self {
            Self::Any => true,
            Self::Product(id) => price.product.id() == id,
            Self::Price(id) => price.id == *id,
            Self::LookupKey(key) => price.lookup_key.as_ref() == Some(key),
        }
    }
}

impl PlanSettings {
    /// Returns true if one of the subscriptions gives a plan.
    #[must_use]
    pub fn is_entitled(&self, subscriptions: &[Subscription]) -> bool {
        self.entitled(subscriptions).next().is_some()
    }

    /// Returns the plan of a customer: the one that the metadata of the customer names, then of a price, if the
    /// operator knows that plan; else the highest plan that a subscription fits; `None` if none does.
    #[must_use]
    pub fn plan_of(
        &self,
        customer: &Customer,
        subscriptions: &[Subscription],
        limits: &RateLimits,
    ) -> Option<PlanName> {
        self.named(&customer.metadata, limits).or_else(|| {
            let prices: Vec<_> = self.entitled_prices(subscriptions).collect();
            self.of_prices(&prices, limits)
        })
    }

    /// Returns the plan that one subscription gives by itself; `None` where it gives none.
    #[must_use]
    pub fn plan_of_subscription(
        &self,
        subscription: &Subscription,
        limits: &RateLimits,
    ) -> Option<PlanName> {
        let prices = self.entitled_prices(std::slice::from_ref(subscription));
        self.of_prices(&prices.collect::<Vec<_>>(), limits)
    }

    /// Returns the plan that prices of subscriptions give: the one that a price's metadata names, else the highest one
    /// that fits.
    fn of_prices(&self, prices: &[&Price], limits: &RateLimits) -> Option<PlanName> {
        // Of several prices that name a plan, the highest one counts; plans that only have a limit come last.
        let named_by_price = prices
            .iter()
            .filter_map(|price| self.named(&price.metadata, limits))
            .min_by_key(|plan| self.plans.rank(plan).unwrap_or(usize::MAX));
        let fits = |matchers: &[Matcher]| {
            let mut prices = prices.iter();
            prices.any(|price| matchers.iter().any(|matcher| matcher.fits(price)))
        };
        named_by_price.or_else(|| {
            let mut plans = self.plans.0.iter();
            let highest = plans.find(|(_, matchers)| fits(matchers));
            highest.map(|(plan, _)| plan.clone())
        })
    }

    /// Returns the prices of the subscriptions that give a plan.
    pub fn entitled_prices<'a>(
        &'a self,
        subscriptions: &'a [Subscription],
    ) -> impl Iterator<Item = &'a Price> {
        let items = self.entitled(subscriptions).flat_map(|one| &one.items.data);
        items.map(|item| &item.price)
    }

    /// Returns the plan that metadata names, if the operator knows it.
    fn named(&self, metadata: &Metadata, limits: &RateLimits) -> Option<PlanName> {
        let plan = PlanName::parse(metadata.get(PLAN_METADATA_KEY)?)?;
        let known = self.plans.rank(&plan).is_some() || limits.has(&plan);
        known.then_some(plan)
    }

    fn entitled<'a>(
        &'a self,
        subscriptions: &'a [Subscription],
    ) -> impl Iterator<Item = &'a Subscription> {
        subscriptions
            .iter()
            .filter(|one| self.entitled_statuses.contains(&one.status))
    }
}

#[cfg(test)]
mod tests;
