//! Event time: windows, clocks and watermarks. All times are epoch milliseconds.

mod clock;

pub use clock::{Clock, LocalClock};
pub(crate) use clock::{PartitionState, watermark, watermark_at_start};

use std::time::Duration;

/// What `event_time` may return.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a time",
    label = "returned by `event_time`",
    note = "event time is `i64` or `u64` epoch milliseconds, or `std::time::SystemTime`"
)]
pub trait EventTime {
    /// Milliseconds since 1970-01-01T00:00:00Z; may be negative.
    fn epoch_millis(self) -> i64;
}

impl EventTime for i64 {
    #[inline(always)]
    fn epoch_millis(self) -> i64 {
        self
    }
}

impl EventTime for u64 {
    #[inline(always)]
    fn epoch_millis(self) -> i64 {
        i64::try_from(self).unwrap_or(i64::MAX)
    }
}

impl EventTime for std::time::SystemTime {
    fn epoch_millis(self) -> i64 {
        match self.duration_since(std::time::UNIX_EPOCH) {
            Ok(after) => millis(after),
            Err(before) => -millis(before.duration()),
        }
    }
}

// One for each, as one for all would have rustc report a mistake twice: for the reference, and for what it refers to.
macro_rules! references {
    ($($time:ty),*) => {$(
        impl EventTime for &$time {
            #[inline(always)]
            fn epoch_millis(self) -> i64 {
                (*self).epoch_millis()
            }
        }
    )*};
}
references!(i64, u64, std::time::SystemTime);

/// A span of event time: `start` included, `end` not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct Window {
    /// First millisecond.
    pub start: i64,
    /// First millisecond after.
    pub end: i64,
}

/// Windows of one size that follow one another, aligned to the epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tumbling {
    size: i64,
    /// 2^64 divided by `size`, rounded down: to multiply is much faster than to divide.
    reciprocal: u64,
}

impl Tumbling {
    /// # Panics
    /// When `size` is shorter than a millisecond.
    #[must_use]
    #[inline]
    pub fn new(size: Duration) -> Self {
        let size = millis(size);
        assert!(size > 0, "a window is at least one millisecond long");
        Self {
            size,
            reciprocal: u64::MAX / size.unsigned_abs(),
        }
    }

    /// Start of the window of `at`.
    #[inline(always)]
    #[must_use]
    pub fn start(self, at: i64) -> i64 {
        self.number_and_start(at).1
    }

    /// Number of the window of `at`, counted from the epoch, and its start.
    #[inline(always)]
    pub(crate) fn number_and_start(self, at: i64) -> (i64, i64) {
        let Ok(behind) = u64::try_from(at) else {
            return self.before_the_epoch(at);
        };
        // `behind` is below 2^63, so that the product is at most one too low.
        let product = u128::from(behind) * u128::from(self.reciprocal);
        let low = ((product >> 64) as u64).cast_signed();
        let start = low * self.size;
        if at - start < self.size {
            (low, start)
        } else {
            (low + 1, start + self.size)
        }
    }

    #[cold]
    fn before_the_epoch(self, at: i64) -> (i64, i64) {
        (at.div_euclid(self.size), at.saturating_sub(at.rem_euclid(self.size)))
    }

    /// End of the window that starts at `start`.
    #[inline(always)]
    #[must_use]
    pub fn end(self, start: i64) -> i64 {
        start.saturating_add(self.size)
    }
}

pub(crate) fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
