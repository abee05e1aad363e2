//! The bearer token of a request (RFC 6750).

use std::iter;

use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue};

use super::refusal::Refusal;

/// Finds the bearer token of a request (RFC 6750, section 2.1).
///
/// # Errors
/// There is not exactly one `Authorization` header with the scheme `Bearer` and one token of at most
/// `max_token_bytes`.
pub fn bearer_token(headers: &HeaderMap, max_token_bytes: usize) -> Result<&str, Refusal> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let value = values.next().ok_or(Refusal::NoToken)?;
    let credentials = bearer_credentials(value);
    if let Some(other) = values.next() {
        let any =
            credentials.or_else(|| iter::once(other).chain(values).find_map(bearer_credentials));
        return Err(any.map_or(Refusal::NoToken, |_| Refusal::SeveralHeaders));
    }
    let credentials = credentials.ok_or(Refusal::NoToken)?;
    if credentials.len() > max_token_bytes {
        return Err(Refusal::TooLong);
    }
    match std::str::from_utf8(credentials) {
        Ok(token) if token.bytes().all(is_b64token) => Ok(token),
        _ => Err(Refusal::NotAToken),
    }
}

/// Returns the text that follows the scheme `Bearer`, if there is any.
fn bearer_credentials(value: &HeaderValue) -> Option<&[u8]> {
    let value = value.as_bytes();
    let space = value.iter().position(|&b| b == b' ')?;
    let (scheme, credentials) = value.split_at(space);
    let credentials = credentials.trim_ascii();
    (scheme.eq_ignore_ascii_case(b"Bearer") && !credentials.is_empty()).then_some(credentials)
}

/// Returns true for a byte of RFC 6750's alphabet `b64token`. Tokens have hundreds of bytes, so this is looked up.
fn is_b64token(byte: u8) -> bool {
    B64TOKEN.get(usize::from(byte)).copied().unwrap_or_default()
}

#[expect(
    clippy::indexing_slicing,
    reason = "the compiler works it out, and would refuse an index that is out of bounds"
)]
static B64TOKEN: [bool; 256] = {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/=";
    let mut table = [false; 256];
    let mut index = 0;
    while index < alphabet.len() {
        table[alphabet[index] as usize] = true;
        index += 1;
    }
    table
};
