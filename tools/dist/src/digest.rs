//! SHA-256 digests, as manifests and `sha256sum` write them.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

/// Returns the digest of a file in lower-case hexadecimal.
pub(crate) fn of_file(file: &Path) -> Result<String> {
    let bytes = fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    Ok(of(&bytes))
}

fn of(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in hmac_sha256::Hash::hash(bytes) {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_digest_is_that_of_fips_180_4() {
        assert_eq!(
            super::of(b"abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }
}
