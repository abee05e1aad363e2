//! Portico's work as a native Rust service: axum, `jsonwebtoken` with AWS's cryptography, and `reqwest`.
//!
//! It is written to be measured beside Portico, and fairly: keys are imported once, connections to Stripe are kept, a
//! request is one line of log. It has what the benchmark asks for and no more: of Portico's choices in a request's body
//! it has none, which is work that it is spared. As in most services, a token is verified each time it comes.

mod limits;
mod log;
mod refusal;
mod settings;
mod stripe;
mod tokens;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use anyhow::Result;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Json, Router, middleware};
use serde_json::json;
use tokio::net::TcpListener;
use tower_http::cors::CorsLayer;
use tower_http::set_header::SetResponseHeaderLayer;

use crate::limits::Limiter;
use crate::log::{Noted, RequestId};
use crate::refusal::Refusal;
use crate::settings::Settings;
use crate::stripe::Stripe;
use crate::tokens::Tokens;

/// The state that all requests share.
struct Service {
    settings: Settings,
    tokens: Tokens,
    limiter: Limiter,
    stripe: Stripe,
}

#[tokio::main]
async fn main() -> Result<()> {
    log::start();
    let settings = Settings::from_environment()?;
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, settings.port));
    let origin: HeaderValue = settings.frontend.parse()?;
    let service = Arc::new(Service {
        tokens: Tokens::new(&settings)?,
        limiter: Limiter::new(settings.limits.clone()),
        stripe: Stripe::new(&settings)?,
        settings,
    });

    let text = HeaderName::from_static;
    let cors = CorsLayer::new()
        .allow_origin([origin])
        .allow_methods([Method::POST])
        .allow_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            text("x-request-id"),
        ])
        .expose_headers([
            text("x-request-id"),
            header::RETRY_AFTER,
            text("ratelimit"),
            text("ratelimit-policy"),
        ])
        .max_age(std::time::Duration::from_secs(86_400));
    let app = Router::new()
        .route(
            "/healthz",
            get(|| async { Json(json!({ "status": "ok" })) }),
        )
        .route(
            "/api/v1/account/billing-portal",
            post(open_portal).layer(cors),
        )
        .layer(SetResponseHeaderLayer::overriding(
            header::CACHE_CONTROL,
            HeaderValue::from_static("no-store"),
        ))
        .layer(SetResponseHeaderLayer::overriding(
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ))
        .layer(middleware::from_fn(log::request))
        .with_state(service);
    let listener = TcpListener::bind(address).await?;
    // Portico's host and Node do the same.
    let listener = axum::serve::ListenerExt::tap_io(listener, |stream| {
        let _ = stream.set_nodelay(true);
    });
    axum::serve(listener, app).await?;
    Ok(())
}

/// Serves the portal route. Everything known of the request goes to the log, however it ends.
async fn open_portal(
    State(service): State<Arc<Service>>,
    Extension(RequestId(request_id)): Extension<RequestId>,
    headers: HeaderMap,
) -> Response {
    let mut noted = Noted::default();
    let mut answer = match opened(&service, &headers, &mut noted).await {
        Ok(answer) => answer,
        Err(refusal) => {
            noted.refusal(&refusal);
            refusal.answer(request_id.to_str().unwrap_or_default())
        }
    };
    answer.extensions_mut().insert(noted);
    answer
}

async fn opened(
    service: &Service,
    headers: &HeaderMap,
    noted: &mut Noted,
) -> Result<Response, Refusal> {
    let user = service.tokens.user(headers)?;
    noted.user(&user);
    let customer = service.settings.customers.get(&user);
    let plan = customer.map_or("free", |customer| &customer.plan);
    noted.plan(plan);
    let limits = service.limiter.admit(&user, plan)?;
    let customer = customer.ok_or_else(Refusal::no_customer)?;
    let url = service.stripe.open_session(customer, noted).await?;
    Ok((limits, Json(json!({ "url": url }))).into_response())
}
