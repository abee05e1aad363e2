use futures::executor::block_on;
use futures::future::join_all;
use http::header::AUTHORIZATION;
use http::{HeaderValue, Response};
use jwt_simple::prelude::{Claims, ECDSAP256KeyPairLike, ES256KeyPair, UnixTimeStamp};
use portico_tokens::hs256;
use serde_json::{Value, json};

use super::*;
use crate::auth::Claim;
use crate::auth::jwks::{FRESH_FOR, MAX_DOCUMENT_BYTES, USABLE_FOR};
use crate::auth::keys::Key;
use crate::origin::Origin;
use crate::platform::FetchError;
use crate::platform::memory::{MemoryPlatform, Scripted};

mod failures;
mod remembered;
mod renewal;
mod sharing;

const START: Duration = Duration::from_secs(1_800_000_000);

fn config() -> AuthSettings {
    AuthSettings {
        issuers: vec!["https://id.example.com/".to_owned()],
        audiences: vec!["portico".to_owned()],
        audience_claim: Claim::parse("aud").unwrap(),
        user_claim: Claim::parse("sub").unwrap(),
        managers: None,
        leeway: Duration::from_secs(30),
        max_token_bytes: 8_192,
        keys: Vec::new(),
        passed_over: PassedOver::default(),
        jwks: Some(JwksSource {
            origin: Origin::parse("https://id.example.com").unwrap(),
            path: "/keys".to_owned(),
        }),
    }
}

/// A key pair of the provider.
fn pair(id: &str) -> ES256KeyPair {
    ES256KeyPair::generate().with_key_id(id)
}

/// A token that is valid for two days from the start.
fn token(pair: &ES256KeyPair) -> String {
    let mut claims = Claims::create(jwt_simple::prelude::Duration::from_days(1))
        .with_issuer("https://id.example.com/")
        .with_audience("portico")
        .with_subject("user_1");
    let at = |seconds| Some(UnixTimeStamp::from_secs(seconds));
    claims.issued_at = at(START.as_secs());
    claims.invalid_before = None;
    claims.expires_at = at(START.as_secs() + 2 * 86_400);
    pair.sign(claims).unwrap()
}

fn document(pairs: &[&ES256KeyPair]) -> Vec<u8> {
    let keys: Vec<Value> = pairs
        .iter()
        .map(|pair| serde_json::from_str(&pair.public_key().to_jwk()).unwrap())
        .collect();
    json!({ "keys": keys }).to_string().into_bytes()
}

fn serves(pairs: &[&ES256KeyPair]) -> Scripted {
    Scripted::Answer(Response::new(document(pairs)))
}

fn fails() -> Scripted {
    Scripted::Failure(FetchError::Timeout)
}

/// An instance and what it runs on.
struct Instance<'a> {
    host: &'a MemoryPlatform,
    config: AuthSettings,
    authenticator: Authenticator,
}

impl<'a> Instance<'a> {
    fn on(host: &'a MemoryPlatform) -> Self {
        Self {
            host,
            config: config(),
            authenticator: Authenticator::default(),
        }
    }

    async fn ask(&self, token: &str) -> Result<Authentic, AuthFailure> {
        let value = HeaderValue::from_str(&format!("Bearer {token}")).unwrap();
        let headers = [(AUTHORIZATION, value)].into_iter().collect();
        self.authenticator
            .authenticate(self.host, &self.config, &headers)
            .await
    }

    #[track_caller]
    fn accepts(&self, token: &str) {
        let authentic = block_on(self.ask(token)).unwrap();
        assert_eq!(authentic.user.as_str(), "user_1");
    }

    /// Accepts the token, and returns why the keys could not be renewed.
    #[track_caller]
    fn accepts_with_stale_keys(&self, token: &str) -> Option<String> {
        block_on(self.ask(token)).unwrap().stale_keys
    }

    #[track_caller]
    fn refuses(&self, token: &str, refusal: Refusal) {
        let failure = block_on(self.ask(token)).unwrap_err();
        let refused = matches!(failure, AuthFailure::Refused(why, _) if why == refusal);
        assert!(refused, "{failure:?} instead of {refusal:?}");
    }

    #[track_caller]
    fn has_no_keys_for(&self, token: &str) {
        let failure = block_on(self.ask(token)).unwrap_err();
        assert!(
            matches!(failure, AuthFailure::KeysUnavailable(_)),
            "{failure:?}"
        );
    }
}

fn fetches(host: &MemoryPlatform) -> usize {
    host.fetched().len()
}

fn keys_of(pairs: &[&ES256KeyPair]) -> Vec<Key> {
    let pems: Vec<String> = pairs
        .iter()
        .map(|pair| pair.public_key().to_pem().unwrap())
        .collect();
    crate::auth::parse_public_keys(&pems.concat())
        .unwrap()
        .usable
}
