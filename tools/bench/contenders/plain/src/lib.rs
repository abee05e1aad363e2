//! A session by a component that is written with the Spin SDK alone: one read of the store, one call to Stripe, and its
//! answer handed on. It verifies no token, counts nothing, chooses no route and writes no log. The component beside it,
//! `floor`, does the same with what Portico's shells do to be fast.
//!
//! Like Portico, it keeps variables and the open store in an instance.

#![cfg(target_family = "wasm")]

use std::sync::OnceLock;

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE};
use http_body_util::{BodyExt, Full};
use spin_sdk::http::{Error, IntoResponse, Request, send};
use spin_sdk::http_service;
use spin_sdk::key_value::Store;
use spin_sdk::variables;

/// The key of the record, which is the customer's identifier.
const RECORD: &str = "customer";

/// The variables and the store, for all requests of an instance.
static KEPT: OnceLock<Kept> = OnceLock::new();

struct Kept {
    store: Store,
    sessions: http::Uri,
    authorization: String,
    version: String,
    return_url: String,
}

#[http_service]
async fn handle(_: Request) -> Result<impl IntoResponse, Error> {
    let kept = if let Some(kept) = KEPT.get() {
        kept
    } else {
        let kept = Kept::read().await?;
        KEPT.get_or_init(|| kept)
    };
    let customer = kept.store.get(RECORD).await.map_err(failure)?;
    let customer = customer.ok_or_else(|| failure("there is no record"))?;
    let customer = String::from_utf8(customer).map_err(failure)?;
    let form = format!("customer={customer}&return_url={}", kept.return_url);
    let request = http::Request::post(kept.sessions.clone())
        .header(AUTHORIZATION, &kept.authorization)
        .header("stripe-version", &kept.version)
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Full::new(Bytes::from(form)))?;
    let (parts, body) = send(request).await?.into_parts();
    let body = body.collect().await?.to_bytes();
    let answer = http::Response::builder()
        .status(parts.status)
        .header(CONTENT_TYPE, "application/json")
        .header(CONTENT_LENGTH, body.len())
        .body(Full::new(body))?;
    Ok(answer)
}

impl Kept {
    async fn read() -> Result<Self, Error> {
        let base = variable("stripe_api_base").await?;
        Ok(Self {
            store: Store::open_default().await.map_err(failure)?,
            sessions: format!("{base}/v1/billing_portal/sessions")
                .parse()
                .map_err(failure)?,
            authorization: format!("Bearer {}", variable("stripe_api_key").await?),
            version: variable("stripe_api_version").await?,
            return_url: format!("{}/account", variable("frontend_url").await?)
                .replace(':', "%3A")
                .replace('/', "%2F"),
        })
    }
}

async fn variable(name: &str) -> Result<String, Error> {
    variables::get(name).await.map_err(failure)
}

fn failure(error: impl std::fmt::Debug) -> Error {
    Error::other(format!("{error:?}"))
}
