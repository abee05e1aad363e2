//! The requests that clients sent, kept for tests.

use std::time::Instant;

use crate::form::decode_form;

/// A request that the stand-in has received whole.
#[derive(Debug, Clone)]
pub struct RecordedRequest {
    /// The method, such as `POST`.
    pub method: String,
    /// The request target as it was sent: path and query.
    pub path: String,
    /// Names and values in the order and the spelling in which they were sent.
    pub headers: Vec<(String, String)>,
    /// The body's bytes, without a transfer coding.
    pub body: Vec<u8>,
    /// The time at which its last byte had arrived: the distance of two attempts is the client's backoff.
    pub received_at: Instant,
    /// The number of the TCP connection that it came on, from 1. Two requests with one number reused a connection.
    pub connection: u64,
    /// The number of reads from the socket in which head and body arrived. It is 1 when both came in one packet. The
    /// stand-in reads as soon as there is something to read, so a body that waits for the acknowledgement of its head
    /// takes a second read. It is 0 when the request came whole in the last packet of the request before it.
    pub reads: usize,
    /// True if the client lets the connection be used again.
    pub(crate) keep_alive: bool,
}

impl RecordedRequest {
    /// Returns the value of the first header of that name; names are compared without case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        header(&self.headers, name)
    }

    /// Returns the path without the query.
    pub(crate) fn resource(&self) -> &str {
        self.path.split('?').next().unwrap_or_default()
    }

    /// Returns the part behind the first question mark.
    pub(crate) fn query(&self) -> &str {
        self.path.split_once('?').map_or("", |(_, query)| query)
    }

    /// Returns the body's pairs, decoded from `application/x-www-form-urlencoded`, in the order in which they were
    /// sent.
    #[must_use]
    pub fn form(&self) -> Vec<(String, String)> {
        decode_form(&self.body)
    }

    /// Returns the decoded value of the last pair of that name, nested names in Stripe's notation (`flow_data[type]`).
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<String> {
        let form = self.form();
        form.into_iter()
            .rev()
            .find(|(candidate, _)| candidate == name)
            .map(|(_, value)| value)
    }
}

/// Returns the value of the first header of that name.
pub(crate) fn header<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let mut headers = headers.iter();
    headers
        .find(|(candidate, _)| candidate.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.as_str())
}
