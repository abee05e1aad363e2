//! Nothing but a token that a trusted key has signed makes a user.
//!
//! The first byte of the input chooses how the rest is read: as an `Authorization` header, as the parts of a token in
//! clear text, or as changes to a good token. See `tools/fuzz/README.md`.

#![no_main]

use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue};
use jwt_simple::reexports::ct_codecs::{Base64UrlSafeNoPadding, Encoder};
use libfuzzer_sys::fuzz_target;
use portico::auth::{Refusal, bearer_token, verify};
use portico::user::User;
use portico_fuzz::{CONFIG, NOW, TRUSTED, USER};

fuzz_target!(|input: &[u8]| {
    let Some((&how, rest)) = input.split_first() else {
        return;
    };
    match how {
        b'h' => header(rest),
        b't' => parts(rest),
        b'c' => changes(rest),
        _ => {}
    }
});

/// Takes the way of a request: from its header to its user.
fn authenticate(value: &[u8]) -> Option<Result<User, Refusal>> {
    let mut headers = HeaderMap::new();
    // A value that no header can have is refused before Portico sees it.
    headers.insert(AUTHORIZATION, HeaderValue::from_bytes(value).ok()?);
    let token = bearer_token(&headers, CONFIG.auth.max_token_bytes);
    Some(token.and_then(|token| verify(token, &CONFIG.auth, &TRUSTED.keys, NOW)))
}

/// Checks a header as it is. The fuzzer knows none of the keys, so no user may come of it.
fn header(value: &[u8]) {
    if let Some(Ok(user)) = authenticate(value) {
        panic!("a user without a signature: {user:?}");
    }
}

/// Checks header, payload and signature, each on a line, which are put into base64url here: the fuzzer need not invent
/// that. It still knows no key.
fn parts(text: &[u8]) {
    let parts: Vec<_> = text
        .splitn(3, |&byte| byte == b'\n')
        .map(|part| Base64UrlSafeNoPadding::encode_to_string(part).expect("there is room"))
        .collect();
    header(format!("Bearer {}", parts.join(".")).as_bytes());
}

/// Checks a good token, chosen by the first byte, with changes of three bytes each: two are the place, and one is the
/// new byte. The signed part cannot be changed; and however the signature is, the user stays the one who is signed.
fn changes(changes: &[u8]) {
    let Some((&which, changes)) = changes.split_first() else {
        return;
    };
    let good = &TRUSTED.tokens[usize::from(which) % TRUSTED.tokens.len()];
    let mut token = good.clone().into_bytes();
    for change in changes.chunks_exact(3) {
        let place = usize::from(u16::from_be_bytes([change[0], change[1]])) % token.len();
        token[place] = change[2];
    }
    let signed = good.rfind('.').expect("a token has dots");
    let value = [b"Bearer ", token.as_slice()].concat();
    match authenticate(&value) {
        Some(Ok(user)) => {
            assert_eq!(token[..signed], good.as_bytes()[..signed], "it was changed");
            assert_eq!(user.as_str(), USER);
        }
        Some(Err(refusal)) => assert_ne!(token, good.as_bytes(), "a good token: {refusal}"),
        None => assert_ne!(token, good.as_bytes()),
    }
}
