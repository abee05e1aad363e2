//! Header fields, from a host and to one.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use wasip3::http::types::{Fields, HeaderError};

/// Reads header fields. The host has checked their form; those that are none by `http`'s rules are left out.
pub(crate) fn header_map(fields: &Fields) -> HeaderMap {
    fields
        .copy_all()
        .into_iter()
        .filter_map(|(name, value)| {
            Some((
                HeaderName::from_bytes(name.as_bytes()).ok()?,
                HeaderValue::from_maybe_shared(Bytes::from(value)).ok()?,
            ))
        })
        .collect()
}

/// Writes header fields as a host takes them, which may refuse one of them.
pub(crate) fn fields(headers: &HeaderMap) -> Result<Fields, HeaderError> {
    let entries: Vec<_> = headers
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec()))
        .collect();
    Fields::from_list(&entries)
}
