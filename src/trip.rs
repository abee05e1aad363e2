//! One request's trip: the steps that routes take, each with what it adds to the log line and to the answer.

use std::time::Duration;

use http::HeaderMap;

use crate::auth::AuthFailure;
use crate::config::Config;
use crate::error::{Failure, FailureKind, Shortfall};
use crate::instance::Instance;
use crate::log::Entry;
use crate::plan::PlanName;
use crate::platform::{BodyError, Platform, RequestBody, soon_within};
use crate::rate_limit::{self, Admission, Admitted};
use crate::records::balance::Balance;
use crate::records::customer::CustomerRecord;
use crate::records::store::{Lookup, Records};
use crate::spending::{self, Reservation, Reserved, SpendingError};
use crate::stripe::{self, Call};
use crate::stripe_id::CustomerId;
use crate::user::User;

/// The longest that a body may take to arrive. Hosts have no bound on that, and a caller who stalls holds a place in an
/// instance.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// A record that was read longer ago is read again before its customer is used.
const SOON: Duration = Duration::from_millis(100);

/// Once Stripe has answered, a customer whose look-up was as long ago is looked up again. Most calls to Stripe take less,
/// and those that are tried again after a failure take more.
const A_WHILE: Duration = Duration::from_millis(500);

/// A request on its way, on an instance whose configuration is good.
pub struct Trip<'t, P> {
    /// The instance that serves the request.
    pub instance: &'t Instance<P>,
    pub config: &'t Config,
    pub entry: &'t mut Entry,
    /// The rate limit's decision, once one was asked for.
    pub admission: &'t mut Option<Admission>,
}

