//! The straight trip: authenticate → look up the customer → admit → charge → open the portal → answer.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use http::header::ORIGIN;
use http::{HeaderMap, Method, Response};

use crate::auth::{AuthFailure, Authenticator, User};
use crate::balance::{self, Balance, Reservation};
use crate::config::{Config, ConfigError, VARIABLES};
use crate::customer::{self, Customer};
use crate::error::{Failure, FailureKind, Shortfall};
use crate::host::{BodyError, Host, RequestBody, within};
use crate::http::answer::{Account, Answer, Checks, Circumstances, Success, answer};
use crate::http::{Action, Endpoint, Route};
use crate::log::{self, Entry};
use crate::portal_request::PortalRequest;
use crate::rate_limit::{self, Admission};
use crate::stripe::answer::SessionUrl;
use crate::stripe::{self, client, session};

/// How long a body may take to arrive. Hosts have no bound on that, and a caller who stalls holds a place in an
/// instance.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// Portico on a host. One of it lives as long as the instance, and serves many requests at a time.
pub struct Service<H> {
    host: H,
    config: OnceLock<Arc<Config>>,
    authenticator: Authenticator,
}

/// A request as it came in.
pub struct Inbound<B> {
    /// The method.
    pub method: Method,
    /// The raw path, without the query.
    pub path: String,
    /// The header fields.
    pub headers: HeaderMap,
    /// The body, not yet read.
    pub body: B,
}

/// What a request gathers on its way.
struct Trip {
    entry: Entry,
    admission: Option<Admission>,
}

/// An answer and the log line that goes with it.
pub struct Served {
    /// The answer.
    pub response: Response<Vec<u8>>,
    /// The line, without a line break.
    pub log_line: String,
}

impl<H> Service<H> {
    /// A service that has read nothing yet.
    pub fn new(host: H) -> Self {
        Self {
            host,
            config: OnceLock::new(),
            authenticator: Authenticator::default(),
        }
    }
}

impl<H: Host> Service<H> {
    /// Serves a request. Every request has an answer: nothing that a caller sends may reach a panic.
    pub async fn serve(&self, request: Inbound<impl RequestBody>) -> Served {
        let started = self.host.monotonic();
        let route = Route::find(&request.path);
        let entry = Entry {
            request_id: crate::http::request_id(&request.headers)
                .unwrap_or_else(|| self.new_uuid().to_string()),
            method: crate::http::method_name(&request.method),
            route: route.map(|route| route.path),
            ..Entry::default()
        };
        let origin = request.headers.get_all(ORIGIN).iter().cloned();
        let origin: Vec<_> = origin.collect();
        let mut trip = Trip {
            entry,
            admission: None,
        };
        let (outcome, config) = self.dispatch(route, request, &mut trip).await;
        let Trip {
            mut entry,
            admission,
        } = trip;
        let allowed_origin = config
            .as_ref()
            .and_then(|config| crate::http::allowed_origin(&origin, &config.frontend.origins));
        let Answer { response, error } = answer(
            &outcome,
            Circumstances {
                request_id: &entry.request_id,
                route,
                allowed_origin,
                admission: admission.as_ref(),
            },
        );
        entry.status = response.status().as_u16();
        entry.error = error;
        if let Err(failure) = outcome {
            entry.reason = Some(failure.reason);
        }
        let duration = self.host.monotonic().saturating_sub(started);
        Served {
            response,
            log_line: entry.line(self.host.now(), duration),
        }
    }

    /// Does what the route says. The configuration comes back with the outcome, where there is one, since the answer's
    /// CORS headers depend on it.
    async fn dispatch(
        &self,
        route: Option<&'static Route>,
        request: Inbound<impl RequestBody>,
        trip: &mut Trip,
    ) -> (Result<Success, Failure>, Option<Arc<Config>>) {
        let Some(route) = route else {
            let failure = Failure::new(FailureKind::NotFound, "no such path");
            return (Err(failure), None);
        };
        let action = route.action(&request.method);
        match action {
            Ok(Action::Serve(Endpoint::Health)) => return (Ok(Success::Healthy), None),
            Ok(Action::Serve(Endpoint::Readiness)) => {
                return (Ok(self.readiness(&mut trip.entry).await), None);
            }
            Err(failure) if !route.cors => return (Err(failure), None),
            _ => {}
        }
        let config = match self.config().await {
            Ok(config) => config,
            // A wrong method is wrong however Portico is configured.
            Err(error) => return (action.and(Err(misconfigured(&error))), None),
        };
        let outcome = match action {
            Ok(Action::Serve(Endpoint::Account)) => self
                .account(&config, &request.headers, trip)
                .await
                .map(Success::Account),
            Ok(Action::Serve(_)) => self
                .open_portal(&config, request, trip)
                .await
                .map(Success::Portal),
            Ok(Action::Preflight) => Ok(Success::Preflight),
            Err(failure) => Err(failure),
        };
        (outcome, Some(config))
    }

