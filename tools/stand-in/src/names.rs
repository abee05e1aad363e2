//! Identifiers for new objects.

use std::hash::{BuildHasher, RandomState};

/// A source of identifiers that look like Stripe's. They are unlike each other and differ from run to run, which is
/// all that a stand-in needs; they are not secrets.
#[derive(Debug, Default)]
pub(crate) struct Names {
    seed: RandomState,
    count: u64,
}

impl Names {
    /// Makes a new identifier: the prefix and `length` letters and digits.
    pub(crate) fn next(&mut self, prefix: &str, length: usize) -> String {
        const ALPHABET: &[u8; 62] =
            b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
        let mut name = prefix.to_owned();
        let mut digits = 0_u64;
        for position in 0..length {
            // Ten digits to the base of 62 are nearly all that 64 bits hold.
            if position % 10 == 0 {
                self.count += 1;
                digits = self.seed.hash_one(self.count);
            }
            let digit = usize::try_from(digits % 62).unwrap_or_default();
            name.push(char::from(ALPHABET[digit]));
            digits /= 62;
        }
        name
    }
}
