//! The shapes of windows: a file for each.

mod session;
mod sliding;
mod tumbling;

pub use session::{Session, Span};
pub use sliding::Sliding;
pub use tumbling::Tumbling;

/// A span of event time: `start` included, `end` not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct Window {
    /// First millisecond.
    pub start: i64,
    /// First millisecond after.
    pub end: i64,
}

impl Window {
    /// The event time of the result of this window: its last millisecond.
    #[inline(always)]
    #[must_use]
    pub fn event_time(self) -> i64 {
        self.end - 1
    }
}
