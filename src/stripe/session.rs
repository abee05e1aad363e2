//! The URL of a session that Stripe has made, whose page the caller is to open.

use std::borrow::Cow;

use serde::Deserialize;

use super::error::rejected;
use super::link::{Link, LinkHosts};
use crate::error::Failure;

/// A kind of session, with the log's reasons for an answer that is not one.
pub(super) struct SessionKind {
    /// Stripe's name of the object.
    pub(super) object: &'static str,
    /// The answer is something else.
    pub(super) another: &'static str,
    /// The session's page is on a host that is not allowed.
    pub(super) elsewhere: &'static str,
}

#[derive(Deserialize)]
struct Session<'a> {
    #[serde(borrow)]
    object: Cow<'a, str>,
    #[serde(borrow)]
    url: Cow<'a, str>,
}

impl SessionKind {
    /// Reads the URL of a session. It must be of this kind, and on an allowed host.
    pub(super) fn url(&self, answer: &[u8], hosts: &LinkHosts) -> Result<Link, Failure> {
        let session: Session<'_> =
            serde_json::from_slice(answer).map_err(|_| rejected(self.another))?;
        if session.object != self.object {
            return Err(rejected(self.another));
        }
        self.link(&session.url, hosts)
    }

    /// Checks that the URL of a session is on an allowed host.
    pub(super) fn link(&self, url: &str, hosts: &LinkHosts) -> Result<Link, Failure> {
        Link::parse(url, hosts).ok_or_else(|| rejected(self.elsewhere))
    }
}
