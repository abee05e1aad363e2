//! The requests that are measured, and the answers that they should get.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::Result;

use crate::client;
use crate::contenders::{Contender, FREE_USER, PAID_USER};
use crate::tokens::{Algorithm, Keys};

pub(crate) const PORTAL: &str = "/api/v1/account/billing-portal";

/// The tokens that take turns where each is to be seen for the first time. An instance of Portico remembers fewer, and
/// serves fewer requests than that.
const TOKENS: usize = 2048;

/// The connections of a load that keeps a contender busy.
const CONNECTIONS: usize = 8;

/// The distance that a request gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// `GET /healthz`.
    Health,
    /// The portal route without a token.
    Stranger,
    /// A verified token of a user who has no record.
    NoRecord,
    /// A session, opened at Stripe.
    Session,
}

/// One kind of request.
#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) reach: Reach,
    pub(crate) token: Option<Token>,
    /// The number of requests that are in flight at a time.
    pub(crate) connections: usize,
    pub(crate) expected: u16,
    requests: Arc<[Vec<u8>]>,
    next: AtomicUsize,
}

/// The kind of token in a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) algorithm: Algorithm,
    /// True if it is always the same one.
    pub(crate) repeated: bool,
}

impl Token {
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        Algorithm::ALL.into_iter().flat_map(|algorithm| {
            [false, true].map(|repeated| Self {
                algorithm,
                repeated,
            })
        })
    }

    pub(crate) fn label(self) -> String {
        let time = if self.repeated { "repeated" } else { "first" };
        format!("{}, {time}", self.algorithm.name())
    }
}

impl Case {
    /// Makes all cases, in the order of the tables.
    pub(crate) fn all(keys: &Keys) -> Result<Vec<Arc<Self>>> {
        let plain = |reach, method, path, expected| Self {
            reach,
            token: None,
            connections: CONNECTIONS,
            expected,
            requests: [client::request(method, path, &[])].into(),
            next: AtomicUsize::new(0),
        };
        let mut cases = vec![
            plain(Reach::Health, "GET", "/healthz", 200),
            plain(Reach::Stranger, "POST", PORTAL, 401),
        ];
        for (reach, user, expected) in [
            (Reach::NoRecord, FREE_USER, 400),
            (Reach::Session, PAID_USER, 200),
        ] {
            for token in Token::all() {
                let count = if token.repeated { 1 } else { TOKENS };
                let requests = (0..count).map(|number| {
                    // The one that comes again is none of the others.
                    let number = if token.repeated { TOKENS } else { number };
                    keys.token(token.algorithm, user, number)
                        .map(|token| open_portal(&token))
                });
                cases.push(Self {
                    reach,
                    token: Some(token),
                    connections: CONNECTIONS,
                    expected,
                    requests: requests.collect::<Result<_>>()?,
                    next: AtomicUsize::new(0),
                });
            }
        }
        // A single user's wait. This is about the latency.
        let alone: Vec<_> = cases
            .iter()
            .filter(|case| case.reach == Reach::Session)
            .filter(|case| {
                let token = case.token;
                token.is_some_and(|token| token.algorithm == Algorithm::Hs256 || !token.repeated)
            })
            .map(|case| Self {
                connections: 1,
                requests: Arc::clone(&case.requests),
                next: AtomicUsize::new(0),
                ..*case
            })
            .collect();
        cases.extend(alone);
        Ok(cases.into_iter().map(Arc::new).collect())
    }

    /// Returns the next request, as it goes over the wire.
    pub(crate) fn next(&self) -> &[u8] {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        &self.requests[number % self.requests.len()]
    }

    /// Returns a name for the case.
    pub(crate) fn label(&self) -> String {
        let reach = match self.reach {
            Reach::Health => return "`GET /healthz`".to_owned(),
            Reach::Stranger => return "no token (401)".to_owned(),
            Reach::NoRecord => "no record (400)",
            Reach::Session => "session (200)",
        };
        let token = self.token.map(Token::label).unwrap_or_default();
        let alone = if self.is_alone() { ", alone" } else { "" };
        format!("{token}, {reach}{alone}")
    }

    /// Returns true if a contender can serve this case.
    pub(crate) fn is_for(&self, contender: &Contender) -> bool {
        !contender.is_bare() || self.reach == Reach::Session
    }

    /// Returns true if there is one request at a time.
    pub(crate) fn is_alone(&self) -> bool {
        self.connections == 1
    }
}

/// Makes a request for a session.
pub(crate) fn open_portal(token: &str) -> Vec<u8> {
    let authorization = format!("Bearer {token}");
    client::request("POST", PORTAL, &[("authorization", &authorization)])
}