    /// The portal route, from the token to the session's URL.
    async fn open_portal(
        &self,
        config: &Config,
        request: Inbound<impl RequestBody>,
        trip: &mut Trip,
    ) -> Result<SessionUrl, Failure> {
        let user = self.authenticate(config, &request.headers, trip).await?;
        let customer = self.customer(&user, trip).await;
        let plan = plan_of(&customer);
        self.admit(config, &user, plan, trip).await?;
        let body = within(
            &self.host,
            BODY_TIMEOUT,
            request.body.read(config.max_body_bytes),
        )
        .await
        .unwrap_or(Err(BodyError::TooSlow))
        .map_err(unreadable_body)?;
        let choices =
            PortalRequest::parse(&request.headers, &body).map_err(Failure::invalid_request)?;
        let customer = customer?
            .ok_or_else(|| Failure::new(FailureKind::NoStripeCustomer, "the user has no record"))?;
        if !customer.fits_mode(config.stripe.livemode) {
            return Err(Failure::new(
                FailureKind::NoStripeCustomer,
                "the record's customer belongs to the other mode (test/live) than the API key",
            ));
        }
        let reservation = self.charge(config, &user, &customer.plan).await?;
        let opened = self.call_stripe(config, &customer, &choices, trip).await;
        if let (Err(failure), Some(reservation)) = (&opened, reservation)
            && reservation.give_back(&self.host).await.is_err()
        {
            let reason = format!(
                "{}; and what was charged could not be given back",
                failure.reason
            );
            return Err(Failure::new(failure.kind.clone(), reason));
        }
        opened
    }

    async fn call_stripe(
        &self,
        config: &Config,
        customer: &Customer,
        choices: &PortalRequest,
        trip: &mut Trip,
    ) -> Result<SessionUrl, Failure> {
        let form = session::form(
            &customer.stripe_customer_id,
            choices,
            &config.stripe,
            &config.frontend,
        );
        let outcome = client::post(&self.host, &config.stripe, session::PATH, form)
            .await
            .map_err(|_| {
                Failure::new(FailureKind::Internal, "the call to Stripe cannot be built")
            })?;
        trip.entry.attempts = outcome.attempts;
        trip.entry.stripe_request_id = outcome
            .result
            .as_ref()
            .ok()
            .and_then(stripe::answer::request_id);
        stripe::answer::session_url(outcome, &config.stripe, choices)
    }

    /// The plan gate. It costs nothing, is not limited, and never calls Stripe.
    async fn account(
        &self,
        config: &Config,
        headers: &HeaderMap,
        trip: &mut Trip,
    ) -> Result<Account, Failure> {
        let user = self.authenticate(config, headers, trip).await?;
        let customer = self.customer(&user, trip).await;
        let plan = plan_of(&customer).to_owned();
        let portal_available =
            customer?.is_some_and(|customer| customer.fits_mode(config.stripe.livemode));
        let mut balance = self.balance(&user).await?;
        // Where calls cost nothing, nothing was ever taken off.
        if config.cost.request_cost > 0 {
            balance = balance
                .less_spent(&self.host, user.as_str())
                .await
                .map_err(|error| store_unavailable(format!("balance lookup failed: {error}")))?;
        }
        Ok(Account {
            plan,
            portal_available,
            current_balance: balance.current_balance,
            next_refill_at: balance.next_refill_at,
        })
    }

