//! Nobody without the secret is believed, and every signed body is an event or is refused.
//!
//! The first byte of the input chooses: `h`, and the first line is a header and the rest a body that nobody has signed;
//! `b`, and the rest is a body that is signed here.

#![no_main]

use libfuzzer_sys::fuzz_target;
use portico::signatures::hs256::SecretKey;
use portico::webhook::event::{Event, RelatedObject};
use portico::webhook::signature::UnverifiedSignature;
use portico_fuzz::NOW;

const SECRET: &[u8] = b"whsec_fuzz";

fuzz_target!(|input: &[u8]| {
    match input.split_first() {
        Some((b'h', rest)) => {
            let end = rest.iter().position(|&byte| byte == b'\n');
            let (header, body) = rest.split_at(end.unwrap_or(rest.len()));
            stranger(header, body);
        }
        Some((b'b', body)) => signed(body),
        _ => {}
    }
});

/// Checks a stranger's request. The fuzzer does not know the secret, so nothing that it makes up is signed.
fn stranger(header: &[u8], body: &[u8]) {
    let key = SecretKey::new(SECRET);
    if let Ok(signature) = UnverifiedSignature::parse([header].into_iter(), NOW) {
        assert!(
            signature.verify(body, &[key]).is_err(),
            "nobody signed this"
        );
    }
}

/// Checks a signed event: it names an object by an identifier that can stand in a path and in a key, or it is refused.
fn signed(body: &[u8]) {
    let Ok(event) = Event::parse(body) else {
        return;
    };
    let _ = event.fits_mode(Some(false));
    if let Some(event_type) = event.loggable_type() {
        assert!(event_type.bytes().all(|byte| byte.is_ascii_graphic()));
    }
    let id = match event.related_object() {
        Ok(Some(RelatedObject::Customer(id) | RelatedObject::CheckedOut(Some(id), _))) => {
            id.to_string()
        }
        Ok(Some(RelatedObject::Subscription(id))) => id.to_string(),
        Ok(Some(RelatedObject::CheckoutSession(id))) => id.to_string(),
        Ok(Some(RelatedObject::CheckedOut(None, _)) | None) | Err(_) => return,
    };
    assert!(
        id.bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'),
        "{id}"
    );
}
