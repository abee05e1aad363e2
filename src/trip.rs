//! One request's trip: the steps that routes take, each with what it adds to the log line and to the answer.

use std::time::Duration;

use http::HeaderMap;

use crate::auth::AuthFailure;
use crate::balance::Balance;
use crate::config::Config;
use crate::customer::CustomerRecord;
use crate::error::{Failure, FailureKind, Shortfall};
use crate::instance::Instance;
use crate::log::Entry;
use crate::ownership::OwnerRecord;
use crate::plan::PlanName;
use crate::platform::{BodyError, Platform, RequestBody, soon_within};
use crate::rate_limit::{self, Admission, Admitted};
use crate::record::{self, CustomerKind, Kind};
use crate::spending::{self, Reservation, Reserved, SpendingError};
use crate::stripe::{self, Call};
use crate::stripe_id::CustomerId;
use crate::user::User;

/// How long a body may take to arrive. Hosts have no bound on that, and a caller who stalls holds a place in an
/// instance.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// A request on its way, on an instance whose configuration is good.
pub struct Trip<'t, P> {
    /// The instance that serves the request.
    pub instance: &'t Instance<P>,
    /// The instance's configuration.
    pub config: &'t Config,
    /// The log line.
    pub entry: &'t mut Entry,
    /// The rate limit's decision, once it was asked.
    pub admission: &'t mut Option<Admission>,
}

