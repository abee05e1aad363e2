//! An answer, and what every answer must keep.

use std::fmt;
use std::panic::Location;

use http::{HeaderMap, Method, Response, StatusCode};
use hyper::body::Bytes;
use serde_json::{Value, json};

use super::openapi::OpenApi;

/// The only headers that an answer may have. A header that is not here is a leak until somebody decides otherwise.
const ANSWER_HEADERS: &[&str] = &[
    "access-control-allow-headers",
    "access-control-allow-methods",
    "access-control-allow-origin",
    "access-control-expose-headers",
    "access-control-max-age",
    "allow",
    "cache-control",
    "content-type",
    "ratelimit",
    "ratelimit-policy",
    "retry-after",
    "vary",
    "www-authenticate",
    "x-content-type-options",
    "x-request-id",
    // The headers that HTTP itself needs, from Portico and from the host.
    "connection",
    "content-length",
    "date",
];

/// An answer of the component.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let body = String::from_utf8_lossy(&self.body);
        write!(f, "{} {:?} {body}", self.status, self.headers)
    }
}

impl Answer {
    pub(super) fn new(response: Response<Bytes>) -> Self {
        let (parts, body) = response.into_parts();
        Self {
            status: parts.status,
            headers: parts.headers,
            body: body.to_vec(),
        }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("not JSON: {self:?}"))
    }

    pub(crate) fn request_id(&self) -> &str {
        self.header("x-request-id").unwrap()
    }

    /// The session's URL, if the answer has one.
    pub(crate) fn url(&self) -> Option<String> {
        let body: Value = serde_json::from_slice(&self.body).ok()?;
        Some(body.get("url")?.as_str()?.to_owned())
    }

    /// Asserts that the answer is an error of this status and code.
    #[track_caller]
    pub(crate) fn is_error(&self, status: u16, code: &str) -> &Self {
        self.error(status, code, Location::caller());
        self
    }

    /// Asserts that the answer is a session and nothing else, and returns its URL.
    #[track_caller]
    pub(crate) fn is_session(&self) -> String {
        self.session(Location::caller())
    }

    pub(super) fn error(&self, status: u16, code: &str, caller: &Location<'_>) {
        assert_eq!(
            (self.status.as_u16(), self.json()["error"].as_str()),
            (status, Some(code)),
            "{caller}: {self:?}"
        );
    }

    pub(super) fn session(&self, caller: &Location<'_>) -> String {
        assert_eq!(self.status, 200, "{caller}: {self:?}");
        let url = self
            .url()
            .unwrap_or_else(|| panic!("{caller}: no URL: {self:?}"));
        assert_eq!(self.json(), json!({ "url": url }), "{caller}");
        url
    }

    /// Asserts that `docs/openapi.yaml` has this answer to this request. `caller` is where the request was sent.
    pub(super) fn is_described(&self, method: &Method, path: &str, caller: &Location<'_>) {
        let described = OpenApi::of_the_repository().validate(
            method,
            path,
            self.status,
            &self.headers,
            &self.body,
        );
        if let Err(problem) = described {
            panic!("{caller}: docs/openapi.yaml does not describe this: {problem}: {self:?}");
        }
    }

    /// Asserts what holds for every answer, whatever it says. `caller` is where the request was sent.
    pub(super) fn keeps_its_promises(&self, caller: &Location<'_>) {
        for (name, _) in &self.headers {
            assert!(
                ANSWER_HEADERS.contains(&name.as_str()),
                "{caller}: unknown header {name}: {self:?}"
            );
            let values = self.headers.get_all(name).iter().count();
            assert_eq!(values, 1, "{caller}: {name} comes {values} times: {self:?}");
        }
        for (name, value) in [
            ("content-type", "application/json"),
            ("cache-control", "no-store"),
            ("x-content-type-options", "nosniff"),
        ] {
            assert_eq!(self.header(name), Some(value), "{caller}: {name}: {self:?}");
        }
        let id = self.header("x-request-id").unwrap_or_default();
        let valid = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        assert!(
            (1..=64).contains(&id.len()) && id.chars().all(valid),
            "{caller}: {self:?}"
        );
        if self.status == 204 {
            assert!(
                self.body.is_empty() && self.header("content-length").is_none(),
                "{caller}: {self:?}"
            );
            return;
        }
        assert_eq!(
            self.header("content-length"),
            Some(self.body.len().to_string().as_str()),
            "{caller}"
        );
        if self.status.as_u16() >= 400 && self.status != 503 {
            let body = self.json();
            assert_eq!(body["request_id"], id, "{caller}: {self:?}");
            assert!(
                body["message"]
                    .as_str()
                    .is_some_and(|message| !message.is_empty()),
                "{caller}: {self:?}"
            );
            if self.header("content-type").is_some() && body["error"] != "insufficient_balance" {
                assert_eq!(body.as_object().unwrap().len(), 3, "{caller}: {self:?}");
            }
        }
    }
}
