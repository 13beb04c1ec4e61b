//! Inputs, the same in every run and on every machine.
//!
//! They are leaked: records may borrow from them for as long as they like, as they do from a chunk of a source.

pub(crate) mod bids;
pub(crate) mod events;
#[cfg(any(feature = "kafka", test))]
pub(crate) mod orders;
pub(crate) mod random;
pub(crate) mod text;

/// Where generated event time begins: a multiple of every window size.
pub(crate) const BASE_TIME: i64 = 1_700_000_000_000;