impl<P: Platform> Trip<'_, P> {
    /// Finds out who is calling.
    ///
    /// # Errors
    /// The token is missing or not good, or that cannot be told for lack of keys.
    pub async fn authenticate(&mut self, headers: &HeaderMap) -> Result<User, Failure> {
        let Instance {
            platform,
            authenticator,
            ..
        } = self.instance;
        let authentic = authenticator
            .authenticate(platform, &self.config.auth, headers)
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
        self.entry.user = Some(authentic.user.digest().to_owned());
        // The user is served all the same; the operator should know before the keys expire.
        if let Some(why) = authentic.stale_keys {
            self.entry.add_reason(why.into());
        }
        Ok(authentic.user)
    }

    /// Reads the user's record. A user without one has the default record, and so has one whose record Portico wrote
    /// and whose customer is another user's by now.
    ///
    /// # Errors
    /// The store failed, or a record is corrupt.
    pub async fn customer_record(&mut self, user: &User) -> Result<CustomerRecord, Failure> {
        let Some(record) = self.stored_record(user).await? else {
            return Ok(CustomerRecord::default());
        };
        if let (Some(customer), Some(_)) = (&record.customer, record.synced_at) {
            let owner = self.owner_record(customer).await?;
            if owner.is_none_or(|owner| owner.user != *user) {
                let reason =
                    "the record does not count: its customer is not known to be this user's";
                self.entry.add_reason(reason.into());
                return Ok(CustomerRecord::default());
            }
        }
        self.entry.plan = Some(record.plan.clone());
        Ok(record)
    }

    /// Reads the user's record as it is in the store, whether it counts or not.
    ///
    /// # Errors
    /// The store failed, or the record is corrupt.
    pub async fn stored_record(&self, user: &User) -> Result<Option<CustomerRecord>, Failure> {
        let record = self.read(&record::key(Kind::Customer, user)).await?;
        let record = record.map(|record| CustomerRecord::parse(&record));
        record
            .transpose()
            .map_err(|corrupt| Failure::store_unavailable(corrupt.0))
    }

    /// Reads whose a customer is.
    ///
    /// # Errors
    /// The store failed, or the record is corrupt.
    pub async fn owner_record(
        &self,
        customer: &CustomerId,
    ) -> Result<Option<OwnerRecord>, Failure> {
        let record = self
            .read(&record::customer_key(CustomerKind::Owner, customer))
            .await?;
        let record = record.map(|record| OwnerRecord::parse(&record));
        record
            .transpose()
            .map_err(|corrupt| Failure::store_unavailable(corrupt.0))
    }

    async fn read(&self, key: &str) -> Result<Option<Vec<u8>>, Failure> {
        let record = self.instance.platform.get(key).await;
        record
            .map_err(|error| Failure::store_unavailable(format!("customer lookup failed: {error}")))
    }

    /// The user's balance, less what calls have cost. `None` where the record is corrupt and calls cost nothing: nobody
    /// is kept out by a record that decides nothing.
    ///
    /// # Errors
    /// The store failed, or the record is corrupt and calls cost something.
    pub async fn remaining_balance(&mut self, user: &User) -> Result<Option<Balance>, Failure> {
        let Instance {
            platform, spending, ..
        } = self.instance;
        match spending::remaining(platform, spending, user).await {
            Ok(balance) => Ok(Some(balance)),
            Err(SpendingError::Corrupt(corrupt)) if self.config.cost.request_cost == 0 => {
                self.entry.add_reason(corrupt.0.into());
                Ok(None)
            }
            Err(error) => Err(unknown_balance("balance lookup failed", error)),
        }
    }

    /// Finds out who is calling, and counts the request against the limit of the caller's plan. A store that fails is no
    /// reason to count nothing: the limit comes first, by the plan that is known, and what the record came to is told
    /// beside it.
    ///
    /// # Errors
    /// As [`Trip::authenticate`] and [`Trip::admit`].
    pub async fn admit_caller(&mut self, headers: &HeaderMap) -> Result<Caller, Failure> {
        let user = self.authenticate(headers).await?;
        let record = self.customer_record(&user).await;
        let plan = record
            .as_ref()
            .map(|record| record.plan.clone())
            .unwrap_or_default();
        self.admit(&user, &plan).await?;
        Ok(Caller { user, plan, record })
    }

    /// Counts the request against the plan's limit.
    ///
    /// # Errors
    /// The limit is used up.
    pub async fn admit(&mut self, user: &User, plan: &PlanName) -> Result<(), Failure> {
        let Some(limit) = self.config.rate_limits.of(plan) else {
            return Ok(());
        };
        let Instance {
            platform, requests, ..
        } = self.instance;
        let route = self.entry.route.unwrap_or_default();
        let Admitted { admission, alone } =
            rate_limit::admit(platform, requests, limit, user, route).await;
        // Keeping customers out of their billing because a counter is down would be worse than counting in the instance.
        if let Some(error) = alone {
            let reason = format!("rate limit counted in the instance: {error}");
            self.entry.add_reason(reason.into());
        }
        let denied = (!admission.admitted).then_some(admission.reset_seconds);
        *self.admission = Some(admission);
        match denied {
            None => Ok(()),
            Some(retry_after) => Err(Failure::new(
                FailureKind::RateLimited { retry_after },
                "the plan's limit is used up",
            )),
        }
    }

    /// Reads the request's body, of which at most `limit` bytes are taken.
    ///
    /// # Errors
    /// The body is longer, or it did not arrive whole and in time.
    pub async fn read_body(
        &self,
        body: impl RequestBody,
        limit: BodyLimit,
    ) -> Result<Vec<u8>, Failure> {
        // Most bodies come with their head, and have arrived by now.
        let read = soon_within(
            &self.instance.platform,
            BODY_TIMEOUT,
            body.read(limit.bytes),
        )
        .await;
        read.unwrap_or(Err(BodyError::TooSlow)).map_err(|error| {
            Failure::invalid_request(match error {
                BodyError::TooLong => limit.too_long,
                BodyError::Broken => "The body ended early.",
                BodyError::TooSlow => "The body did not arrive within 10 seconds.",
            })
        })
    }

    /// Makes a call that costs `request_cost`: takes the cost first, and gives it back if the call fails.
    ///
    /// # Errors
    /// The user has too little, it could not be counted, or the call failed.
    pub async fn charged<T>(
        &mut self,
        user: &User,
        plan: &PlanName,
        call: impl AsyncFnOnce(&mut Self) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let reservation = self.charge(user, plan).await?;
        match (call(self).await, reservation) {
            (Err(failure), Some(reservation)) => Err(self.give_back(reservation, failure).await),
            (outcome, _) => outcome,
        }
    }

    /// Takes what the call costs; `None` where it costs nothing.
    async fn charge(&self, user: &User, plan: &PlanName) -> Result<Option<Reservation>, Failure> {
        let config = self.config;
        let cost = config.cost.request_cost;
        if cost == 0 {
            return Ok(None);
        }
        let Instance {
            platform, spending, ..
        } = self.instance;
        let reserved = spending::reserve(platform, spending, user, cost).await;
        match reserved.map_err(|error| unknown_balance("charging failed", error))? {
            Reserved::Taken(reservation) => Ok(Some(reservation)),
            Reserved::TooLittle {
                balance,
                given_back,
            } => {
                let kind = FailureKind::InsufficientBalance(Box::new(Shortfall {
                    current_balance: balance.current_balance,
                    required_cost: cost,
                    plan: plan.clone(),
                    next_refill_at: balance.next_refill_at,
                    upgrade_url: config.cost.upgrade_url.clone(),
                }));
                let failure = Failure::new(kind, "the balance is below request_cost");
                Err(if given_back {
                    failure
                } else {
                    failure.with_reason(NOT_GIVEN_BACK)
                })
            }
        }
    }

    /// Gives back what was taken for a call that failed.
    async fn give_back(&self, reservation: Reservation, failure: Failure) -> Failure {
        match reservation.give_back(&self.instance.platform).await {
            Ok(()) => failure,
            Err(_) => failure.with_reason(NOT_GIVEN_BACK),
        }
    }

    /// Calls Stripe and returns the body of its answer.
    ///
    /// # Errors
    /// Stripe did not answer, or refused.
    pub async fn call_stripe(&mut self, call: Call) -> Result<Vec<u8>, Failure> {
        let deadline = self.stripe_deadline();
        self.outcome(deadline, call).await.result
    }

    /// Reads something at Stripe by its path, as one of several calls with a common deadline; `None` where Stripe has
    /// no such thing.
    ///
    /// # Errors
    /// Stripe did not answer, or refused.
    pub async fn find_at_stripe(
        &mut self,
        deadline: Duration,
        call: Call,
    ) -> Result<Option<Vec<u8>>, Failure> {
        let outcome = self.outcome(deadline, call).await;
        if outcome.missing {
            return Ok(None);
        }
        outcome.result.map(Some)
    }

    /// When Stripe must have answered, by the monotonic clock.
    #[must_use]
    pub fn stripe_deadline(&self) -> Duration {
        let now = self.instance.platform.monotonic();
        now.saturating_add(self.config.stripe.timeout)
    }

    /// Makes one of several calls to Stripe with a common deadline, and returns all that it came to.
    pub async fn outcome(&mut self, deadline: Duration, call: Call) -> stripe::Outcome {
        let platform = &self.instance.platform;
        let mut outcome = stripe::client::call(platform, &self.config.stripe, deadline, call).await;
        self.entry.attempts += outcome.attempts;
        self.entry.stripe_request_id = outcome.request_id.take();
        outcome
    }
}

/// The reason of a failure after which a user has paid for nothing.
const NOT_GIVEN_BACK: &str = "what was charged could not be given back";

fn unknown_balance(attempt: &str, error: SpendingError) -> Failure {
    match error {
        SpendingError::Corrupt(corrupt) => Failure::store_unavailable(corrupt.0),
        SpendingError::Store(error) => Failure::store_unavailable(format!("{attempt}: {error}")),
    }
}

/// A caller who is known, and whose request is within the limit.
#[derive(Debug)]
pub struct Caller {
    /// The user.
    pub user: User,
    /// The plan by which the request was counted.
    pub plan: PlanName,
    /// The user's record, or why it cannot be had.
    pub record: Result<CustomerRecord, Failure>,
}

/// The most bytes that a route takes of a body.
#[derive(Clone, Copy, Debug)]
pub struct BodyLimit {
    /// How many.
    pub bytes: usize,
    /// What a caller is told who sends more.
    pub too_long: &'static str,
}
