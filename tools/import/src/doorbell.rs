//! Portico's webhook.

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, anyhow, bail};
use serde_json::Value;
use ureq::http::Request;

use crate::address::Address;
use crate::client::{Answer, Client, Lost};
use crate::customer::CustomerId;
use crate::event::customer_updated;
use crate::secret::WebhookSecret;

/// The path of the webhook.
const WEBHOOK: &str = "/api/v1/billing/webhook";

/// A running Portico.
pub(crate) struct Doorbell<'a> {
    pub(crate) client: &'a Client,
    pub(crate) portico: &'a Address,
    pub(crate) secret: &'a WebhookSecret,
    /// The mode of the key.
    pub(crate) live: bool,
}

/// The result of ringing.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Rung {
    /// Portico has done what it does with such an event.
    Received,
    /// It has failed, however often it was tried; the text says how.
    Failed(String),
}

impl Doorbell<'_> {
    /// Rings for a customer. Fails where ringing for another one would come to the same: the secret or the address is
    /// wrong.
    pub(crate) fn ring(&self, customer: &CustomerId) -> Result<Rung> {
        let url = self.portico.join(WEBHOOK);
        let outcome = self.client.call(|| {
            // Each attempt is signed anew: Portico takes no signature that is older than five minutes.
            let now = SystemTime::now().duration_since(UNIX_EPOCH);
            let now = now.context("the clock is set before 1970")?.as_secs();
            let event = customer_updated(customer, self.live, self.secret, now);
            Request::post(&url)
                .header("content-type", "application/json")
                .header("stripe-signature", event.signature)
                .body(event.body)
                .map_err(|_| anyhow!("the event cannot be sent"))
        })?;
        match outcome {
            Ok(answer) => judge(&answer),
            Err(Lost(reason)) => Ok(Rung::Failed(format!("Portico is not reached: {reason}"))),
        }
    }
}

/// Reads the last answer.
fn judge(answer: &Answer) -> Result<Rung> {
    let member = |name| answer.json.as_ref()?.get(name);
    let error = member("error").and_then(Value::as_str);
    match (answer.status, error) {
        (200, _) if member("received") == Some(&Value::Bool(true)) => Ok(Rung::Received),
        (429 | 500..=599, _) => Ok(Rung::Failed(format!(
            "Portico answered {}",
            answer.describe(error)
        ))),
        (400, Some("invalid_signature")) => bail!(
            "Portico answered 400 invalid_signature: STRIPE_WEBHOOK_SECRET is none of its `stripe_webhook_secrets`, or a \
             clock is wrong by more than five minutes"
        ),
        (404, Some("not_found")) => {
            bail!(
                "Portico answered 404 not_found: it has no webhook while `stripe_webhook_secrets` is empty"
            )
        }
        _ => bail!(
            "`--portico` answered {}, as Portico does not: is the address right?",
            answer.describe(error)
        ),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Rung, judge};
    use crate::client::Answer;

    fn answer(status: u16, json: impl Into<Option<Value>>) -> Answer {
        Answer {
            status,
            request_id: None,
            json: json.into(),
        }
    }

    #[test]
    fn only_porticos_own_word_is_taken_for_done() {
        let received = json!({"received": true});
        assert_eq!(judge(&answer(200, received)).unwrap(), Rung::Received);
        for (status, body) in [
            (200, None),
            (200, Some(json!({"received": false}))),
            (204, None),
            (301, None),
            (400, Some(json!({"error": "invalid_signature"}))),
            (404, Some(json!({"error": "not_found"}))),
            (404, None),
            (405, None),
        ] {
            assert!(
                judge(&answer(status, body.clone())).is_err(),
                "{status} {body:?}"
            );
        }
    }

    #[test]
    fn a_failure_of_portico_is_the_customers_and_has_its_code() {
        let body = json!({"error": "store_unavailable", "message": "m"});
        let failed = Rung::Failed("Portico answered 500 store_unavailable".to_owned());
        assert_eq!(judge(&answer(500, body)).unwrap(), failed);
        let failed = Rung::Failed("Portico answered 429".to_owned());
        assert_eq!(judge(&answer(429, None)).unwrap(), failed);
    }
}
