//! Keys of an identity provider or an operator, whatever they are: they are read or refused, keys that are read survive
//! being shared with other instances, and no key makes a check of a signature fail in another way than by refusing.

#![no_main]

use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use portico::auth::jwks::{KeySet, MAX_DOCUMENT_BYTES, MAX_KEYS};
use portico::auth::keys::Key;
use portico::auth::{parse_public_keys, verify};
use portico_fuzz::{CONFIG, NOW, TRUSTED};

fuzz_target!(|input: &[u8]| {
    // Instances share the time in milliseconds.
    let fetched_at = Duration::from_millis(1_800_000_000_123);
    if let Ok(set) = KeySet::parse(input, fetched_at) {
        assert!(input.len() <= MAX_DOCUMENT_BYTES && set.keys.len() <= MAX_KEYS);
        let shared = KeySet::from_record(&set.to_record()).expect("a record can be read");
        assert_eq!(shared.fingerprint, set.fingerprint);
        assert_eq!(shared.fetched_at, set.fetched_at);
        let named = |set: &KeySet| -> Vec<_> {
            let name = |key: &Key| (key.algorithm().name, key.id().map(str::to_owned));
            set.keys.iter().map(name).collect()
        };
        assert_eq!(named(&shared), named(&set));
        verify_nothing(&set.keys);
    }
    // Another instance may have been of another version.
    if let Some(set) = KeySet::from_record(input) {
        verify_nothing(&set.keys);
    }
    if let Ok(keys) = parse_public_keys(&String::from_utf8_lossy(input)) {
        assert!(!keys.usable.is_empty());
        verify_nothing(&keys.usable);
    }
});

/// Checks that no key verifies. The keys of the good tokens are made anew for each run, so none of these is one of
/// them.
fn verify_nothing(keys: &[Key]) {
    for token in &TRUSTED.tokens {
        let user = verify(token, &CONFIG.auth, keys, NOW);
        assert!(user.is_err(), "a key that fits by chance: {user:?}");
    }
}
