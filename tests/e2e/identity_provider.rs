//! A stand-in for an identity provider, which serves a JWKS and can fail to.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jwt_simple::prelude::{Claims, ECDSAP256KeyPairLike, ES256KeyPair};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::harness::{AUDIENCE, ISSUER, Setup, now};

/// The provider's behaviour when asked.
#[derive(Clone)]
pub(crate) enum Mood {
    /// It answers with this status and this body.
    Answers(u16, Vec<u8>),
    /// It takes its time, and answers with this body.
    Hesitates(Duration, Vec<u8>),
    /// It takes the connection and says nothing.
    Stalls,
    /// It closes the connection.
    HangsUp,
}

pub(crate) struct IdentityProvider {
    origin: String,
    mood: Arc<Mutex<Mood>>,
    asked: Arc<AtomicUsize>,
    server: JoinHandle<()>,
}

impl IdentityProvider {
    /// Starts a provider with these keys.
    pub(crate) async fn start(pairs: &[&ES256KeyPair]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let mood = Arc::new(Mutex::new(Mood::Answers(200, jwks(pairs))));
        let asked = Arc::new(AtomicUsize::new(0));
        let server = tokio::spawn({
            let (mood, asked) = (Arc::clone(&mood), Arc::clone(&asked));
            async move {
                while let Ok((stream, _)) = listener.accept().await {
                    tokio::spawn(serve(stream, Arc::clone(&mood), Arc::clone(&asked)));
                }
            }
        });
        Self {
            origin,
            mood,
            asked,
            server,
        }
    }

    pub(crate) fn origin(&self) -> &str {
        &self.origin
    }

    /// Sets up a Portico that has this provider's keys and no others.
    pub(crate) fn connect(&self, setup: Setup) -> Setup {
        setup
            .without("jwt_hs256_secret")
            .variable("jwt_jwks_origin", &self.origin)
    }

    /// Publishes these keys, and no others.
    pub(crate) fn publish(&self, pairs: &[&ES256KeyPair]) {
        self.be(Mood::Answers(200, jwks(pairs)));
    }

    pub(crate) fn be(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }

    /// Returns how often it was asked.
    pub(crate) fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

impl Drop for IdentityProvider {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn serve(mut stream: TcpStream, mood: Arc<Mutex<Mood>>, asked: Arc<AtomicUsize>) {
    loop {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            match stream.read_u8().await {
                Ok(byte) => head.push(byte),
                Err(_) => return,
            }
        }
        assert!(head.starts_with(b"GET /.well-known/jwks.json HTTP/1.1\r\n"));
        asked.fetch_add(1, Ordering::SeqCst);
        let mood = mood.lock().unwrap().clone();
        let (status, body) = match mood {
            Mood::Answers(status, body) => (status, body),
            Mood::Hesitates(duration, body) => {
                tokio::time::sleep(duration).await;
                (200, body)
            }
            Mood::Stalls => std::future::pending().await,
            Mood::HangsUp => return,
        };
        let head = format!(
            "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {}\r\nLocation: /other\r\n\r\n",
            body.len()
        );
        if stream
            .write_all(&[head.as_bytes(), &body].concat())
            .await
            .is_err()
        {
            return;
        }
    }
}

/// A key set with these keys.
pub(crate) fn jwks(pairs: &[&ES256KeyPair]) -> Vec<u8> {
    let keys: Vec<Value> = pairs
        .iter()
        .map(|pair| serde_json::from_str(&pair.public_key().to_jwk()).unwrap())
        .collect();
    json!({ "keys": keys }).to_string().into_bytes()
}

/// A key pair of a provider.
pub(crate) fn pair(id: &str) -> ES256KeyPair {
    ES256KeyPair::generate().with_key_id(id)
}

/// A token of a user that is good for ten minutes from now.
pub(crate) fn sign(pair: &ES256KeyPair, user: &str) -> String {
    sign_at(now(), 600, pair, user)
}

/// A token of a user that is good from `now`, which is in seconds since the Unix epoch, for so many seconds.
pub(crate) fn sign_at(now: u64, seconds: u64, pair: &ES256KeyPair, user: &str) -> String {
    let seconds_of = jwt_simple::prelude::Duration::from_secs;
    let mut claims = Claims::create(seconds_of(seconds))
        .with_issuer(ISSUER)
        .with_audience(AUDIENCE)
        .with_subject(user);
    claims.issued_at = Some(seconds_of(now));
    claims.invalid_before = Some(seconds_of(now));
    claims.expires_at = Some(seconds_of(now + seconds));
    pair.sign(claims).unwrap()
}
