//! The calls to Stripe's API.

use std::fmt::Display;

use anyhow::{Context as _, Result, anyhow, bail};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use ureq::http::{Method, Request};

use crate::address::Address;
use crate::client::{Answer, Client, Lost};
use crate::customer::CustomerId;
use crate::secret::ApiKey;

/// The version of the API, as Portico's own calls have it.
const VERSION: &str = "2026-10-28.endive";

/// How many customers a page has: the most that Stripe gives.
const PAGE: usize = 100;

/// The operator's account at Stripe.
pub(crate) struct Stripe<'a> {
    pub(crate) client: &'a Client,
    pub(crate) base: &'a Address,
    pub(crate) key: &'a ApiKey,
}

/// A page of customers, the newest first.
pub(crate) struct Page {
    pub(crate) customers: Vec<Value>,
    pub(crate) has_more: bool,
}

impl Stripe<'_> {
    /// The page behind a customer, or the first one, with subscriptions (Stripe API, List all customers).
    pub(crate) fn page(&self, after: Option<&CustomerId>) -> Result<Page> {
        let mut path = format!("/v1/customers?limit={PAGE}&expand[]=data.subscriptions");
        if let Some(after) = after {
            path.push_str("&starting_after=");
            path.push_str(after.as_str());
        }
        let answer = self.call(&Method::GET, &path, None)?;
        if code(&answer) == Some("resource_missing") && after.is_some() {
            bail!(
                "Stripe does not know the customer at which this run stopped: was it made with a key of another account? \
                 `--restart` begins anew"
            );
        }
        let list = object(answer, "the list of customers")?;
        let customers = list.get("data").and_then(Value::as_array).cloned();
        Ok(Page {
            customers: customers.context("Stripe's list of customers has no data")?,
            has_more: list.get("has_more") == Some(&Value::Bool(true)),
        })
    }

    /// A customer with its subscriptions; `None` where there is none, or no more (Stripe API, Retrieve a customer).
    pub(crate) fn customer(&self, id: &CustomerId) -> Result<Option<Value>> {
        let path = format!("/v1/customers/{id}?expand[]=subscriptions");
        let answer = self.call(&Method::GET, &path, None)?;
        if answer.status == 404 && code(&answer) == Some("resource_missing") {
            return Ok(None);
        }
        let customer = object(answer, id)?;
        let deleted = customer.get("deleted") == Some(&Value::Bool(true));
        Ok((!deleted).then_some(customer))
    }

    /// A list of a customer's subscriptions (Stripe API, List subscriptions).
    pub(crate) fn subscriptions(&self, customer: &CustomerId) -> Result<Value> {
        let path = format!("/v1/subscriptions?customer={customer}&limit=100");
        let answer = self.call(&Method::GET, &path, None)?;
        object(answer, customer)
    }

    /// Writes one entry of a customer's metadata, and leaves the others (Stripe API, Update a customer). All attempts have
    /// one idempotency key.
    pub(crate) fn set_metadata(
        &self,
        customer: &CustomerId,
        key: &str,
        value: &str,
        idempotency_key: &str,
    ) -> Result<()> {
        let encode = |text| utf8_percent_encode(text, NON_ALPHANUMERIC);
        let form = format!("metadata[{}]={}", encode(key), encode(value));
        let path = format!("/v1/customers/{customer}");
        let answer = self.call(&Method::POST, &path, Some((&form, idempotency_key)))?;
        object(answer, customer).map(drop)
    }

    /// `form` is the body and its idempotency key. Square brackets are encoded here, since the URL's grammar has no place
    /// for them.
    fn call(&self, method: &Method, path: &str, form: Option<(&str, &str)>) -> Result<Answer> {
        let url = self.base.join(path).replace("[]", "%5B%5D");
        let outcome = self.client.call(|| {
            let mut request = Request::builder()
                .method(method.clone())
                .uri(&url)
                .header("authorization", format!("Bearer {}", self.key.expose()))
                .header("stripe-version", VERSION);
            let mut body = Vec::new();
            if let Some((form, idempotency_key)) = form {
                request = request
                    .header("content-type", "application/x-www-form-urlencoded")
                    .header("idempotency-key", idempotency_key);
                body = form.as_bytes().to_vec();
            }
            // The error could tell the key.
            request
                .body(body)
                .map_err(|_| anyhow!("the request to Stripe cannot be made"))
        })?;
        outcome.map_err(|Lost(reason)| anyhow!("Stripe is not reached: {reason}"))
    }
}

/// The object that a good answer is, or else what is wrong.
fn object(answer: Answer, what: impl Display) -> Result<Value> {
    match (answer.status, answer.json) {
        (200, Some(object)) if object.is_object() => Ok(object),
        (status, json) => {
            let answer = Answer {
                status,
                json,
                request_id: answer.request_id,
            };
            let advice = match status {
                401 => ": STRIPE_API_KEY is not valid",
                403 => {
                    ": the key lacks a permission (it needs to read customers and subscriptions, and for `--map` to \
                        write customers)"
                }
                429 => ": too many calls; a lower `--rate` may help",
                _ => "",
            };
            bail!(
                "Stripe answered {} to {what}{advice}",
                answer.describe(code(&answer))
            )
        }
    }
}

/// The code of Stripe's error (Stripe API, Errors).
fn code(answer: &Answer) -> Option<&str> {
    answer.json.as_ref()?.get("error")?.get("code")?.as_str()
}
