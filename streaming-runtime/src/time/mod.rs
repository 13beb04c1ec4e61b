//! Event time: windows, clocks and watermarks. All times are epoch milliseconds.

mod clock;
mod slicing;
mod window;
mod within;

pub use clock::{Clock, LocalClock};
pub(crate) use clock::{PartitionState, Start, watermark, watermark_at_start};
pub(crate) use slicing::{INPUTS, Watermarks};
pub use slicing::{Slicing, Whole};
pub use window::{Session, Sliding, Span, Tumbling, Window};
pub use within::{Shift, Side, Sided, Within};

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

pub(crate) fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// So many milliseconds as a pipeline says it: `5min`.
pub(crate) fn span(millis: i64) -> String {
    const UNITS: [(i64, &str); 4] = [(86_400_000, "d"), (3_600_000, "h"), (60_000, "min"), (1_000, "s")];
    let whole = UNITS.into_iter().find(|(unit, _)| millis != 0 && millis % unit == 0);
    match whole {
        Some((unit, name)) => format!("{}{name}", millis / unit),
        None => format!("{millis}ms"),
    }
}

#[cfg(test)]
mod tests;
