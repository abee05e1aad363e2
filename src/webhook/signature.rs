//! `Stripe-Signature` (Stripe docs, Verify webhook signatures manually): pure, the time of receipt included.
//!
//! Stripe's own libraries disagree where a header is not as Stripe writes it. The rules here are the strictest of them,
//! and stricter where all of them guess; `docs/webhooks.md` has the table.

use std::time::Duration;

use crate::signatures::hs256::SecretKey;
use crate::text::parse_digits;

/// The most bytes that the header may have. Stripe writes about a hundred for each secret.
const MAX_HEADER_BYTES: usize = 4096;

/// The farthest that the time of a signature may lie from now, in both directions. Within it a signature can be
/// replayed; an event that is delivered twice does no harm.
const TOLERANCE: Duration = Duration::from_secs(300);

/// The reason why a signature does not count, for the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused(pub &'static str);

/// The signature header's content, which is not verified yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnverifiedSignature {
    /// The time as the header has it.
    timestamp: Vec<u8>,
    /// The signatures of the present scheme.
    signatures: Vec<[u8; 32]>,
}

impl UnverifiedSignature {
    /// Reads the one header of a request. It is short enough, and has exactly one time, which is now, and at least one
    /// signature of the scheme `v1`.
    pub fn parse<'a>(
        mut headers: impl Iterator<Item = &'a [u8]>,
        received_at: Duration,
    ) -> Result<Self, Refused> {
        let (Some(header), None) = (headers.next(), headers.next()) else {
            return Err(Refused("there is not exactly one Stripe-Signature"));
        };
        if header.len() > MAX_HEADER_BYTES {
            return Err(Refused("Stripe-Signature is longer than 4096 bytes"));
        }
        let mut timestamps = Vec::new();
        let mut signatures = Vec::new();
        for item in header.split(|&b| b == b',') {
            let item = item.trim_ascii();
            let Some(equals) = item.iter().position(|&b| b == b'=') else {
                continue;
            };
            let (scheme, value) = item.split_at(equals);
            let value = value.get(1..).unwrap_or_default();
            match scheme {
                b"t" => timestamps.push(value),
                b"v1" => signatures.extend(sha256_from_hex(value)),
                _ => {}
            }
        }
        let [timestamp] = timestamps.as_slice() else {
            return Err(Refused("Stripe-Signature has not exactly one t"));
        };
        let time =
            unix_time(timestamp).ok_or(Refused("the t of Stripe-Signature is not a Unix time"))?;
        // Stripe writes whole seconds, and so are they compared.
        if time.abs_diff(Duration::from_secs(received_at.as_secs())) > TOLERANCE {
            return Err(Refused("the signature is older or newer than 300 seconds"));
        }
        if signatures.is_empty() {
            return Err(Refused("Stripe-Signature has no v1"));
        }
        Ok(Self {
            timestamp: timestamp.to_vec(),
            signatures,
        })
    }

    /// Checks the signatures against the raw body: one of them must be one of the secrets' over this time and body.
    pub fn verify(&self, body: &[u8], secrets: &[SecretKey]) -> Result<(), Refused> {
        let message = [self.timestamp.as_slice(), b".", body];
        // Every secret is tried, so that the time tells nothing of which one signed.
        let mut signed = false;
        for secret in secrets {
            signed |= secret.verify_any(&message, &self.signatures);
        }
        if signed {
            Ok(())
        } else {
            Err(Refused("no signature is one of stripe_webhook_secrets"))
        }
    }
}

/// Reads `[1-9][0-9]{0,10}`, in seconds.
fn unix_time(digits: &[u8]) -> Option<Duration> {
    let digits = std::str::from_utf8(digits).ok()?;
    let has_form = (1..=11).contains(&digits.len()) && !digits.starts_with('0');
    has_form
        .then(|| parse_digits(digits))
        .flatten()
        .map(Duration::from_secs)
}

/// Reads 64 hexadecimal digits of either case.
fn sha256_from_hex(digits: &[u8]) -> Option<[u8; 32]> {
    let mut hash = [0; 32];
    if digits.len() != 2 * hash.len() {
        return None;
    }
    for (byte, pair) in hash.iter_mut().zip(digits.chunks_exact(2)) {
        let mut value = 0;
        for digit in pair {
            value = value * 16 + char::from(*digit).to_digit(16)?;
        }
        *byte = u8::try_from(value).ok()?;
    }
    Some(hash)
}

#[cfg(test)]
mod tests;
