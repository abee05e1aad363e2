//! One request, one JSON line on standard error; and the request's identifier, which is in both.

use std::io;
use std::time::Instant;

use axum::extract::Request;
use axum::http::HeaderValue;
use axum::middleware::Next;
use axum::response::Response;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::refusal::Refusal;

/// The facts that the route has found out.
#[derive(Clone, Debug, Default)]
pub struct Noted {
    user: Option<String>,
    plan: Option<String>,
    error: Option<&'static str>,
    reason: Option<String>,
    stripe_request_id: Option<String>,
    attempts: u32,
}

/// The caller's own identifier for the request, or a random one.
#[derive(Clone)]
pub struct RequestId(pub HeaderValue);

impl Noted {
    pub fn user(&mut self, user: &str) {
        let digest = Sha256::digest(user);
        self.user = digest.get(..6).map(hex::encode);
    }

    pub fn plan(&mut self, plan: &str) {
        self.plan = Some(plan.to_owned());
    }

    pub fn refusal(&mut self, refusal: &Refusal) {
        self.error = Some(refusal.code);
        self.reason.clone_from(&refusal.reason);
    }

    pub fn stripe(&mut self, request_id: Option<&str>, attempts: u32) {
        self.stripe_request_id = request_id.map(str::to_owned);
        self.attempts = attempts;
    }
}

pub fn start() {
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_writer(io::stderr)
        .init();
}

/// Answers a request by the service behind this, and writes its line.
pub async fn request(mut request: Request, next: Next) -> Response {
    let begin = Instant::now();
    let id = request
        .headers()
        .get("x-request-id")
        .filter(|id| is_id(id.as_bytes()))
        .cloned()
        .unwrap_or_else(random_id);
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    request.extensions_mut().insert(RequestId(id.clone()));
    let mut response = next.run(request).await;
    response.headers_mut().insert("x-request-id", id.clone());
    let noted = response.extensions_mut().remove::<Noted>();
    let noted = noted.unwrap_or_default();
    tracing::info!(
        request_id = id.to_str().unwrap_or_default(),
        method = method.as_str(),
        route = path,
        status = response.status().as_u16(),
        error = noted.error,
        reason = noted.reason,
        user = noted.user,
        plan = noted.plan,
        stripe_request_id = noted.stripe_request_id,
        attempts = noted.attempts,
        duration_ms = begin.elapsed().as_secs_f64() * 1e3,
    );
    response
}

fn is_id(id: &[u8]) -> bool {
    (1..=64).contains(&id.len())
        && id
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(byte))
}

fn random_id() -> HeaderValue {
    HeaderValue::try_from(Uuid::new_v4().to_string()).unwrap_or(HeaderValue::from_static("-"))
}
