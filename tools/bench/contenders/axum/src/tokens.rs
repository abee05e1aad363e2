//! From an `Authorization` header to the user that its token names.

use std::collections::HashMap;

use anyhow::{Context, Result};
use axum::http::{HeaderMap, header};
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde::Deserialize;

use crate::refusal::Refusal;
use crate::settings::Settings;

pub struct Tokens {
    secret: (DecodingKey, Validation),
    /// The public keys, by their identifiers.
    public: HashMap<String, (DecodingKey, Validation)>,
}

#[derive(Deserialize)]
struct Claims {
    sub: String,
}

impl Tokens {
    pub fn new(settings: &Settings) -> Result<Self> {
        let set: JwkSet = serde_json::from_str(&settings.public_keys)?;
        let mut public = HashMap::new();
        for jwk in &set.keys {
            let id = jwk.common.key_id.clone().context("a key has no `kid`")?;
            let algorithm = jwk.common.key_algorithm.context("a key has no `alg`")?;
            let validation = validation(algorithm.to_string().parse()?, settings);
            public.insert(id, (DecodingKey::from_jwk(jwk)?, validation));
        }
        Ok(Self {
            secret: (
                DecodingKey::from_secret(settings.secret.as_bytes()),
                validation(Algorithm::HS256, settings),
            ),
            public,
        })
    }

    /// Returns the user of a valid token.
    pub fn user(&self, headers: &HeaderMap) -> Result<String, Refusal> {
        let token = headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, token)| token)
            .ok_or_else(|| Refusal::unauthorized("there is no bearer token"))?;
        let header = decode_header(token).map_err(Refusal::unauthorized)?;
        // A key decides which algorithm it verifies; `decode` compares the header's with it.
        let (key, validation) = match &header.kid {
            None => &self.secret,
            Some(id) => self
                .public
                .get(id)
                .ok_or_else(|| Refusal::unauthorized("there is no key of that identifier"))?,
        };
        let token = decode::<Claims>(token, key, validation).map_err(Refusal::unauthorized)?;
        Ok(token.claims.sub)
    }
}

fn validation(algorithm: Algorithm, settings: &Settings) -> Validation {
    let mut validation = Validation::new(algorithm);
    validation.leeway = 30;
    validation.set_issuer(&[&settings.issuer]);
    validation.set_audience(&[&settings.audience]);
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    validation
}
