//! Whether the holder of a key has signed a message: the signature algorithms of JWS that Portico verifies (RFC 7518,
//! section 3; RFC 8037, section 3.1), and nothing else of a token.
//!
//! Each key is prepared once and then verifies any number of signatures. Key, message and signature of a public-key
//! algorithm are public, so that its arithmetic may take as long as they make it take; only [`hs256`] has a secret.

pub mod eddsa;
pub mod es256;
pub mod hs256;
pub mod rs256;

/// A key that verifies signatures of the one algorithm that it is for (RFC 8725, section 3.1).
#[derive(Debug)]
pub enum VerificationKey {
    /// HMAC with SHA-256.
    Hs256(hs256::SecretKey),
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256(rs256::PublicKey),
    /// ECDSA with P-256 and SHA-256.
    Es256(es256::PublicKey),
    /// Ed25519.
    EdDsa(eddsa::PublicKey),
}

impl VerificationKey {
    /// Whether the signature is this key's over this message. The message of a JWS is its signing input: the encoded
    /// header, a dot, the encoded payload (RFC 7515, section 5.2).
    #[must_use]
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::Hs256(key) => key.verify(message, signature),
            Self::Rs256(key) => key.verify(message, signature),
            Self::Es256(key) => key.verify(message, signature),
            Self::EdDsa(key) => key.verify(message, signature),
        }
    }
}
