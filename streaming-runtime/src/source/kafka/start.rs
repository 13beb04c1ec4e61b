//! Where reading begins: the values of the `start` option of [`kafka`](super::kafka).
//!
//! `start` says where a partition is begun that neither the checkpoint nor the group knows. That is committed to the group at once; from then on reading
//! resumes where it was, whatever `start` says: a restart neither loses nor repeats. To read a topic again, use another group.
//!
//! A partition that is added to a topic is always read from its beginning, whether the pipeline runs at that moment or not.

use std::collections::BTreeMap;

/// Where a partition is begun that the group has no committed offset for. Made by the functions of [`start`](self).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Start {
    /// At the oldest record there is. The default.
    #[default]
    Earliest,
    /// Behind the newest record at the time the pipeline is started.
    Latest,
    /// Nowhere: a group that has not committed is an error.
    Committed,
    /// At the first record that is not older than this, in epoch milliseconds; behind the newest where all are older.
    Timestamp(i64),
    /// At these offsets, by partition; a partition that is not named is an error.
    Offsets(BTreeMap<i32, i64>),
}

/// `start(earliest)`: at the oldest record there is. The default.
#[must_use]
pub fn earliest() -> Start {
    Start::Earliest
}

/// `start(latest)`: behind the newest record at the time the pipeline is started.
#[must_use]
pub fn latest() -> Start {
    Start::Latest
}

/// `start(committed)`: only where the group has committed offsets; opening the pipeline is an error where it has none.
#[must_use]
pub fn committed() -> Start {
    Start::Committed
}

/// `start(timestamp(ms))`: at the first record whose timestamp is not before `millis` (epoch milliseconds).
#[must_use]
pub fn timestamp(millis: i64) -> Start {
    Start::Timestamp(millis)
}

/// `start(offsets(list))`: at the given offset of each partition, for every topic that is read. One that is not there is an error.
///
/// ```
/// use streaming_runtime::source::start;
/// assert_eq!(start::offsets([(0, 17), (1, 4)]), start::Start::Offsets([(0, 17), (1, 4)].into()));
/// ```
#[must_use]
pub fn offsets(offsets: impl IntoIterator<Item = (i32, i64)>) -> Start {
    Start::Offsets(offsets.into_iter().collect())
}
