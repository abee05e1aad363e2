//! The webhook endpoint that gets the events, and what has been delivered to it.
//!
//! <https://docs.stripe.com/webhooks>

use std::io;
use std::time::Duration;

use http::Uri;
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::watch;

pub(crate) mod delivery;
mod post;
mod signature;

pub(crate) use signature::hex;
pub use signature::stripe_signature;

/// The pauses between the attempts of a delivery, after which it is given up. Stripe's grow from minutes to hours.
const RETRIES: [Duration; 3] = [
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_secs(2),
];

/// In which of two ways an event is told.
#[derive(Debug, Clone, Copy)]
pub enum Payload {
    /// With the object as it was right after the change: `object` is `event`.
    Snapshot,
    /// With the object's identifier alone: `object` is `v2.core.event`.
    Thin,
}

/// An attempt to deliver an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The identifier of the event as it was delivered.
    pub event: String,
    /// The type as it was delivered, such as `customer.updated` or, of a thin event, `v1.customer.updated`.
    pub event_type: String,
    /// The number of the attempt within a delivery, from 1.
    pub attempt: usize,
    /// The status of the answer; `None` where there was none within 20 seconds.
    pub status: Option<u16>,
    /// The body of the answer, or the reason why there was none.
    pub answer: String,
}

impl Delivery {
    /// Returns whether Stripe would take the event for delivered: it was answered with a status from 200 to 299.
    #[must_use]
    pub fn succeeded(&self) -> bool {
        self.status
            .is_some_and(|status| (200..300).contains(&status))
    }
}

/// The address and the secret of an endpoint.
#[derive(Clone)]
pub(crate) struct Destination {
    pub(crate) url: Uri,
    secret: String,
}

/// The destination, and its deliveries.
#[derive(Default)]
pub(crate) struct Webhook {
    pub(crate) destination: Option<Destination>,
    /// True if events wait until each is delivered on demand.
    pub(crate) held: bool,
    pub(crate) deliveries: Vec<Delivery>,
    /// The number of deliveries that are to be made or under way.
    pub(crate) open: watch::Sender<usize>,
    /// The way to where the identifiers of the events that are to be delivered go.
    pub(crate) jobs: Option<UnboundedSender<String>>,
}

impl Destination {
    /// The destination at a URL, which is plain HTTP, as the stand-in speaks no TLS.
    ///
    /// Fails with what is wrong, for a person.
    pub(crate) fn new(url: &str, secret: &str) -> io::Result<Self> {
        const EXAMPLE: &str = "the webhook's URL is one of plain HTTP, such as http://127.0.0.1:3000/api/v1/billing/webhook";
        let invalid = |problem| io::Error::new(io::ErrorKind::InvalidInput, problem);
        let url: Uri = url.parse().map_err(|_| invalid(EXAMPLE))?;
        if url.scheme_str() != Some("http") || url.host().is_none_or(str::is_empty) {
            return Err(invalid(EXAMPLE));
        }
        if secret.strip_prefix("whsec_").is_none_or(str::is_empty) {
            return Err(invalid("the webhook's secret begins with whsec_"));
        }
        Ok(Self {
            url,
            secret: secret.to_owned(),
        })
    }
}

impl Webhook {
    /// Has an event delivered at once, unless events are held.
    pub(crate) fn announce(&self, event: &str) {
        if self.held || self.destination.is_none() {
            return;
        }
        let jobs = self.jobs.as_ref();
        if jobs.is_some_and(|jobs| jobs.send(event.to_owned()).is_ok()) {
            self.open.send_modify(|open| *open += 1);
        }
    }
}
