//! From a request to its answer and its log line.

use http::Response;

use crate::answer::{Answer, Circumstances, Reply, answer};
use crate::cors::{self, Cors};
use crate::error::{Failure, FailureKind};
use crate::inbound::Inbound;
use crate::instance::Instance;
use crate::log::Entry;
use crate::platform::{Platform, RequestBody};
use crate::routes::{Action, Endpoint, Route};
use crate::trip::Trip;

/// Portico on a platform. One of it lives as long as the instance, and serves many requests at a time.
pub struct Service<P>(Instance<P>);

/// An answer and the log line that goes with it.
pub struct Served {
    /// The answer.
    pub response: Response<Vec<u8>>,
    /// The line, without a line break.
    pub log_line: String,
}

impl<P> Service<P> {
    /// A service that has read nothing yet.
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
            // Health is told all the same, and all else comes to the problem of the variable.
            Err(_) => Route::find(&head.path),
        };
        let request_id = head.request_id();
        let mut trip = Trip::new(
            instance,
            Entry {
                request_id: request_id.unwrap_or_else(|| instance.new_uuid().to_string()),
                method: head.method_name(),
                route: route.map(|route| route.path),
                ..Entry::default()
            },
        );
        let mut preflight_for = None;
        let outcome = match route.map(|route| (route, route.action(&head.method))) {
            None => Err(match base_path {
                Ok(_) => not_found(),
                Err(error) => Failure::new(FailureKind::Misconfigured, error.to_string()),
            }),
            Some((_, Ok(Action::Serve(endpoint)))) => endpoint.serve(&mut trip, &head, body).await,
            Some((route, Ok(Action::Preflight))) => {
                preflight_for = Some(route.method_name());
                trip.configure().await.map(|_| Reply::no_content())
            }
            Some((route, Err(failure))) => {
                // A wrong method is wrong however Portico is configured. Which pages may read so is configured, and
                // whether there is a webhook.
                let depends = route.cors || route.endpoint == Endpoint::Webhook;
                let config = if depends {
                    trip.configure().await.ok()
                } else {
                    None
                };
                match config {
                    Some(config) if !route.endpoint.exists(&config) => Err(not_found()),
                    _ => Err(failure),
                }
            }
        };
        let cors = route.filter(|route| route.cors).map(|_| Cors {
            allowed_origin: trip
                .configuration()
                .and_then(|config| cors::allowed_origin(&head.headers, &config.allowed_origins)),
            preflight_for,
        });
        let Answer {
            response,
            error,
            reason,
        } = answer(
            outcome,
            Circumstances {
                request_id: &trip.entry.request_id,
                cors,
                admission: trip.admission.as_ref(),
            },
        );
        let mut entry = trip.entry;
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
}

/// There is nothing at the path.
fn not_found() -> Failure {
    Failure::new(FailureKind::NotFound, "no such path")
}