impl<P: Platform> Trip<'_, P> {
    /// Finds out who is calling.
    pub async fn authenticate(&mut self, headers: &HeaderMap) -> Result<User, Failure> {
        self.authentic(headers).await.map(|(user, _)| user)
    }

    /// Finds out who is calling, and whether they may manage billing.
    async fn authentic(&mut self, headers: &HeaderMap) -> Result<(User, bool), Failure> {
        let Instance {
            platform,
            authenticator,
            ..
        } = self.instance;
        let authentic = authenticator
            .authenticate(platform, &self.config.auth, headers)
            .await
            .map_err(|failure| {
                let kind = match &failure {
                    AuthFailure::Refused(refusal, _) => FailureKind::Unauthorized {
                        token_sent: refusal.token_sent(),
                    },
                    AuthFailure::KeysUnavailable(_) => FailureKind::KeysUnavailable,
                };
                Failure::new(kind, failure.reason())
            })?;
        self.entry.user = Some(authentic.user.digest().to_owned());
        // The user is served all the same; the operator should know before the keys expire.
        if let Some(why) = authentic.stale_keys {
            self.entry.add_reason(why.into());
        }
        Ok((authentic.user, authentic.manages))
    }

    /// Looks up the user's record. A user without one has the default record, and so has one whose record's customer is
    /// another user's ([`Records::look_up`]).
    pub async fn customer_record(&mut self, user: &User) -> Result<CustomerRecord, Failure> {
        match Records(&self.instance.platform).look_up(user).await? {
            Lookup::Counts(record) => {
                self.entry.plan = Some(record.plan.clone());
                Ok(record)
            }
            Lookup::IsAnothers => {
                let reason =
                    "the record does not count: its customer is not known to be this user's";
                self.entry.add_reason(reason.into());
                Ok(CustomerRecord::default())
            }
        }
    }

    /// Returns a record's customer for a call with the configured key, which must be of the customer's mode.
    pub fn customer_of<'r>(
        &self,
        record: &'r CustomerRecord,
    ) -> Result<Option<&'r CustomerId>, Failure> {
        let customer = record.customer.as_ref();
        if customer.is_some() && !record.fits_mode(self.config.stripe.livemode) {
            return Err(Failure::new(
                FailureKind::NoStripeCustomer,
                "the record's customer belongs to the other mode (test/live) than the API key",
            ));
        }
        Ok(customer)
    }

    /// Returns the user's balance, less what calls have cost. `None` where the record is corrupt and calls cost
    /// nothing: nobody is kept out by a record that decides nothing.
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

    /// Finds out who is calling, and counts the request of a caller who may manage billing. Nothing is counted, read or
    /// asked for one who may not.
    pub async fn admit_caller(&mut self, headers: &HeaderMap) -> Result<Caller, Failure> {
        let (user, manages) = self.authentic(headers).await?;
        if !manages {
            let reason = "the token has none of billing_roles in jwt_role_claim";
            return Err(Failure::new(FailureKind::Forbidden, reason));
        }
        self.admitted(user).await
    }

    /// Finds out who is calling, and counts the request, whether the caller may manage billing or not.
    pub async fn admit_user(&mut self, headers: &HeaderMap) -> Result<Caller, Failure> {
        let user = self.authenticate(headers).await?;
        self.admitted(user).await
    }

    /// Counts the request against the limit of the caller's plan. Where the store fails, the
    /// request is counted by the default plan, and the failure is returned with the caller.
    async fn admitted(&mut self, user: User) -> Result<Caller, Failure> {
        let record = self.customer_record(&user).await;
        let plan = record
            .as_ref()
            .map(|record| record.plan.clone())
            .unwrap_or_default();
        let looked_up = self.instance.platform.monotonic();
        self.admit(&user, &plan).await?;
        Ok(Caller {
            user,
            plan,
            record,
            looked_up,
        })
    }

    /// Looks up a caller again who has waited since the last look-up, for a body or for a store that counts: the customer
    /// may have become another user's.
    pub async fn look_again(&mut self, caller: &mut Caller) {
        let now = self.instance.platform.monotonic();
        if now.saturating_sub(caller.looked_up) > SOON {
            caller.record = self.customer_record(&caller.user).await;
            caller.looked_up = now;
        }
    }

    /// Counts the request against the plan's limit.
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

    /// Reads the request's body, of which at most `limit` bytes are taken. It must arrive whole and in time.
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

    /// Makes a call that costs `request_cost`: takes the cost first, and gives it back if the call fails. The call gets
    /// the caller as [`Trip::look_again`] finds them.
    pub async fn charged<T>(
        &mut self,
        caller: &mut Caller,
        call: impl AsyncFnOnce(&mut Self, &Caller) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let reservation = self.charge(&caller.user, &caller.plan).await?;
        self.look_again(caller).await;
        match (call(self, caller).await, reservation) {
            (Err(failure), Some(reservation)) => Err(self.give_back(reservation, failure).await),
            (result, _) => result,
        }
    }

    /// Takes the cost of the call; `None` where it costs nothing.
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

    /// Gives back the cost of a call that failed.
    async fn give_back(&self, reservation: Reservation, failure: Failure) -> Failure {
        match reservation.give_back(&self.instance.platform).await {
            Ok(()) => failure,
            Err(_) => failure.with_reason(NOT_GIVEN_BACK),
        }
    }

    /// Returns the time at which Stripe must have answered, by the monotonic clock.
    #[must_use]
    pub fn stripe_deadline(&self) -> Duration {
        let now = self.instance.platform.monotonic();
        now.saturating_add(self.config.stripe.timeout)
    }

    /// Calls Stripe about a payer's customer, as one of several calls with a common deadline, and returns the body of its
    /// answer. It fails as [`Trip::unless_moved`] does.
    pub async fn ask_about(
        &mut self,
        payer: Payer<'_>,
        deadline: Duration,
        call: Call,
    ) -> Result<Vec<u8>, Failure> {
        let answer = self.report_of(deadline, call).await.result?;
        self.unless_moved(payer).await?;
        Ok(answer)
    }

    /// Fails if a customer has become another user's since the payer was looked up. Calls that are slow or tried again
    /// leave time for that, and then Stripe's answer is nobody's to see. A look-up that was a moment ago is good.
    pub async fn unless_moved(&self, payer: Payer<'_>) -> Result<(), Failure> {
        let platform = &self.instance.platform;
        let ago = platform.monotonic().saturating_sub(payer.looked_up);
        if ago >= A_WHILE
            && Records(platform)
                .is_anothers(payer.customer, payer.user)
                .await?
        {
            return Err(Failure::new(
                FailureKind::NoStripeCustomer,
                "the customer became another user's while Stripe was asked",
            ));
        }
        Ok(())
    }

    /// Makes one of several calls to Stripe with a common deadline, and returns a report of it.
    pub async fn report_of(&mut self, deadline: Duration, call: Call) -> stripe::CallReport {
        let platform = &self.instance.platform;
        let mut report = stripe::client::call(platform, &self.config.stripe, deadline, call).await;
        self.entry.attempts = self.entry.attempts.saturating_add(report.attempts);
        self.entry.stripe_request_id = report.request_id.take();
        report
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
    pub user: User,
    /// The plan by which the request was counted.
    pub plan: PlanName,
    /// The user's record, or the reason why it cannot be read.
    pub record: Result<CustomerRecord, Failure>,
    /// The time at which the record was read, by the monotonic clock.
    pub looked_up: Duration,
}

/// A user and the customer that is theirs.
#[derive(Clone, Copy)]
pub struct Payer<'p> {
    pub user: &'p User,
    pub customer: &'p CustomerId,
    /// The time at which the customer was looked up, by the monotonic clock.
    pub looked_up: Duration,
}

/// The most bytes that a route takes of a body.
#[derive(Clone, Copy, Debug)]
pub struct BodyLimit {
    pub bytes: usize,
    /// The message for a caller who sends more.
    pub too_long: &'static str,
}
