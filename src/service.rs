//! From a request to its answer and its log line.

use http::Response;

use crate::answer::{Answer, AnswerContext, Reply, answer};
use crate::config::Config;
use crate::cors::{self, Cors};
use crate::error::{Failure, FailureKind};
use crate::inbound::{Head, Inbound};
use crate::instance::Instance;
use crate::log::Entry;
use crate::platform::{Platform, RequestBody};
use crate::rate_limit::Admission;
use crate::routes::{Action, Route, Target};
use crate::trip::Trip;

/// Portico on a platform. One service lives as long as the instance, and serves many requests at a time.
pub struct Service<P>(Instance<P>);

/// An answer and the log line that goes with it.
pub struct Served {
    pub response: Response<Vec<u8>>,
    /// The log's line, without a line break.
    pub log_line: String,
}

/// The parts that a request's answer and its log line are made of, besides the outcome.
struct Gathered<'i> {
    entry: Entry,
    admission: Option<Admission>,
    /// The configuration, if the request needed it and there is one.
    config: Option<&'i Config>,
}

impl<P> Service<P> {
    /// Makes a service that has read nothing yet.
    pub fn new(platform: P) -> Self {
        Self(Instance::new(platform))
    }
}

impl<P: Platform> Service<P> {
    /// Serves a request. Every request has an answer: nothing that a caller sends may reach a panic.
    pub async fn serve(&self, request: Inbound<impl RequestBody>) -> Served {
        let Self(instance) = self;
        let Inbound { head, body } = request;
        let started = instance.platform.monotonic();
        let base_path = instance.base_path().await;
        let route = match &base_path {
            Ok(base_path) => base_path.below(&head.path).and_then(Route::find),
            // Health is answered all the same, and all else with the problem of the variable.
            Err(_) => Route::find(&head.path),
        };
        let request_id = head.request_id();
        let mut gathered = Gathered {
            entry: Entry {
                request_id: request_id.unwrap_or_else(|| instance.new_uuid().to_string()),
                method: head.method_name(),
                route: route.map(|route| route.path),
                ..Entry::default()
            },
            admission: None,
            config: None,
        };
        let outcome = match (route, base_path) {
            (Some(route), _) => self.outcome(route, &head, body, &mut gathered).await,
            (None, Ok(_)) => Err(not_found()),
            (None, Err(error)) => Err(Failure::new(FailureKind::Misconfigured, error.to_string())),
        };
        let Gathered {
            mut entry,
            admission,
            config,
        } = gathered;
        let cors = route.filter(|route| route.cors).map(|route| Cors {
            allowed_origin: config
                .and_then(|config| cors::allowed_origin(&head.headers, &config.allowed_origins)),
            preflight_for: route
                .is_preflight(&head.method)
                .then(|| route.method_name()),
        });
        let Answer {
            response,
            error,
            reason,
        } = answer(
            outcome,
            AnswerContext {
                request_id: &entry.request_id,
                cors,
                admission: admission.as_ref(),
            },
        );
        entry.status = response.status().as_u16();
        entry.error = error;
        if let Some(reason) = reason {
            entry.add_reason(reason);
        }
        let duration = instance.platform.monotonic().saturating_sub(started);
        Served {
            response,
            log_line: entry.line(instance.platform.now(), duration),
        }
    }

    /// Serves a request at a known path.
    async fn outcome<'i>(
        &'i self,
        route: &Route,
        head: &Head,
        body: impl RequestBody,
        gathered: &mut Gathered<'i>,
    ) -> Result<Reply, Failure> {
        let Self(instance) = self;
        let action = route.action(&head.method);
        let endpoint = match route.target {
            Target::Endpoint(endpoint) => endpoint,
            // Hosts ask for these, however Portico is configured.
            Target::Probe(probe) => {
                action?;
                return probe.serve(instance, &mut gathered.entry).await;
            }
        };
        let config = match (instance.config().await, &action) {
            (Ok(config), _) => config,
            // A wrong method is wrong however Portico is configured.
            (Err(_), Err(wrong_method)) => return Err(wrong_method.clone()),
            (Err(error), Ok(_)) => {
                return Err(Failure::new(FailureKind::Misconfigured, error.to_string()));
            }
        };
        gathered.config = Some(config);
        if !endpoint.exists(config) {
            return Err(not_found());
        }
        match action? {
            Action::Preflight => Ok(Reply::no_content()),
            Action::Serve => {
                let mut trip = Trip {
                    instance,
                    config,
                    entry: &mut gathered.entry,
                    admission: &mut gathered.admission,
                };
                endpoint.serve(&mut trip, head, body).await
            }
        }
    }
}

/// Makes the failure of a request whose path has no route.
fn not_found() -> Failure {
    Failure::new(FailureKind::NotFound, "no such path")
}
