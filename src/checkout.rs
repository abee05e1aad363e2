//! Opens the checkout session of a user who wants to subscribe: one customer, at most one open session, no second
//! subscription, however often and from wherever the user asks.
//!
//! There is no lock and no clock in it. Stripe's idempotency puts simultaneous calls into an order, because a call's key
//! names the past that the call has seen: two calls that have seen the same past cannot both make a session. Whenever an
//! answer shows that the past is another one by now, all is read anew.

use std::pin::Pin;
use std::time::Duration;

use crate::error::{Failure, FailureKind};
use crate::platform::{Platform, within};
use crate::records::customer::CustomerRecord;
use crate::records::store::Records;
use crate::stripe::checkout_session::creation::{self, Choice, NewSession};
use crate::stripe::checkout_session::expiry;
use crate::stripe::link::Link;
use crate::stripe::{Call, CallReport};
use crate::stripe_id::{CheckoutSessionId, CustomerId};
use crate::trip::Trip;
use crate::user::User;

mod customers;
mod decision;
mod past;
mod shared_key;

pub use decision::{Decision, Past};

use shared_key::{Next, SharedKey};

/// The most rounds in which everything is read anew.
const ROUNDS: u32 = 10;

/// The time that a call waits for another one with the same key.
const PAUSE: Duration = Duration::from_millis(500);

/// Finds or makes the session of a user with this record. All of it has the time of one call to Stripe. It fails, too,
/// if other calls kept coming in between.
pub async fn open<P: Platform>(
    trip: &mut Trip<'_, P>,
    user: &User,
    record: CustomerRecord,
    choice: &Choice,
) -> Result<Link, Failure> {
    let (instance, timeout) = (trip.instance, trip.config.stripe.timeout);
    let checkout = Checkout {
        deadline: trip.stripe_deadline(),
        trip,
        user,
        choice,
        customer_key: SharedKey::default(),
        deleted: String::new(),
        session_key: SharedKey::default(),
        met_a_kept_failure: false,
        last: None,
    };
    let opened = within(&instance.platform, timeout, checkout.run(record)).await;
    opened.unwrap_or_else(|| {
        Err(Failure::new(
            FailureKind::StripeUnavailable,
            "the checkout took longer than stripe_timeout_ms",
        ))
    })
}

/// A future whose code is in one place.
type Boxed<'f, T> = Pin<Box<dyn Future<Output = T> + 'f>>;

/// A checkout under way.
struct Checkout<'c, 't, P> {
    trip: &'c mut Trip<'t, P>,
    user: &'c User,
    choice: &'c Choice,
    /// The time at which Stripe must have answered, by the monotonic clock.
    deadline: Duration,
    customer_key: SharedKey,
    /// The customers that the key has brought, and that are the user's no more.
    deleted: String,
    session_key: SharedKey,
    /// True if the round met a failure that Stripe has kept for an earlier call.
    met_a_kept_failure: bool,
    /// The last refusal that began a new round.
    last: Option<Failure>,
}

impl<P: Platform> Checkout<'_, '_, P> {
    async fn run(mut self, mut record: CustomerRecord) -> Result<Link, Failure> {
        let mut rounds = 0;
        while rounds < ROUNDS {
            if let Some(link) = self.round(&record).await? {
                return Ok(link);
            }
            // Failures that Stripe has kept must not lock the user out for as long as Stripe keeps them.
            let counts = !std::mem::take(&mut self.met_a_kept_failure);
            rounds += u32::from(counts);
            record = self.trip.customer_record(self.user).await?;
        }
        let failure = Failure::new(
            FailureKind::StripeUnavailable,
            "others kept changing the customer's sessions",
        );
        Err(match self.last {
            Some(last) if last.kind == FailureKind::StoreUnavailable => last,
            Some(last) => failure.with_reason(&last.reason),
            None => failure,
        })
    }

