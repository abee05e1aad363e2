//! Stores a counter in a local store: as eight bytes, least significant first, as Spin's local store does.

use super::store::StoreError;

/// Adds `delta` to the counter under `key`, whose stored value this is, and returns the sum. A value that is no counter
/// is an error, and so is a sum that leaves 64 bits.
pub(super) fn sum(key: &str, value: Option<&[u8]>, delta: i64) -> Result<i64, StoreError> {
    let count = value.map_or(Ok(0), |value| decode(key, value))?;
    count
        .checked_add(delta)
        .ok_or_else(|| StoreError(format!("the counter `{key}` would leave 64 bits")))
}

/// Encodes a count as it is stored.
pub(super) fn encode(count: i64) -> Vec<u8> {
    count.to_le_bytes().to_vec()
}

fn decode(key: &str, value: &[u8]) -> Result<i64, StoreError> {
    let bytes = value.try_into().map_err(|_| {
        let length = value.len();
        StoreError(format!(
            "the value under `{key}` is no counter: it has {length} bytes"
        ))
    })?;
    Ok(i64::from_le_bytes(bytes))
}
