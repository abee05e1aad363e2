//! The keys that all contenders are given, and tokens signed with them.

use anyhow::Result;
use jwt_simple::prelude::{
    Claims, Duration, ECDSAP256KeyPairLike, ES256KeyPair, Ed25519KeyPair, EdDSAKeyPairLike,
    HS256Key, JWTClaims, MACLike, NoCustomClaims, RS256KeyPair, RSAKeyPairLike,
};

pub(crate) const SECRET: &str = "bench-secret-0123456789abcdef0123";
pub(crate) const ISSUER: &str = "https://id.example.com/";
pub(crate) const AUDIENCE: &str = "portico-bench";

/// The algorithms that sign a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Algorithm {
    Hs256,
    Rs256,
    Es256,
    EdDsa,
}

impl Algorithm {
    pub(crate) const ALL: [Self; 4] = [Self::Hs256, Self::Rs256, Self::Es256, Self::EdDsa];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Hs256 => "HS256",
            Self::Rs256 => "RS256",
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
        }
    }
}

/// The keys, one for each algorithm.
pub(crate) struct Keys {
    hs256: HS256Key,
    rs256: RS256KeyPair,
    es256: ES256KeyPair,
    ed25519: Ed25519KeyPair,
}

/// The flaws that a token can have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Flaw {
    #[default]
    None,
    Expired,
    OtherIssuer,
    OtherAudience,
    BadSignature,
}

impl Keys {
    pub(crate) fn new() -> Result<Self> {
        Ok(Self {
            hs256: HS256Key::from_bytes(SECRET.as_bytes()),
            rs256: RS256KeyPair::generate(2048)?.with_key_id("rsa"),
            es256: ES256KeyPair::generate().with_key_id("ec"),
            ed25519: Ed25519KeyPair::generate().with_key_id("okp"),
        })
    }

    /// Returns the public keys as a JSON Web Key Set.
    pub(crate) fn public(&self) -> Result<String> {
        let keys = [
            self.rs256.public_key().to_jwk(),
            self.es256.public_key().to_jwk(),
            self.ed25519.public_key().to_jwk(),
        ]
        .map(|key| serde_json::from_str::<serde_json::Value>(&key));
        let keys: Vec<_> = keys.into_iter().collect::<Result<_, _>>()?;
        Ok(serde_json::json!({ "keys": keys }).to_string())
    }

    /// Makes a token of its own for every number.
    pub(crate) fn token(&self, algorithm: Algorithm, user: &str, number: usize) -> Result<String> {
        self.flawed_token(algorithm, user, number, Flaw::None)
    }

    pub(crate) fn flawed_token(
        &self,
        algorithm: Algorithm,
        user: &str,
        number: usize,
        flaw: Flaw,
    ) -> Result<String> {
        let of = |value, otherwise| if flaw == otherwise { "other" } else { value };
        let mut claims: JWTClaims<NoCustomClaims> = Claims::create(Duration::from_hours(12))
            .with_issuer(of(ISSUER, Flaw::OtherIssuer))
            .with_audience(of(AUDIENCE, Flaw::OtherAudience))
            .with_subject(user)
            .with_jwt_id(number.to_string());
        if flaw == Flaw::Expired {
            claims.expires_at = claims
                .issued_at
                .map(|issued| issued - Duration::from_mins(5));
        }
        let mut token = match algorithm {
            Algorithm::Hs256 => self.hs256.authenticate(claims),
            Algorithm::Rs256 => self.rs256.sign(claims),
            Algorithm::Es256 => self.es256.sign(claims),
            Algorithm::EdDsa => self.ed25519.sign(claims),
        }?;
        if flaw == Flaw::BadSignature {
            // The first letter of the signature, all of whose bits count.
            let at = token.rfind('.').map_or(0, |dot| dot + 1);
            let other = if token[at..].starts_with('A') {
                "B"
            } else {
                "A"
            };
            token.replace_range(at..=at, other);
        }
        Ok(token)
    }
}