    /// Counts the request against the plan's limit.
    async fn admit(
        &self,
        config: &Config,
        user: &User,
        plan: &str,
        trip: &mut Trip,
    ) -> Result<(), Failure> {
        let Some(limit) = rate_limit::limit_for(&config.rate_limits, plan) else {
            return Ok(());
        };
        let now = self.host.now();
        let admission = match rate_limit::admit(&self.host, limit, user.as_str(), now).await {
            Ok(admission) => admission,
            // Keeping customers out of their billing because a counter is down would be worse than not counting.
            Err(error) => {
                trip.entry.reason = Some(format!("rate limit not applied: {error}").into());
                rate_limit::judge(limit, 1, now, false)
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
    async fn charge(
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

    async fn authenticate(
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
        trip.entry.reason = self.authenticator.stale_keys().map(Into::into);
        Ok(user)
    }

    /// The user's record, or `None` where there is none.
    async fn customer(&self, user: &User, trip: &mut Trip) -> Result<Option<Customer>, Failure> {
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
    async fn balance(&self, user: &User) -> Result<Balance, Failure> {
        let record = self
            .host
            .get(&balance::record_key(user.as_str()))
            .await
            .map_err(|error| store_unavailable(format!("balance lookup failed: {error}")))?;
        Balance::parse(record.as_deref()).map_err(|corrupt| store_unavailable(corrupt.0))
    }

    /// The configuration, read from the variables once. A configuration with problems is read again for the next
    /// request, so that a variables provider that was away for a moment does no lasting harm.
    async fn config(&self) -> Result<Arc<Config>, ConfigError> {
        if let Some(config) = self.config.get() {
            return Ok(Arc::clone(config));
        }
        let mut values = Vec::with_capacity(VARIABLES.len());
        let mut unreadable = Vec::new();
        for variable in VARIABLES {
            // A provider that fails has not said that there is no value, so the default must not take its place. Spin
            // reports a required variable without a value in this way, too.
            match self.host.variable(variable.name).await {
                Ok(value) => values.push((variable.name, value)),
                Err(_) => unreadable.push(variable.name),
            }
        }
        let config = Config::from_variables(|name| {
            let (_, value) = values.iter().find(|(known, _)| *known == name)?;
            value.clone()
        });
        let config = if unreadable.is_empty() {
            config?
        } else {
            return Err(ConfigError::unreadable(unreadable, config.err()));
        };
        // Requests that came meanwhile may have read it as well; the first reading stays.
        Ok(Arc::clone(self.config.get_or_init(|| Arc::new(config))))
    }

    async fn readiness(&self, entry: &mut Entry) -> Success {
        let config = self.config().await;
        let keys = match &config {
            Ok(config) => {
                self.authenticator
                    .check_keys(&self.host, &config.tokens)
                    .await
            }
            Err(error) if error.concerns_keys() => Err("no usable key: see config".to_owned()),
            Err(_) => Ok(()),
        };
        let store = match self.host.check().await {
            Ok(()) => Ok(()),
            Err(_) => Err("the store `default` cannot be opened".to_owned()),
        };
        let config = config.map(drop).map_err(|error| error.to_string());
        if config.is_ok() && keys.is_ok() && store.is_ok() {
            return Success::Ready;
        }
        let told = |check: Result<(), String>| check.err().unwrap_or_else(|| "ok".to_owned());
        let (config, keys, store) = (told(config), told(keys), told(store));
        entry.reason = Some(format!("unready: config {config}; keys {keys}; store {store}").into());
        Success::Unready(Checks {
            config,
            keys,
            store,
        })
    }

    fn new_uuid(&self) -> uuid::Uuid {
        uuid::Builder::from_random_bytes(self.host.random_bytes()).into_uuid()
    }
}

/// The plan to go by, also where the record could not be read.
fn plan_of(customer: &Result<Option<Customer>, Failure>) -> &str {
    match customer {
        Ok(Some(customer)) => &customer.plan,
        _ => customer::DEFAULT_PLAN,
    }
}

fn store_unavailable(reason: impl Into<Cow<'static, str>>) -> Failure {
    Failure::new(FailureKind::StoreUnavailable, reason)
}

fn misconfigured(error: &ConfigError) -> Failure {
    Failure::new(FailureKind::Misconfigured, error.to_string())
}

fn unreadable_body(error: BodyError) -> Failure {
    Failure::invalid_request(match error {
        BodyError::TooLong => "The body is longer than max_body_bytes.",
        BodyError::Broken => "The body ended early.",
        BodyError::TooSlow => "The body did not arrive within 10 seconds.",
    })
}
