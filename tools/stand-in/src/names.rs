//! Identifiers for new objects.

use std::hash::{BuildHasher, RandomState};

const ALPHABET: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// A source of identifiers that look like Stripe's. They are unlike each other and differ from run to run, which is
/// all that a stand-in needs; they are not secrets.
#[derive(Default)]
pub(crate) struct Names {
    seed: RandomState,
    count: usize,
}

impl Names {
    /// Makes a new identifier: the prefix and `length` letters and digits.
    pub(crate) fn next(&mut self, prefix: &str, length: usize) -> String {
        let mut name = prefix.to_owned();
        for _ in 0..length {
            self.count += 1;
            let digit = self.seed.hash_one(self.count) % ALPHABET.len() as u64;
            name.push(char::from(ALPHABET[usize::try_from(digit).unwrap_or(0)]));
        }
        name
    }
}
