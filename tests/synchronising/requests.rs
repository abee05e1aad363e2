//! Requests to Portico, as Stripe and pages make them.

use std::fmt::{self, Write as _};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, HeaderValue, Method};
use portico::inbound::{Head, Inbound};
use portico::platform::Platform;
use portico::service::{Served, Service};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::world::{NOW, TOKEN_SECRET, WEBHOOK_SECRET};

/// A request that Portico gets in a schedule.
#[derive(Clone)]
pub(crate) enum Request {
    /// An event is delivered.
    Event(Value),
    /// A user's page asks for synchronising.
    Sync(&'static str),
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Event(event) => {
                let object = &event["data"]["object"];
                let customer = object.get("customer").unwrap_or(&object["id"]);
                write!(f, "{} of {customer}", event["type"])
            }
            Self::Sync(user) => write!(f, "sync of {user}"),
        }
    }
}

impl Request {
    pub(crate) async fn serve(self, service: &Service<impl Platform>) -> Served {
        match self {
            Self::Event(event) => {
                let body = event.to_string();
                let signature = hex(&hmac(WEBHOOK_SECRET, &format!("{NOW}.{body}")));
                let header = ("stripe-signature", format!("t={NOW},v1={signature}"));
                call(
                    service,
                    Method::POST,
                    "/api/v1/billing/webhook",
                    header,
                    body,
                )
                .await
            }
            Self::Sync(user) => as_user(service, Method::POST, "/api/v1/billing/sync", user).await,
        }
    }
}

/// Makes a request with a user's token.
pub(crate) async fn as_user(
    service: &Service<impl Platform>,
    method: Method,
    path: &str,
    user: &str,
) -> Served {
    let header = ("authorization", format!("Bearer {}", token(user)));
    call(service, method, path, header, String::new()).await
}

async fn call(
    service: &Service<impl Platform>,
    method: Method,
    path: &str,
    (name, value): (&'static str, String),
    body: String,
) -> Served {
    let mut headers = HeaderMap::new();
    headers.insert(name, HeaderValue::from_str(&value).unwrap());
    let head = Head {
        method,
        path: path.to_owned(),
        query: None,
        headers,
    };
    let body = body.into_bytes();
    let inbound = Inbound {
        head,
        body: body.as_slice(),
    };
    service.serve(inbound).await
}

fn hmac(secret: &str, message: &str) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(message.as_bytes());
    mac.finalize().into_bytes().into()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut digits, byte| {
        write!(digits, "{byte:02x}").unwrap();
        digits
    })
}

fn token(user: &str) -> String {
    let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let claims = json!({
        "iss": "issuer", "aud": "audience", "sub": user, "iat": NOW, "exp": NOW + 60,
    });
    let signed = format!("{}.{}", part(json!({"alg": "HS256"})), part(claims));
    let signature = URL_SAFE_NO_PAD.encode(hmac(TOKEN_SECRET, &signed));
    format!("{signed}.{signature}")
}
