//! From a request to its answer and its log line.

use http::Response;

use crate::answer::{Answer, Circumstances, Reply, answer};
use crate::cors::{self, Cors};
use crate::error::{Failure, FailureKind};
use crate::inbound::Inbound;
use crate::instance::Instance;
use crate::log::Entry;
use crate::platform::{Platform, RequestBody};
use crate::routes::{Action, Route};
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
        let route = Route::find(&head.path);
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
            None => Err(Failure::new(FailureKind::NotFound, "no such path")),
            Some((_, Ok(Action::Serve(endpoint)))) => endpoint.serve(&mut trip, &head, body).await,
            Some((route, Ok(Action::Preflight))) => {
                preflight_for = Some(route.method_name());
                trip.configure().await.map(|_| Reply::no_content())
            }
            Some((route, Err(failure))) => {
                if route.cors {
                    // A wrong method is wrong however Portico is configured; the pages that may read so are configured.
                    let _ = trip.configure().await;
                }
                Err(failure)
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
