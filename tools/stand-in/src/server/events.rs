//! The handle's part about events: their destination, and their deliveries.

use std::io;

use serde_json::Value;

use super::StripeStandIn;
use crate::objects::text;
use crate::webhook::delivery::attempt_once;
use crate::webhook::{Delivery, Destination, Payload};

/// Every change makes an event, whether it comes by the API, from a page, or from a method of this type;
/// [`StripeStandIn::add_customer`] alone makes none, as if the customer had always been there.
impl StripeStandIn {
    /// Delivers events from now on to this URL, which is one of plain HTTP, signed with this secret (`whsec_…`), in
    /// place of an earlier one. An attempt has succeeded when its answer has a status from 200 to 299 and comes within
    /// 20 seconds.
    pub fn set_webhook(&self, url: &str, secret: &str) -> io::Result<()> {
        let destination = Destination::new(url, secret)?;
        self.shared.lock().webhook.destination = Some(destination);
        Ok(())
    }

    /// Delivers no event from now on, until each is delivered with [`StripeStandIn::deliver`].
    pub fn hold_events(&self) {
        self.shared.lock().webhook.held = true;
    }

    /// Delivers an event once, also if it was delivered before, and returns the result. Panics as
    /// [`StripeStandIn::deliver_as`] does.
    pub async fn deliver(&self, event: &str) -> Delivery {
        self.deliver_as(event, Payload::Snapshot).await
    }

    /// Delivers an event as [`StripeStandIn::deliver`] does, in one of the two ways in which an event is told.
    ///
    /// # Panics
    ///
    /// When there is no such event, or no webhook.
    pub async fn deliver_as(&self, event: &str, payload: Payload) -> Delivery {
        attempt_once(&self.shared, event, payload, 1)
            .await
            .expect("there is such an event, and a webhook")
    }

    /// Returns all events as snapshots, the oldest first.
    #[must_use]
    pub fn events(&self) -> Vec<Value> {
        self.shared.lock().events.clone()
    }

    /// Returns the identifiers of the events of a type, the oldest first.
    #[must_use]
    pub fn events_of(&self, event_type: &str) -> Vec<String> {
        let id = |event: &Value| text(event, "id").to_owned();
        let mut events = self.events();
        events.retain(|event| event["type"] == event_type);
        events.iter().map(id).collect()
    }

    /// Returns all attempts to deliver an event, in the order in which they ended.
    #[must_use]
    pub fn deliveries(&self) -> Vec<Delivery> {
        self.shared.lock().webhook.deliveries.clone()
    }

    /// Returns once no delivery is to be made or under way: each has succeeded, or was given up. Events that are held
    /// are not waited for.
    pub async fn settled(&self) {
        let mut open = self.shared.lock().webhook.open.subscribe();
        // It cannot fail, because the sender lives as long as the stand-in.
        let _ = open.wait_for(|open| *open == 0).await;
    }
}