    /// Reads everything, and does what the decision asks for; `None` if all is to be read anew.
    async fn round(&mut self, record: &CustomerRecord) -> Result<Option<Link>, Failure> {
        let Some(customer) = self.customer(record).await? else {
            return Ok(None);
        };
        let Some(past) = self.past(&customer).await? else {
            return Ok(None);
        };
        if past.subscribed {
            return Err(already_subscribed());
        }
        let Some(trial) = self.has_trial(&customer).await? else {
            return Ok(None);
        };
        // Reading took a while, in which the customer may have become another user's. The calls below do, too.
        if self.is_anothers(&customer).await? {
            return Ok(None);
        }
        let config = self.trip.config;
        let names_user = (config.ownership.user_metadata_key.as_str(), self.user);
        let settings = &config.checkout;
        let session = NewSession::new(&customer, names_user, self.choice, settings, trial);
        let now = self.trip.instance.platform.now().as_secs();
        let number = match past.decide(&session.digest(), now) {
            Decision::Refuse => return Err(already_subscribed()),
            Decision::Return(session) => {
                return creation::url_of(session, &settings.hosts).map(Some);
            }
            Decision::Create(number) => number,
            Decision::Expire {
                sessions,
                then_create,
            } => {
                if !self.expire(&sessions).await? {
                    return Ok(None);
                }
                let Some(number) = then_create else {
                    return Ok(None);
                };
                if self.is_anothers(&customer).await? {
                    return Ok(None);
                }
                number
            }
        };
        let stem = format!("portico-checkout-{customer}-{number}");
        let key = self.session_key.of(&stem);
        let report = self.ask(session.create(number, key)).await;
        let next = self.session_key.after(&report);
        let Some(answer) = self.settle(report, next).await? else {
            return Ok(None);
        };
        // A page that nobody gets stays open. The next checkout of the customer's new user ends it.
        if self.is_anothers(&customer).await? {
            return Ok(None);
        }
        creation::url(&answer, &settings.hosts).map(Some)
    }

    /// Returns true if the customer has become another user's.
    async fn is_anothers(&self, customer: &CustomerId) -> Result<bool, Failure> {
        let records = Records(&self.trip.instance.platform);
        records.is_anothers(customer, self.user).await
    }

    /// Ends sessions; tells whether Stripe has ended all of them. One that it refuses may just have been paid.
    async fn expire(&mut self, sessions: &[&CheckoutSessionId]) -> Result<bool, Failure> {
        for id in sessions {
            if let Err(refusal) = self.ask(expiry::expire(id)).await.result {
                self.last = Some(refusal);
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Returns the answer to a call with a shared key, if it is this call's own; `None` if all is to be read anew.
    async fn settle(&mut self, report: CallReport, next: Next) -> Result<Option<Vec<u8>>, Failure> {
        match (next, report.result) {
            (Next::Stop, Ok(answer)) => return Ok(Some(answer)),
            // The customer was deleted a moment ago.
            (Next::Stop, Err(failure)) if failure.kind == FailureKind::NoStripeCustomer => {
                self.last = Some(failure);
            }
            (Next::Stop, Err(failure)) => return Err(failure),
            (Next::WithSuffix, result) => {
                self.last = result.err();
                self.met_a_kept_failure = true;
            }
            (Next::Again | Next::Later, result) => {
                self.last = result.err();
                if next == Next::Later {
                    self.pause().await;
                }
            }
        }
        Ok(None)
    }

    /// Lets another call go on.
    async fn pause(&self) {
        self.trip.instance.platform.sleep(PAUSE).await;
    }

    /// Makes a call within the deadline. It is boxed, so that the code of a call is there once, and not at each of the
    /// places that make one.
    fn ask(&mut self, call: Call) -> Boxed<'_, CallReport> {
        Box::pin(self.trip.report_of(self.deadline, call))
    }
}

fn already_subscribed() -> Failure {
    Failure::new(
        FailureKind::AlreadySubscribed,
        "the user has a subscription that is not over",
    )
}
