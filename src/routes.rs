//! The table of routes. Each has a file of its own, with its answer's body.

use http::Method;

use crate::answer::Reply;
use crate::config::Config;
use crate::error::{Failure, FailureKind};
use crate::inbound::Head;
use crate::instance::Instance;
use crate::log::Entry;
use crate::platform::{Platform, RequestBody};
use crate::trip::Trip;

mod balance;
mod checkout;
mod health;
mod history;
mod invoices;
mod listing;
mod portal;
mod readiness;
mod session;
mod subscriptions;
mod sync;
mod webhook;

pub use checkout::parse_request as parse_checkout_request;
pub use portal::parse_request as parse_portal_request;

/// The target of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// A route that needs a configuration.
    Endpoint(Endpoint),
    /// A question about the instance itself, which is answered without one.
    Probe(Probe),
}

/// The endpoints that serve callers and Stripe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// Opens a portal session.
    BillingPortal,
    /// The plan gate: tells the user's balance, and whether the portal will open.
    Balance,
    /// Brings the caller's record up to date.
    Sync,
    /// Receives Stripe's events.
    Webhook,
    /// Lists the user's invoices.
    Invoices,
    /// Lists the user's payments.
    History,
    /// Opens a checkout session.
    Checkout,
    /// Lists the user's subscriptions.
    Subscriptions,
}

impl Endpoint {
    /// Serves a request whose path leads here, and whose method is the route's.
    pub async fn serve<P: Platform>(
        self,
        trip: &mut Trip<'_, P>,
        head: &Head,
        body: impl RequestBody,
    ) -> Result<Reply, Failure> {
        match self {
            Self::BillingPortal => portal::serve(trip, head, body).await,
            Self::Balance => balance::serve(trip, head).await,
            Self::Sync => sync::serve(trip, head).await,
            Self::Webhook => webhook::serve(trip, head, body).await,
            Self::Invoices => invoices::serve(trip, head).await,
            Self::History => history::serve(trip, head).await,
            Self::Checkout => checkout::serve(trip, head, body).await,
            Self::Subscriptions => subscriptions::serve(trip, head).await,
        }
    }

    /// Returns true if a configuration makes the endpoint exist.
    #[must_use]
    pub fn exists(self, config: &Config) -> bool {
        match self {
            Self::Webhook => !config.webhook.secrets.is_empty(),
            Self::Checkout => !config.checkout.prices.is_empty(),
            Self::BillingPortal
            | Self::Balance
            | Self::Invoices
            | Self::History
            | Self::Subscriptions
            | Self::Sync => true,
        }
    }
}

/// The questions that hosts ask about an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Probe {
    /// Tells that the component runs.
    Health,
    /// Tells whether it can serve.
    Readiness,
}

impl Probe {
    pub async fn serve<P: Platform>(
        self,
        instance: &Instance<P>,
        entry: &mut Entry,
    ) -> Result<Reply, Failure> {
        match self {
            Self::Health => health::serve(),
            Self::Readiness => readiness::serve(instance, entry).await,
        }
    }
}

/// A known path, and its target.
#[derive(Debug)]
pub struct Route {
    /// The path, compared to the byte.
    pub path: &'static str,
    /// The one method that it takes, `HEAD` and preflights apart.
    pub method: Method,
    pub target: Target,
    /// True if pages of allowed origins may call it, so that it answers preflights.
    pub cors: bool,
}

/// All known paths.
pub const ROUTES: &[Route] = &[
    Route {
        path: "/api/v1/account/billing-portal",
        method: Method::POST,
        target: Target::Endpoint(Endpoint::BillingPortal),
        cors: true,
    },
    Route {
        path: "/api/v1/account/balance",
        method: Method::GET,
        target: Target::Endpoint(Endpoint::Balance),
        cors: true,
    },
    Route {
        path: "/api/v1/billing/sync",
        method: Method::POST,
        target: Target::Endpoint(Endpoint::Sync),
        cors: true,
    },
    Route {
        path: "/api/v1/billing/webhook",
        method: Method::POST,
        target: Target::Endpoint(Endpoint::Webhook),
        cors: false,
    },
    Route {
        path: "/api/v1/billing/invoices",
        method: Method::GET,
        target: Target::Endpoint(Endpoint::Invoices),
        cors: true,
    },
    Route {
        path: "/api/v1/billing/history",
        method: Method::GET,
        target: Target::Endpoint(Endpoint::History),
        cors: true,
    },
    Route {
        path: "/api/v1/billing/subscriptions",
        method: Method::GET,
        target: Target::Endpoint(Endpoint::Subscriptions),
        cors: true,
    },
    Route {
        path: "/api/v1/billing/checkout",
        method: Method::POST,
        target: Target::Endpoint(Endpoint::Checkout),
        cors: true,
    },
    Route {
        path: "/healthz",
        method: Method::GET,
        target: Target::Probe(Probe::Health),
        cors: false,
    },
    Route {
        path: "/readyz",
        method: Method::GET,
        target: Target::Probe(Probe::Readiness),
        cors: false,
    },
];

impl Route {
    /// Finds the route of a path, without its query. A trailing or a doubled slash makes another path.
    #[must_use]
    pub fn find(path: &str) -> Option<&'static Self> {
        ROUTES.iter().find(|route| route.path == path)
    }

    /// Decides what the route does with a method. A method that it does not take is an error.
    pub fn action(&self, method: &Method) -> Result<Action, Failure> {
        if *method == self.method || (self.takes_head() && *method == Method::HEAD) {
            Ok(Action::Serve)
        } else if self.is_preflight(method) {
            Ok(Action::Preflight)
        } else {
            let allow = self.allow();
            Err(Failure::new(
                FailureKind::MethodNotAllowed { allow },
                "the path does not take this method",
            ))
        }
    }

    /// Returns true if a request with this method is a CORS preflight.
    #[must_use]
    pub fn is_preflight(&self, method: &Method) -> bool {
        self.cors && *method == Method::OPTIONS
    }

    /// Returns the one method, as a preflight's answer names it.
    #[must_use]
    pub fn method_name(&self) -> &'static str {
        if self.method == Method::POST {
            "POST"
        } else {
            "GET"
        }
    }

    fn allow(&self) -> &'static str {
        match (self.method == Method::POST, self.cors) {
            (true, true) => "POST, OPTIONS",
            (true, false) => "POST",
            (false, true) => "GET, OPTIONS",
            (false, false) => "GET, HEAD",
        }
    }

    /// Returns true if the route takes `HEAD`, as probes send it. The host then leaves out the body (RFC 9110, section
    /// 9.3.2).
    fn takes_head(&self) -> bool {
        self.method == Method::GET && !self.cors
    }
}

/// The action that a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Serve,
    /// Answer a CORS preflight (Fetch standard, CORS-preflight request).
    Preflight,
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn routes_are_told_apart_by_their_last_segment() {
        let names: BTreeSet<_> = ROUTES
            .iter()
            .map(|route| route.path.rsplit('/').next().unwrap())
            .collect();
        assert_eq!(names.len(), ROUTES.len());
    }
}
