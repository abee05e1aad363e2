//! The straight trip: authenticate → look up the customer → admit → charge → open the portal → answer.

use std::sync::{Arc, OnceLock};

use http::header::ORIGIN;
use http::{HeaderMap, Method, Response};

use crate::auth::Authenticator;
use crate::config::{Config, ConfigError, VARIABLES};
use crate::error::{Failure, FailureKind};
use crate::host::{Host, RequestBody};
use crate::http::answer::{Answer, Checks, Circumstances, Success, answer};
use crate::http::{Action, Endpoint, Route};
use crate::log::Entry;
use crate::rate_limit::Admission;

mod account;
mod portal;
mod steps;

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
        let origin: Vec<_> = request.headers.get_all(ORIGIN).iter().cloned().collect();
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
            entry.add_reason(failure.reason);
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

fn misconfigured(error: &ConfigError) -> Failure {
    Failure::new(FailureKind::Misconfigured, error.to_string())
}
