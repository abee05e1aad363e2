//! The call to Stripe, with the retries of Stripe's own libraries.

use std::time::Duration;

use anyhow::Result;
use axum::http::StatusCode;
use rand::Rng;
use reqwest::{Client, Response};
use serde::Deserialize;
use uuid::Uuid;

use crate::log::Noted;
use crate::refusal::Refusal;
use crate::settings::{Customer, Settings};

/// The most attempts after the first.
const MAX_RETRIES: u32 = 2;

pub struct Stripe {
    client: Client,
    url: String,
    key: String,
    version: String,
    return_url: String,
}

#[derive(Deserialize)]
struct Session {
    url: String,
}

impl Stripe {
    pub fn new(settings: &Settings) -> Result<Self> {
        Ok(Self {
            client: Client::builder().timeout(Duration::from_secs(8)).build()?,
            url: format!("{}/v1/billing_portal/sessions", settings.stripe_base),
            key: settings.stripe_key.clone(),
            version: settings.stripe_version.clone(),
            return_url: format!("{}/account", settings.frontend),
        })
    }

    /// Opens a session, and returns its URL.
    pub async fn open_session(
        &self,
        customer: &Customer,
        noted: &mut Noted,
    ) -> Result<String, Refusal> {
        let key = Uuid::new_v4().to_string();
        let mut attempt = 0;
        loop {
            let answer = self.post(customer, &key).await;
            attempt += 1;
            if attempt <= MAX_RETRIES && should_retry(&answer) {
                tokio::time::sleep(pause(attempt)).await;
                continue;
            }
            let answer = answer.map_err(Refusal::stripe_unavailable)?;
            let id = answer.headers().get("request-id");
            noted.stripe(id.and_then(|id| id.to_str().ok()), attempt);
            return match answer.status() {
                status if status.is_success() => {
                    let session = answer.json::<Session>().await;
                    Ok(session.map_err(Refusal::stripe_rejected)?.url)
                }
                status if status.is_server_error() => Err(Refusal::stripe_unavailable(status)),
                status => Err(Refusal::stripe_rejected(status)),
            };
        }
    }

    async fn post(&self, customer: &Customer, key: &str) -> reqwest::Result<Response> {
        self.client
            .post(&self.url)
            .bearer_auth(&self.key)
            .header("stripe-version", &self.version)
            .header("idempotency-key", key)
            .form(&[
                ("customer", &customer.stripe_customer_id),
                ("return_url", &self.return_url),
            ])
            .send()
            .await
    }
}

fn should_retry(answer: &reqwest::Result<Response>) -> bool {
    let Ok(answer) = answer else {
        return true;
    };
    match answer.headers().get("stripe-should-retry") {
        Some(value) => value == "true",
        None => answer.status() == StatusCode::CONFLICT || answer.status().is_server_error(),
    }
}

/// Returns the pause before an attempt: half a second, then twice as long each time, less up to a half of it at random.
fn pause(attempt: u32) -> Duration {
    let longest = Duration::from_millis(500) * 2_u32.pow(attempt - 1);
    longest.mul_f64(rand::rng().random_range(0.5..=1.0))
}
