//! The webhook endpoint that gets the events, and what has been delivered to it.
//!
//! <https://docs.stripe.com/webhooks>

use std::time::Duration;

use http::Uri;
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::watch;

pub(crate) mod delivery;
mod post;
mod signature;

pub use signature::stripe_signature;

/// The pauses between the attempts of a delivery, unless others are chosen. Stripe's grow from minutes to hours.
const RETRIES: [Duration; 3] = [
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_secs(2),
];

/// When events are delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum EventDelivery {
    /// Each as soon as it has happened.
    #[default]
    AtOnce,
    /// Each as soon as it has happened, and once more.
    Twice,
    /// Each after so much time.
    Late(Duration),
    /// Not at all, until each is delivered on demand.
    Held,
}

/// In which of two ways an event is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Payload {
    /// With the object as it was right after the change: `object` is `event`.
    #[default]
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
    /// Whether Stripe would take the event for delivered: it was answered with a status from 200 to 299.
    #[must_use]
    pub fn succeeded(&self) -> bool {
        self.status
            .is_some_and(|status| (200..300).contains(&status))
    }
}

/// Where events go.
#[derive(Clone)]
pub(crate) struct Destination {
    pub(crate) url: Uri,
    secret: String,
    pub(crate) payload: Payload,
}

/// A delivery that is to be made.
#[derive(Debug)]
pub(crate) struct Job {
    event: String,
    after: Duration,
}

/// The destination, and its deliveries.
#[derive(Debug)]
pub(crate) struct Webhook {
    pub(crate) destination: Option<Destination>,
    pub(crate) mode: EventDelivery,
    pub(crate) retries: Vec<Duration>,
    pub(crate) deliveries: Vec<Delivery>,
    /// The number of deliveries that are to be made or under way.
    open: watch::Sender<usize>,
    jobs: Option<UnboundedSender<Job>>,
}

impl Destination {
    /// The destination at a URL, which is plain HTTP, as the stand-in speaks no TLS.
    ///
    /// Fails with what is wrong, for a person.
    pub(crate) fn new(url: &str, secret: &str, payload: Payload) -> Result<Self, &'static str> {
        const EXAMPLE: &str = "the webhook's URL is one of plain HTTP, such as http://127.0.0.1:3000/api/v1/billing/webhook";
        let url: Uri = url.parse().map_err(|_| EXAMPLE)?;
        if url.scheme_str() != Some("http") || url.host().is_none_or(str::is_empty) {
            return Err(EXAMPLE);
        }
        if secret.strip_prefix("whsec_").is_none_or(str::is_empty) {
            return Err("the webhook's secret begins with whsec_");
        }
        Ok(Self {
            url,
            secret: secret.to_owned(),
            payload,
        })
    }
}

/// The secret is left out.
impl std::fmt::Debug for Destination {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?} to {}", self.payload, self.url)
    }
}

impl Default for Webhook {
    fn default() -> Self {
        Self {
            destination: None,
            mode: EventDelivery::default(),
            retries: RETRIES.to_vec(),
            deliveries: Vec::new(),
            open: watch::Sender::new(0),
            jobs: None,
        }
    }
}

impl Webhook {
    /// Says where the deliveries that are to be made are taken from.
    pub(crate) fn connect(&mut self, jobs: UnboundedSender<Job>) {
        self.jobs = Some(jobs);
    }

    /// Has an event delivered in the way that is chosen for all.
    pub(crate) fn announce(&self, event: &str) {
        let pauses: &[Duration] = match self.mode {
            _ if self.destination.is_none() => &[],
            EventDelivery::AtOnce => &[Duration::ZERO],
            EventDelivery::Twice => &[Duration::ZERO, Duration::ZERO],
            EventDelivery::Late(pause) => &[pause],
            EventDelivery::Held => &[],
        };
        for pause in pauses {
            let job = Job {
                event: event.to_owned(),
                after: *pause,
            };
            if self
                .jobs
                .as_ref()
                .is_some_and(|jobs| jobs.send(job).is_ok())
            {
                self.open.send_modify(|open| *open += 1);
            }
        }
    }

    fn finished(&self) {
        self.open.send_modify(|open| *open = open.saturating_sub(1));
    }

    /// Tells how many deliveries are to be made or under way.
    pub(crate) fn open(&self) -> watch::Receiver<usize> {
        self.open.subscribe()
    }
}
