//! A record that cannot be read.

/// A record that cannot be read; the text says what is wrong with it, for the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CorruptRecord(pub &'static str);
