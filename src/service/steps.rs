//! The steps that routes have in common, each with what it adds to the log and to the answer.

use std::borrow::Cow;

use http::HeaderMap;

use super::{Service, Trip};
use crate::auth::{AuthFailure, User};
use crate::balance::{self, Balance, Reservation};
use crate::config::Config;
use crate::customer::{self, Customer};
use crate::error::{Failure, FailureKind, Shortfall};
use crate::host::Host;
use crate::log;
use crate::rate_limit;

impl<H: Host> Service<H> {
    /// Finds out who is calling.
    pub(super) async fn authenticate(
        &self,
        config: &Config,
        headers: &HeaderMap,
        trip: &mut Trip,
    ) -> Result<User, Failure> {
        let user = self
            .authenticator
            .authenticate(&self.host, &config.tokens, headers)
            .await
            .map_err(|failure| match failure {
                AuthFailure::Refused(refusal) => {
                    let token_sent = refusal.token_sent();
                    Failure::new(FailureKind::Unauthorized { token_sent }, refusal.reason())
                }
                AuthFailure::KeysUnavailable(why) => {
                    Failure::new(FailureKind::KeysUnavailable, why)
                }
            })?;
        trip.entry.user = Some(log::user_digest(user.as_str()));
        // The user is served all the same; the operator should know before the keys expire.
        if let Some(why) = self.authenticator.stale_keys() {
            trip.entry.add_reason(why.into());
        }
        Ok(user)
    }

    /// The user's record, or `None` where there is none.
    pub(super) async fn customer(
        &self,
        user: &User,
        trip: &mut Trip,
    ) -> Result<Option<Customer>, Failure> {
        let record = self
            .host
            .get(&customer::record_key(user.as_str()))
            .await
            .map_err(|error| store_unavailable(format!("customer lookup failed: {error}")))?;
        let customer = record
            .map(|record| Customer::parse(&record))
            .transpose()
            .map_err(|corrupt| store_unavailable(corrupt.0))?;
        trip.entry.plan = customer.as_ref().map(|customer| customer.plan.clone());
        Ok(customer)
    }

    /// The user's balance, as the record has it.
    pub(super) async fn balance(&self, user: &User) -> Result<Balance, Failure> {
        let record = self
            .host
            .get(&balance::record_key(user.as_str()))
            .await
            .map_err(|error| store_unavailable(format!("balance lookup failed: {error}")))?;
        Balance::parse(record.as_deref()).map_err(|corrupt| store_unavailable(corrupt.0))
    }

    /// Counts the request against the plan's limit.
    pub(super) async fn admit(
        &self,
        config: &Config,
        user: &User,
        plan: &str,
        trip: &mut Trip,
    ) -> Result<(), Failure> {
        let Some(limit) = rate_limit::limit_for(&config.rate_limits, plan) else {
            return Ok(());
        };
        let admission = match rate_limit::admit(&self.host, limit, user.as_str()).await {
            Ok(admission) => admission,
            // Keeping customers out of their billing because a counter is down would be worse than not counting.
            Err(error) => {
                let reason = format!("rate limit not applied: {error}");
                trip.entry.add_reason(reason.into());
                rate_limit::judge(limit, 1, self.host.now(), false)
            }
        };
        let denied = (!admission.admitted).then_some(admission.reset_seconds);
        trip.admission = Some(admission);
        match denied {
            None => Ok(()),
            Some(retry_after) => Err(Failure::new(
                FailureKind::RateLimited { retry_after },
                "the plan's limit is used up",
            )),
        }
    }

    /// Takes what the call costs; `None` where it costs nothing.
    pub(super) async fn charge(
        &self,
        config: &Config,
        user: &User,
        plan: &str,
    ) -> Result<Option<Reservation>, Failure> {
        let cost = config.cost.request_cost;
        if cost == 0 {
            return Ok(None);
        }
        let balance = self.balance(user).await?;
        let reserved = balance
            .reserve(&self.host, user.as_str(), cost)
            .await
            .map_err(|error| store_unavailable(format!("charging failed: {error}")))?;
        reserved.map(Some).map_err(|balance| {
            let shortfall = Shortfall {
                current_balance: balance.current_balance,
                required_cost: cost,
                plan: plan.to_owned(),
                next_refill_at: balance.next_refill_at,
                upgrade_url: config.cost.upgrade_url.clone(),
            };
            Failure::new(
                FailureKind::InsufficientBalance(Box::new(shortfall)),
                "the balance is below request_cost",
            )
        })
    }
}

/// The plan to go by, also where the record could not be read.
pub(super) fn plan_of(customer: &Result<Option<Customer>, Failure>) -> &str {
    match customer {
        Ok(Some(customer)) => &customer.plan,
        _ => customer::DEFAULT_PLAN,
    }
}

pub(super) fn store_unavailable(reason: impl Into<Cow<'static, str>>) -> Failure {
    Failure::new(FailureKind::StoreUnavailable, reason)
}
