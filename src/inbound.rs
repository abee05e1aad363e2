//! A request as it came in, and the reading of its head.

use http::{HeaderMap, Method};

use crate::answer::X_REQUEST_ID;

/// The head of a request.
#[derive(Clone, Debug)]
pub struct Head {
    pub method: Method,
    /// The raw path, without the query.
    pub path: String,
    /// The raw query, without the question mark; `None` where the address has none.
    pub query: Option<String>,
    pub headers: HeaderMap,
}

/// A request as it came in.
pub struct Inbound<B> {
    pub head: Head,
    /// The body, not read yet.
    pub body: B,
}

impl Head {
    /// Returns the caller's request identifier, if it sent one that may stand in a header and in a log.
    #[must_use]
    pub fn request_id(&self) -> Option<String> {
        let mut values = self.headers.get_all(X_REQUEST_ID).iter();
        let (Some(value), None) = (values.next(), values.next()) else {
            return None;
        };
        let id = value.to_str().ok()?;
        let valid = (1..=64).contains(&id.len())
            && id
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b));
        valid.then(|| id.to_owned())
    }

    /// Returns the method, if it is one of those that RFC 9110 and RFC 5789 define; others that a caller makes up are
    /// not logged.
    #[must_use]
    pub fn method_name(&self) -> Option<&'static str> {
        const KNOWN: [&str; 9] = [
            "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH",
        ];
        KNOWN
            .into_iter()
            .find(|known| *known == self.method.as_str())
    }
}
